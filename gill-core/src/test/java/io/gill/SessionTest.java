package io.gill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Reply.Finish;
import io.gill.RespondOptions.ImagePolicy;
import io.gill.testing.FakeImageRetriever;
import io.gill.testing.FakeLanguageModel;
import io.gill.testing.FakeModel;
import io.gill.testing.FakeTokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests use of a session and its model by threads and listeners, and when memory is freed. */
@Timeout(60)
class SessionTest {
  private static final FakeTokenizer TOKENIZER = new FakeTokenizer();
  private static final RespondOptions LONG = RespondOptions.builder().maxTokens(200).build();

  private final WatchedLanguageModel language =
      new WatchedLanguageModel(new FakeLanguageModel(TOKENIZER, p -> " Here you are [IMG0]"));
  private final GillModel model =
      FakeModel.builder(p -> "").tokenizer(TOKENIZER).languageModel(language).build();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  /** The place where the turn under test is blocked. */
  private final CountDownLatch there = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);

  @AfterEach
  void end() {
    goOn.countDown();
    threads.shutdownNow();
    model.close();
  }

  private void stop() {
    there.countDown();
    try {
      goOn.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static List<Conversation.Content> turn(String text) {
    return List.of(new Conversation.Text(text));
  }

  /** Options that run an action at one point of a turn. */
  private static RespondOptions at(String place, Runnable happens) {
    return LONG.toBuilder().listener(new GillListener() {
      @Override
      public void onPrompt(int positions, int reused) {
        run("onPrompt");
      }

      @Override
      public void onText(String piece) {
        run("onText");
      }

      @Override
      public void onImageWanted(Reply.Decision decision) {
        run("onImageWanted");
      }

      @Override
      public void onDiffusionStep(int step, int steps) {
        run("onDiffusionStep");
      }

      @Override
      public void onImage(Reply.ImagePart image) {
        run("onImage");
      }

      @Override
      public void onReply(Reply reply) {
        run("onReply");
      }

      private void run(String here) {
        if (here.equals(place)) {
          happens.run();
        }
      }
    }).cancelled(() -> {
      if (place.equals("cancelled")) {
        happens.run();
      }
      return false;
    }).build();
  }

  /** Closes on another thread and returns once that thread waits. */
  private Future<?> closing(AutoCloseable closeable) throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    List<Thread> closer = new ArrayList<>();
    Future<?> closing = threads.submit(() -> {
      closer.add(Thread.currentThread());
      begun.countDown();
      closeable.close();
      return null;
    });
    begun.await();
    while (closer.get(0).getState() != Thread.State.WAITING && !closing.isDone()) {
      Thread.onSpinWait();
    }
    return closing;
  }

  @Test
  void aSecondThreadIsRefusedAndTheFirstAnswersAsIfAlone() throws Exception {
    Reply alone = model.respond(Conversation.of("first"), LONG);
    try (Session session = model.session()) {
      Future<Reply> first = threads.submit(() -> session.respond(turn("first"), at("onText", this::stop)));
      there.await();
      assertThatThrownBy(() -> session.respond("second")).isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("this session is in use by another thread")
          .hasMessageContaining("open another session");
      assertThat(session.conversation().turns()).isEmpty();
      goOn.countDown();
      assertThat(first.get().tokens()).isEqualTo(alone.tokens());
      assertThat(session.conversation().turns()).hasSize(2);
      session.respond("third");
      assertThat(session.conversation().turns()).hasSize(4);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"onPrompt", "onText", "onImageWanted", "onDiffusionStep", "onImage", "onReply", "cancelled"})
  void aTurnInsideATurnIsRefusedAndTheOuterOneIsNotDisturbed(String place) {
    Reply alone = model.respond(Conversation.of("outer"), LONG);
    List<String> refusals = new ArrayList<>();
    try (Session session = model.session()) {
      Reply outer = session.respond(turn("outer"), at(place, () -> {
        try {
          session.respond("inner");
        } catch (IllegalStateException e) {
          refusals.add(String.valueOf(e.getMessage()));
        }
      }));
      assertThat(refusals).isNotEmpty().allMatch(message -> message.contains("has not returned"));
      assertThat(outer.tokens()).isEqualTo(alone.tokens());
      assertThat(outer.images()).hasSize(1);
      assertThat(session.conversation().turns()).hasSize(2);
    }
  }

  @Test
  void anotherSessionAndTheModelMayBeAskedInsideATurn() {
    List<Reply> inner = new ArrayList<>();
    try (Session session = model.session()) {
      Reply outer = session.respond(turn("outer"), at("onPrompt", () -> {
        try (Session other = model.session()) {
          inner.add(other.respond(turn("inner"), LONG));
        }
        inner.add(model.respond(Conversation.of("inner"), LONG));
      }));
      assertThat(inner).hasSize(2).allMatch(reply -> reply.finish() != Finish.CANCELLED);
      assertThat(outer.images()).hasSize(1);
      assertThat(language.open).hasValue(1);
    }
    assertThat(language.open).hasValue(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"onPrompt", "onText", "onImageWanted", "onDiffusionStep"})
  void closingASessionCancelsItsTurnAndFreesWhenItHasEnded(String place) throws Exception {
    Session session = model.session();
    Future<Reply> running = threads.submit(() -> session.respond(turn("x"), at(place, this::stop)));
    there.await();
    Future<?> closing = closing(session);
    Future<?> twice = closing(session);
    assertThat(closing.isDone()).isFalse();
    assertThat(language.open).hasValue(1);
    assertThatThrownBy(() -> session.respond("more")).isInstanceOf(IllegalStateException.class)
        .hasMessage("this session is closed");
    goOn.countDown();
    assertThat(running.get().finish()).isEqualTo(Finish.CANCELLED);
    closing.get();
    twice.get();
    session.close();
    assertThat(language.open).hasValue(0);
    assertThat(model.respond(Conversation.of("x"), LONG).images()).hasSize(1);
  }

  @Test
  void closingASessionStopsItsFetches() throws Exception {
    AtomicInteger fetches = new AtomicInteger();
    FakeImageRetriever images = new FakeImageRetriever(10);
    try (GillModel retrieving = FakeModel.builder(p -> "[IMG0]").imageSource(uri -> {
      fetches.incrementAndGet();
      stop();
      return images.fetch(uri);
    }).build()) {
      Session session = retrieving.session();
      Future<Reply> running = threads.submit(
          () -> session.respond(turn("x"), LONG.toBuilder().imagePolicy(ImagePolicy.RETRIEVE).build()));
      there.await();
      Future<?> closing = closing(session);
      goOn.countDown();
      closing.get();
      assertThat(running.get().finish()).isEqualTo(Finish.CANCELLED);
      assertThat(fetches).hasValue(1);
    }
  }

  @Test
  void aListenerCannotCloseItsOwnSession() {
    List<String> refusals = new ArrayList<>();
    Session session = model.session();
    Reply reply = session.respond(turn("x"), at("onPrompt", () -> {
      try {
        session.close();
      } catch (IllegalStateException e) {
        refusals.add(String.valueOf(e.getMessage()));
      }
    }));
    assertThat(refusals).singleElement().asString().contains("close it after the call has returned");
    assertThat(reply.images()).hasSize(1);
    assertThat(language.open).hasValue(1);
    session.respond("more");
    session.close();
    assertThat(language.open).hasValue(0);
  }

  @Test
  void listenersThatCloseEachOthersSessionsDoNotWaitForEachOther() throws Exception {
    Session a = model.session();
    Session b = model.session();
    CyclicBarrier both = new CyclicBarrier(2);
    Future<Reply> first = threads.submit(() -> a.respond(turn("x"), at("onPrompt", () -> close(both, b))));
    Future<Reply> second = threads.submit(() -> b.respond(turn("x"), at("onPrompt", () -> close(both, a))));
    assertThat(first.get().finish()).isEqualTo(Finish.CANCELLED);
    assertThat(second.get().finish()).isEqualTo(Finish.CANCELLED);
    assertThat(language.open).hasValue(0);
  }

  private static void close(CyclicBarrier both, Session session) {
    try {
      both.await();
      session.close();
      both.await();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void closingTheModelClosesItsSessions() {
    Session used = model.session();
    used.respond("x");
    Session fresh = model.session();
    assertThat(language.open).hasValue(2);
    model.close();
    assertThat(language.open).hasValue(0);
    for (Session session : List.of(used, fresh)) {
      assertThatThrownBy(() -> session.respond("more")).isInstanceOf(IllegalStateException.class)
          .hasMessage("this model is closed");
      session.close();
    }
    assertThat(used.conversation().turns()).hasSize(2);
    assertThat(language.open).hasValue(0);
    assertThatThrownBy(model::session).hasMessage("this model is closed");
    assertThatThrownBy(() -> model.respond(Conversation.of("x"))).hasMessage("this model is closed");
    assertThatThrownBy(() -> model.logLikelihood(Conversation.of("x"))).hasMessage("this model is closed");
    assertThatThrownBy(() -> model.scoreAnswers(Conversation.of("x"), List.of("y"), PromptFormat.plain()))
        .hasMessage("this model is closed");
    assertThatThrownBy(model::stages).hasMessage("this model is closed");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void closingTheModelCancelsWhatItAnswersAndWaits(boolean inASession) throws Exception {
    Session session = model.session();
    RespondOptions options = at("onText", this::stop);
    Future<Reply> running = threads.submit(() ->
        inASession ? session.respond(turn("x"), options) : model.respond(Conversation.of("x"), options));
    there.await();
    Future<?> closing = closing(model);
    Future<?> twice = closing(model);
    Future<?> sessionToo = closing(session);
    assertThat(closing.isDone()).isFalse();
    assertThat(language.open).hasValueGreaterThan(0);
    assertThatThrownBy(() -> session.respond("x")).hasMessage("this model is closed");
    goOn.countDown();
    assertThat(running.get().finish()).isEqualTo(Finish.CANCELLED);
    closing.get();
    twice.get();
    sessionToo.get();
    assertThat(language.open).hasValue(0);
  }

  @Test
  void closingTheModelCancelsItsScores() throws Exception {
    language.afterReading = this::stop;
    Future<?> likelihood = threads.submit(() -> model.logLikelihood(Conversation.of("x".repeat(1000))));
    Future<?> answers = threads.submit(
        () -> model.scoreAnswers(Conversation.of("x"), List.of("one", "two"), PromptFormat.plain()));
    while (language.read.size() < 2) {
      Thread.onSpinWait();
    }
    Future<?> closing = closing(model);
    assertThat(closing.isDone()).isFalse();
    goOn.countDown();
    for (Future<?> scoring : List.of(likelihood, answers)) {
      assertThatThrownBy(scoring::get).isInstanceOf(ExecutionException.class)
          .cause().isInstanceOf(CancellationException.class);
    }
    closing.get();
    assertThat(language.open).hasValue(0);
  }

  @Test
  void anyNumberOfThreadsMayCloseAtOnce() throws Exception {
    for (int round = 0; round < 20; round++) {
      WatchedLanguageModel watched = new WatchedLanguageModel(new FakeLanguageModel(TOKENIZER, p -> " x"));
      GillModel one = FakeModel.builder(p -> "").tokenizer(TOKENIZER).languageModel(watched).build();
      Session session = one.session();
      List<Future<?>> all = new ArrayList<>();
      for (AutoCloseable closeable : List.of(session, one, session, one)) {
        all.add(threads.submit(() -> {
          closeable.close();
          return null;
        }));
      }
      for (Future<?> closing : all) {
        closing.get();
      }
      assertThat(watched.open).hasValue(0);
    }
  }

  @Test
  void aStageThatFailsLeavesTheConversationAndTheCacheAsTheyWere() {
    try (Session session = model.session()) {
      for (int turn = 0; turn < 2; turn++) {
        int before = session.conversation().turns().size();
        language.afterReading = () -> {
          throw new GillException("no memory");
        };
        assertThatThrownBy(() -> session.respond(turn("again"), LONG)).hasMessage("no memory");
        assertThatThrownBy(() -> session.respond(turn("again"), LONG)).hasMessage("no memory");
        assertThat(session.conversation().turns()).hasSize(before);

        language.afterReading = () -> {};
        language.longest.set(0);
        Reply reply = session.respond(turn("again"), LONG);
        int positions = language.longest.getAndSet(0);
        Conversation whole = new Conversation(session.conversation().turns().subList(0, before + 1));
        assertThat(reply.tokens()).isNotEmpty().isEqualTo(model.respond(whole, LONG).tokens());
        assertThat(language.longest).hasValue(positions);
      }
    }
  }
}
