package io.gill.examples.soak;

import io.gill.Conversation;
import io.gill.GillException;
import io.gill.GillModel;
import io.gill.Reply;
import io.gill.RespondOptions;
import io.gill.smallworld.SmallWorld;
import java.awt.image.BufferedImage;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Input that does not fit is rejected and a cancelled call ends, within about a second and with little memory. */
final class LongInputs implements Promise {
  private static final int IMAGES = 5000;
  private static final int CHARACTERS = 16 << 20;
  private static final Duration CANCELLED = Duration.ofSeconds(2);

  /** Longer, since text must be tokenized before its tokens can be counted. */
  private static final Duration REFUSED = Duration.ofSeconds(5);

  private static final long MEMORY = 600L << 20;

  private @Nullable GillModel model;

  @Override
  public String name() {
    return "long/input";
  }

  @Override
  public String text() {
    return "5,000 images or 16 MB of text are refused or cancelled within about a second and with little memory";
  }

  @Override
  public boolean isolated() {
    return true;
  }

  @Override
  public Duration timeLimit() {
    return Duration.ofMinutes(2);
  }

  @Override
  public int weight() {
    return 2;
  }

  @Override
  public void attempt(Attempt attempt) throws Exception {
    GillModel loaded = model == null ? GillModel.load(SmallWorld.directory()) : model;
    model = loaded;
    if (attempt.number() % 6 == 0) {
      loaded.respond(Conversation.of("hello")); // warms up the compiler
    }
    Conversation.Builder builder = Conversation.builder();
    boolean text = attempt.number() % 2 == 0;
    if (text) {
      builder.text("a large red circle ".repeat(CHARACTERS / 19));
    } else {
      for (int i = 0; i < IMAGES; i++) {
        builder.image(Pictures.paint(i, BufferedImage.TYPE_INT_RGB, 8, 8));
      }
      builder.text("what is this?");
    }
    Conversation conversation = builder.build();
    int kind = (int) (attempt.number() / 2 % 3); // not cancelled, cancelled before, cancelled during the call
    AtomicBoolean cancelled = new AtomicBoolean(kind == 1);
    ProcessorTime time = ProcessorTime.of(Thread.currentThread());
    Thread canceller = new Thread(() -> {
      try {
        Thread.sleep(300);
        time.restart();
        cancelled.set(true);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
    if (kind == 2) {
      canceller.start();
    }
    long before = Held.resident();
    boolean refused = false;
    boolean stopped = false;
    try {
      Reply reply = loaded.respond(conversation, RespondOptions.builder().cancelled(cancelled::get).build());
      stopped = reply.finish() == Reply.Finish.CANCELLED;
    } catch (GillException e) {
      ReaderPromise.checkMessage(e);
      refused = true;
    }
    Duration limit = kind == 0 || (text && kind == 2) ? REFUSED : CANCELLED;
    String late = time.isOver(limit) ? time.toString() : "";
    canceller.interrupt();
    if (kind == 2) {
      canceller.join();
    }
    String what = (text ? "16 MB of text" : "5,000 images") + (kind == 0 ? "" : kind == 1 ? ", cancelled before"
        : ", cancelled during the call");
    BrokenPromise.unless(refused || (stopped && kind > 0), what + " were answered");
    BrokenPromise.unless(late.isEmpty(), what + " took " + late + "; " + limit.toMillis() + " ms are allowed");
    long grown = Held.resident() - before;
    BrokenPromise.unless(grown <= MEMORY, what + " took " + (grown >> 20) + " MB");
  }

  @Override
  public void close() {
    if (model != null) {
      model.close();
    }
  }
}
