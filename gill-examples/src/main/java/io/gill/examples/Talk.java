package io.gill.examples;

import io.gill.Conversation;
import io.gill.Conversation.Content;
import io.gill.Conversation.Text;
import io.gill.GillModel;
import io.gill.Reply;
import io.gill.RespondOptions;
import io.gill.Session;
import java.io.PrintWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A conversation that is printed on a terminal and recorded for a transcript. */
final class Talk implements AutoCloseable {
  private final GillModel model;
  private final Screen screen;
  private final @Nullable PictureFolder folder;
  private final List<Exchange> exchanges = new ArrayList<>();

  /** The conversation before each of the exchanges. */
  private final Deque<Conversation> before = new ArrayDeque<>();

  private final AtomicBoolean busy = new AtomicBoolean();
  private final AtomicBoolean cancelled = new AtomicBoolean();
  private Session session;
  private @Nullable Exchange current;

  Talk(GillModel model, Screen screen, @Nullable PictureFolder folder) {
    this.model = model;
    this.screen = screen;
    this.folder = folder;
    session = model.session();
  }

  /** Sends a turn and prints the reply while it is generated. A turn that fails is recorded as well. */
  void say(List<Content> said, RespondOptions options) {
    long start = System.nanoTime();
    Conversation earlier = session.conversation();
    begin(new Exchange(said, options, null, "the program ended first", 0));
    cancelled.set(false);
    busy.set(true);
    ReplyPrinter printer = new ReplyPrinter(options, screen, folder);
    try {
      Reply reply = session.respond(said, options.toBuilder().listener(printer).cancelled(cancelled::get).build());
      printer.end(reply);
      end(new Exchange(said, options, reply, null, millisSince(start)), earlier);
    } catch (RuntimeException e) {
      printer.breakOff();
      end(new Exchange(said, options, null, Main.message(e), millisSince(start)), earlier);
      throw e;
    } finally {
      busy.set(false);
    }
  }

  private synchronized void begin(Exchange exchange) {
    current = exchange;
  }

  private synchronized void end(Exchange exchange, Conversation earlier) {
    current = null;
    exchanges.add(exchange);
    before.push(earlier);
  }

  private static long millisSince(long start) {
    return (System.nanoTime() - start) / 1_000_000;
  }

  /** Prints a turn that the user has not typed. */
  void echo(List<Content> said) {
    PrintWriter out = screen.out();
    out.print("you:  ");
    for (Content content : said) {
      out.print(content instanceof Text text ? Printable.of(text.text()) : "[picture] ");
    }
    out.println();
    out.flush();
  }

  /** Cancels the current reply. Returns false if there is none or it is cancelled already. Any thread may call it. */
  boolean cancel() {
    return busy.get() && !cancelled.getAndSet(true);
  }

  /** Starts a new conversation and discards the recorded one. */
  synchronized void reset() {
    session.close();
    session = model.session();
    exchanges.clear();
    before.clear();
  }

  /**
   * Takes the last turn and its reply back.
   *
   * @throws IllegalArgumentException if there is none
   */
  synchronized void undo() {
    if (exchanges.isEmpty()) {
      throw new IllegalArgumentException("there is no turn to take back");
    }
    Session shorter = model.session(before.pop());
    session.close();
    session = shorter;
    exchanges.remove(exchanges.size() - 1);
  }

  /** Returns the turns so far, including one whose reply is being generated. Any thread may call it. */
  synchronized List<Exchange> exchanges() {
    List<Exchange> all = new ArrayList<>(exchanges);
    if (current != null) {
      all.add(current);
    }
    return all;
  }

  @Override
  public void close() {
    session.close();
  }
}
