package io.gill.examples;

import io.gill.Conversation.Content;
import io.gill.Conversation.Text;
import io.gill.GillModel;
import io.gill.Reply;
import io.gill.RespondOptions;
import io.gill.Session;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A conversation that is printed on a terminal and recorded for a transcript. */
final class Talk implements AutoCloseable {
  private final GillModel model;
  private final PrintWriter out;
  private final PrintWriter err;
  private final @Nullable PictureFolder folder;
  private final List<Exchange> exchanges = new ArrayList<>();
  private final AtomicBoolean busy = new AtomicBoolean();
  private final AtomicBoolean cancelled = new AtomicBoolean();
  private Session session;

  Talk(GillModel model, PrintWriter out, PrintWriter err, @Nullable PictureFolder folder) {
    this.model = model;
    this.out = out;
    this.err = err;
    this.folder = folder;
    session = model.session();
  }

  /** Sends a turn and prints the reply while it is generated. A turn that fails is recorded as well. */
  void say(List<Content> said, RespondOptions options) {
    long start = System.nanoTime();
    cancelled.set(false);
    busy.set(true);
    ReplyPrinter printer = new ReplyPrinter(options, out, err, folder);
    try {
      Reply reply = session.respond(said, options.toBuilder().listener(printer).cancelled(cancelled::get).build());
      printer.end(reply);
      exchanges.add(new Exchange(said, options, reply, null, millisSince(start)));
    } catch (RuntimeException e) {
      printer.breakOff();
      exchanges.add(new Exchange(said, options, null, Main.message(e), millisSince(start)));
      throw e;
    } finally {
      busy.set(false);
    }
  }

  private static long millisSince(long start) {
    return (System.nanoTime() - start) / 1_000_000;
  }

  /** Prints a turn that the user has not typed. */
  void echo(List<Content> said) {
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
  void reset() {
    session.close();
    session = model.session();
    exchanges.clear();
  }

  List<Exchange> exchanges() {
    return List.copyOf(exchanges);
  }

  @Override
  public void close() {
    session.close();
  }
}
