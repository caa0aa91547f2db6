package io.gill.examples.soak;

import io.gill.Conversation;
import io.gill.DiffusionOptions;
import io.gill.GillListener;
import io.gill.GillModel;
import io.gill.Reply;
import io.gill.RespondOptions;
import io.gill.RespondOptions.ImagePolicy;
import io.gill.Session;
import io.gill.smallworld.SmallWorld;
import io.gill.testing.FakeLanguageModel;
import io.gill.testing.FakeModel;
import io.gill.testing.FakeTokenizer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Threads use and misuse models and sessions. Every call returns the reply that a single thread gets, returns a
 * cancelled reply or throws an {@link IllegalStateException}, and the JVM survives.
 */
final class Threads implements Promise {
  private static final String[] QUESTIONS = {
    "draw a large blue star in the centre on a white background", "find a picture of a small green circle",
    "hello", "find a picture of a small green circle ".repeat(12)
  };

  private static final int LATEST_MILLIS = 60;

  private final String name;
  private final Supplier<GillModel> loader;
  private final boolean isolated;
  private final Map<String, Reply> right = new ConcurrentHashMap<>();
  private @Nullable GillModel model;

  private Threads(String name, Supplier<GillModel> loader, boolean isolated) {
    this.name = name;
    this.loader = loader;
    this.isolated = isolated;
  }

  static List<Promise> all() {
    return List.of(
        new Threads("threads/fakes", Threads::fake, false),
        new Threads("threads/model", () -> GillModel.load(SmallWorld.directory()), true));
  }

  private static GillModel fake() {
    UnaryOperator<String> script = prompt -> " Here it is. [IMG0]";
    return FakeModel.builder(script)
        .languageModel(new FakeLanguageModel(new FakeTokenizer(), script, 1 << 14)) // one position per byte
        .build();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String text() {
    return "A call from any thread gives the reply of a single thread, a cancelled one or IllegalStateException,"
        + " whatever others close, cancel, interrupt or misuse";
  }

  @Override
  public boolean isolated() {
    return isolated;
  }

  @Override
  public Duration timeLimit() {
    return Duration.ofMinutes(1);
  }

  @Override
  public int weight() {
    return isolated ? 12 : 1;
  }

  private static RespondOptions options(Random random) {
    RespondOptions.Builder options = RespondOptions.builder().maxTokens(8 + 8 * random.nextInt(4));
    return switch (random.nextInt(6)) {
      case 0 -> options.imagePolicy(ImagePolicy.RETRIEVE).maxImages(1).build();
      case 1 -> options.imagePolicy(ImagePolicy.GENERATE).maxImages(1)
          .diffusion(DiffusionOptions.builder().steps(2).build()).build();
      default -> options.maxImages(0).build();
    };
  }

  private GillModel model() {
    GillModel loaded = model == null ? loader.get() : model;
    model = loaded;
    return loaded;
  }

  @Override
  public void attempt(Attempt attempt) throws Exception {
    GillModel shared = model();
    Random random = attempt.random();
    switch (random.nextInt(isolated ? 14 : 7)) {
      case 0, 7, 8 -> sessionIsClosedMeanwhile(shared, random);
      case 1, 9, 10 -> twoThreadsInOneSession(shared, random);
      case 2 -> listenerCallsBack(shared, random);
      case 3, 11 -> interruptedAndCancelled(shared, random);
      case 4, 12 -> manyThreads(shared, random);
      case 5 -> modelIsClosedMeanwhile(random);
      default -> sessionGoesOnAfterMisuse(shared, random);
    }
  }

  /** Runs bodies at the same time. An exception that is not allowed fails the case. */
  private static void together(List<Body> bodies) throws Exception {
    ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    List<Thread> threads = new ArrayList<>();
    for (Body body : bodies) {
      Thread thread = new Thread(() -> {
        try {
          body.run();
        } catch (IllegalStateException e) {
          // the documented refusal of misuse
        } catch (Exception | Error e) {
          failures.add(e);
        }
      }, "soak " + threads.size());
      thread.setDaemon(true);
      threads.add(thread);
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    if (!failures.isEmpty()) {
      throw new BrokenPromise(failures.size() + " threads failed", failures.peek());
    }
  }

  @FunctionalInterface
  private interface Body {
    void run() throws Exception;
  }

  /** Checks that a reply is the right one for its conversation, unless it was cancelled. */
  private void check(GillModel with, Conversation conversation, RespondOptions options, Reply reply) {
    if (reply.finish() == Reply.Finish.CANCELLED) {
      return;
    }
    String key = options.maxTokens() + " " + options.imagePolicy() + " " + options.maxImages() + " " + conversation;
    RespondOptions plain = options.toBuilder().listener(new GillListener() {}).cancelled(() -> false).build();
    Reply wanted = right.computeIfAbsent(key, k -> with.respond(conversation, plain));
    BrokenPromise.unless(wanted.tokens().equals(reply.tokens()) && wanted.text().equals(reply.text())
        && wanted.finish() == reply.finish() && wanted.images().size() == reply.images().size(),
        "a wrong reply: '" + reply.text() + "' (" + reply.finish() + "); a single thread gets '" + wanted.text()
            + "' (" + wanted.finish() + ")");
  }

  private void sessionIsClosedMeanwhile(GillModel shared, Random random) throws Exception {
    RespondOptions options = options(random);
    String question = QUESTIONS[random.nextInt(QUESTIONS.length)];
    int delay = random.nextInt(LATEST_MILLIS);
    Session session = shared.session();
    session.respond("hello", options);
    Conversation before = session.conversation();
    together(List.of(
        () -> check(shared, before.toBuilder().text(question).build(), options,
            session.respond(question, options)),
        () -> {
          Thread.sleep(delay);
          session.close();
        }));
    session.close();
  }

  private void twoThreadsInOneSession(GillModel shared, Random random) throws Exception {
    RespondOptions options = options(random);
    ConcurrentLinkedQueue<Reply> replies = new ConcurrentLinkedQueue<>();
    try (Session session = shared.session()) {
      List<Body> bodies = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        String question = QUESTIONS[random.nextInt(QUESTIONS.length)];
        bodies.add(() -> {
          for (int turn = 0; turn < 3; turn++) {
            replies.add(session.respond(question, options));
          }
        });
      }
      together(bodies);
      List<Conversation.Turn> turns = session.conversation().turns();
      long empty = replies.stream().filter(reply -> reply.tokens().isEmpty()).count();
      BrokenPromise.unless(turns.size() <= 2 * replies.size() && turns.size() >= 2 * (replies.size() - empty) - 1,
          turns.size() + " turns after " + replies.size() + " replies");
      String last = replies.isEmpty() ? "" : session.respond("hello").text();
      if (!replies.isEmpty()) {
        String wanted = shared.respond(new Conversation(turns).toBuilder().text("hello").build()).text();
        BrokenPromise.unless(last.equals(wanted), "after misuse a session says '" + last + "', not '" + wanted + "'");
      }
    }
  }

  private void listenerCallsBack(GillModel shared, Random random) {
    int where = random.nextInt(5);
    int what = random.nextInt(3);
    RespondOptions plain = options(random);
    try (Session session = shared.session()) {
      AtomicBoolean did = new AtomicBoolean();
      Runnable closing = session::close;
      GillListener listener = new GillListener() {
        private void callBack(int at) {
          if (at == where && !did.getAndSet(true)) {
            try {
              switch (what) {
                case 0 -> session.respond("hello");
                case 1 -> closing.run();
                default -> shared.close();
              }
            } catch (IllegalStateException e) {
              return; // refused; the outer call continues
            }
            if (what == 2) {
              throw new BrokenPromise("a listener has closed its model");
            }
          }
        }

        @Override
        public void onPrompt(int positions, int reused) {
          callBack(0);
        }

        @Override
        public void onText(String piece) {
          callBack(1);
        }

        @Override
        public void onImageWanted(Reply.Decision decision) {
          callBack(2);
        }

        @Override
        public void onDiffusionStep(int step, int steps) {
          callBack(3);
        }

        @Override
        public void onReply(Reply reply) {
          callBack(4);
        }
      };
      String question = QUESTIONS[random.nextInt(QUESTIONS.length)];
      try {
        Reply reply = session.respond(
            List.of(new Conversation.Text(question)), plain.toBuilder().listener(listener).build());
        check(shared, Conversation.of(question), plain, reply);
        BrokenPromise.unless(session.conversation().turns().size() <= 2,
            session.conversation().turns().size() + " turns after a turn with a nested call of its listener");
      } catch (IllegalStateException e) {
        // closed in the meantime
      }
    }
  }

  private void interruptedAndCancelled(GillModel shared, Random random) throws Exception {
    RespondOptions plain = options(random);
    boolean interrupt = random.nextBoolean();
    int delay = random.nextInt(LATEST_MILLIS);
    String question = QUESTIONS[random.nextInt(QUESTIONS.length)];
    AtomicBoolean cancelled = new AtomicBoolean(random.nextInt(6) == 0);
    Thread[] worker = new Thread[1];
    AtomicBoolean ended = new AtomicBoolean();
    Object lock = new Object();
    together(List.of(
        () -> {
          try (Session session = shared.session()) {
            synchronized (lock) {
              worker[0] = Thread.currentThread();
            }
            Reply reply = session.respond(
                List.of(new Conversation.Text(question)), plain.toBuilder().cancelled(cancelled::get).build());
            synchronized (lock) {
              ended.set(true);
            }
            check(shared, Conversation.of(question), plain, withoutInterrupt(reply));
            Conversation so = session.conversation();
            Reply next = session.respond("hello", plain);
            check(shared, so.toBuilder().text("hello").build(), plain, next);
          } finally {
            synchronized (lock) {
              ended.set(true);
            }
          }
        },
        () -> {
          Thread.sleep(delay);
          cancelled.set(true);
          synchronized (lock) {
            if (interrupt && !ended.get() && worker[0] != null) {
              worker[0].interrupt();
            }
          }
        }));
  }

  private static Reply withoutInterrupt(Reply reply) {
    Thread.interrupted(); // otherwise the next call would be cancelled
    return reply;
  }

  private void manyThreads(GillModel shared, Random random) throws Exception {
    List<Body> bodies = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      RespondOptions options = options(random);
      String question = QUESTIONS[random.nextInt(QUESTIONS.length)];
      bodies.add(() -> check(shared, Conversation.of(question), options,
          shared.respond(Conversation.of(question), options)));
    }
    together(bodies);
  }

  private void modelIsClosedMeanwhile(Random random) throws Exception {
    GillModel own = loader.get();
    List<Body> bodies = new ArrayList<>();
    List<Session> sessions = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Session session = own.session();
      sessions.add(session);
      RespondOptions options = options(random);
      String question = QUESTIONS[random.nextInt(QUESTIONS.length)];
      bodies.add(() -> check(model(), Conversation.of(question), options,
          session.respond(question, options)));
    }
    int delay = random.nextInt(LATEST_MILLIS);
    bodies.add(() -> {
      Thread.sleep(delay);
      own.close();
    });
    together(bodies);
    own.close();
    for (Session session : sessions) {
      try {
        session.respond("hello");
        throw new BrokenPromise("a session of a closed model answers");
      } catch (IllegalStateException e) {
        ReaderPromise.checkMessage(e);
      }
      session.close();
    }
  }

  private void sessionGoesOnAfterMisuse(GillModel shared, Random random) throws Exception {
    RespondOptions options = options(random);
    try (Session session = shared.session()) {
      for (List<Conversation.Content> wrong : Arrays.<List<Conversation.Content>>asList(
          List.of(), List.of(new Conversation.Spoken(List.of(5))))) {
        try {
          session.respond(wrong, options);
          throw new BrokenPromise("a turn of " + wrong + " is answered");
        } catch (IllegalArgumentException e) {
          ReaderPromise.checkMessage(e);
        }
      }
      String question = QUESTIONS[random.nextInt(QUESTIONS.length)];
      check(shared, Conversation.of(question), options,
          session.respond(question, options));
    }
  }

  @Override
  public void close() {
    if (model != null) {
      model.close();
      model = null;
    }
  }
}
