package io.gill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Reply.Finish;
import io.gill.ReplyEvent.DiffusionStep;
import io.gill.ReplyEvent.Done;
import io.gill.ReplyEvent.Image;
import io.gill.ReplyEvent.ImageBegins;
import io.gill.ReplyEvent.Text;
import io.gill.testing.FakeLanguageModel;
import io.gill.testing.FakeModel;
import io.gill.testing.FakeTokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Replies on other threads, as futures and as publishers of events. */
@Timeout(60)
class AsyncReplyTest {
  private static final RespondOptions LONG = RespondOptions.builder().maxTokens(200)
      .diffusion(DiffusionOptions.builder().steps(3).build()).build();
  private static final Conversation QUESTION = Conversation.of("x");

  /** Runs a reply while it is subscribed to or asked for. */
  private static GillModel direct(String answer) {
    return FakeModel.builder(prompt -> answer).executor(Runnable::run).build();
  }

  /** Records all signals. */
  private static class Recorder implements Flow.Subscriber<ReplyEvent> {
    final List<ReplyEvent> events = new ArrayList<>();
    final CompletableFuture<String> end = new CompletableFuture<>();
    private final long requested;
    Flow.@Nullable Subscription subscription;
    @Nullable Throwable failure;

    Recorder(long requested) {
      this.requested = requested;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription = given;
      if (requested > 0) {
        given.request(requested);
      }
    }

    Flow.Subscription subscription() {
      return Objects.requireNonNull(subscription);
    }

    @Override
    public void onNext(ReplyEvent event) {
      assertThat(end).isNotDone();
      events.add(event);
    }

    @Override
    public void onError(Throwable thrown) {
      failure = thrown;
      assertThat(end.complete("failed")).isTrue();
    }

    @Override
    public void onComplete() {
      assertThat(end.complete("complete")).isTrue();
    }

    String text() {
      return String.join("", events.stream()
          .filter(Text.class::isInstance).map(event -> ((Text) event).text()).toList());
    }
  }

  @Test
  void aFutureHoldsTheReplyOfTheSameCall() throws Exception {
    try (GillModel model = FakeModel.builder(prompt -> " See [IMG0]").build(); Session session = model.session()) {
      Reply reply = session.respondAsync("x", LONG).get();
      assertThat(reply.text()).isEqualTo("See");
      assertThat(session.conversation().turns()).hasSize(2);
      assertThat(model.respondAsync(QUESTION, LONG).get().tokens()).isEqualTo(reply.tokens());
    }
  }

  @Test
  void turnsOfASessionRunInTheOrderInWhichTheyWereAskedFor() {
    try (GillModel model = FakeModel.builder(prompt -> " " + prompt.length() + ".").build();
        Session session = model.session()) {
      List<CompletableFuture<Reply>> replies = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        replies.add(session.respondAsync("question", LONG));
      }
      List<Integer> lengths = replies.stream()
          .map(reply -> Integer.parseInt(reply.join().text().replace(".", ""))).toList();
      assertThat(lengths).isSorted().doesNotHaveDuplicates();
      assertThat(session.conversation().turns()).hasSize(40);
    }
  }

  @Test
  void aCancelledFutureEndsTheReplyBeforeTheNextToken() throws Exception {
    CountDownLatch spoke = new CountDownLatch(1);
    CountDownLatch mayGoOn = new CountDownLatch(1);
    RespondOptions options = LONG.toBuilder().listener(new GillListener() {
      @Override
      public void onText(String piece) {
        spoke.countDown();
        try {
          mayGoOn.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }).build();
    try (GillModel model = FakeModel.builder(prompt -> " A long answer.").build();
        Session session = model.session()) {
      CompletableFuture<Reply> reply = session.respondAsync("x", options);
      spoke.await();
      assertThat(reply.cancel(true)).isTrue();
      CompletableFuture<Reply> next = session.respondAsync("y", LONG);
      mayGoOn.countDown();
      assertThat(next.get().text()).isEqualTo("A long answer.");
      Conversation.Turn cut = session.conversation().turns().get(1);
      assertThat(((Conversation.Spoken) cut.contents().get(0)).tokens()).hasSize(1);
    }
  }

  @Test
  void cancellationEndsTheReadingOfAPromptBetweenItsPieces() {
    FakeTokenizer tokenizer = new FakeTokenizer();
    WatchedLanguageModel language = new WatchedLanguageModel(new FakeLanguageModel(tokenizer, prompt -> " Hi."));
    List<Runnable> tasks = new ArrayList<>();
    Conversation longQuestion = Conversation.of("x".repeat(1000));
    try (GillModel model = FakeModel.builder(prompt -> "").tokenizer(tokenizer).languageModel(language)
        .executor(tasks::add).build()) {
      CompletableFuture<Reply> reply = model.respondAsync(longQuestion, LONG);
      language.afterReading = () -> reply.cancel(true);
      tasks.get(0).run();
      assertThat(language.read).containsExactly(256);

      Recorder recorder = new Recorder(Long.MAX_VALUE);
      model.stream(longQuestion, LONG).subscribe(recorder);
      language.afterReading = () -> recorder.subscription().cancel();
      tasks.get(1).run();
      assertThat(language.read).containsExactly(256, 256);
      assertThat(recorder.events).isEmpty();
      assertThat(recorder.end).isNotDone();
    }
  }

  @Test
  void aReplyThatIsCancelledBeforeItStartsIsNotComputed() {
    List<Runnable> tasks = new ArrayList<>();
    List<String> prompts = new ArrayList<>();
    try (GillModel model = FakeModel.builder(prompt -> {
      prompts.add(prompt);
      return " Hi.";
    }).executor(tasks::add).build()) {
      CompletableFuture<Reply> reply = model.respondAsync(QUESTION, LONG);
      reply.cancel(false);
      tasks.forEach(Runnable::run);
      assertThat(prompts).isEmpty();
    }
  }

  @Test
  void whatACallWouldThrowCompletesTheFuture() {
    GillModel model = direct(" Hi.");
    assertFails(model.respondAsync(Conversation.of(" "), LONG), IllegalArgumentException.class);
    Session session = model.session();
    session.close();
    assertFails(session.respondAsync("x", LONG), IllegalStateException.class);
    model.close();
    assertFails(model.respondAsync(QUESTION, LONG), IllegalStateException.class);

    GillModel own = FakeModel.builder(prompt -> " Hi.").build();
    own.close();
    assertFails(own.respondAsync(QUESTION, LONG), IllegalStateException.class);
    Executor full = task -> {
      throw new RejectedExecutionException("full");
    };
    try (GillModel busy = FakeModel.builder(prompt -> " Hi.").executor(full).build();
        Session refused = busy.session()) {
      assertFails(busy.respondAsync(QUESTION, LONG), RejectedExecutionException.class);
      assertFails(refused.respondAsync("x", LONG), RejectedExecutionException.class);
    }
  }

  private static void assertFails(CompletableFuture<Reply> reply, Class<? extends Exception> type) {
    assertThatThrownBy(reply::get).isInstanceOf(ExecutionException.class).hasCauseInstanceOf(type);
  }

  @Test
  void aStreamPublishesTheEventsOfAReplyInOrder() {
    try (GillModel model = FakeModel.builder(prompt -> " See [IMG0] this.").build();
        Session session = model.session()) {
      Recorder recorder = new Recorder(Long.MAX_VALUE);
      session.stream("x", LONG).subscribe(recorder);
      assertThat(recorder.end.join()).isEqualTo("complete");
      List<String> kinds = recorder.events.stream().map(event -> event.getClass().getSimpleName()).toList();
      assertThat(kinds).startsWith("Text").containsSubsequence(
          "Text", "ImageBegins", "DiffusionStep", "DiffusionStep", "DiffusionStep", "Image", "Text", "Done");
      Done done = (Done) recorder.events.get(recorder.events.size() - 1);
      assertThat(recorder.text()).isEqualTo(" See  this.");
      assertThat(done.reply().images()).hasSize(1);
      assertThat(session.conversation().turns()).hasSize(2);
    }
  }

  @Test
  void eventsWaitUntilTheyAreRequestedAndAreJoinedMeanwhile() {
    try (GillModel model = direct(" See [IMG0] this.")) {
      Recorder recorder = new Recorder(0);
      model.stream(QUESTION, LONG).subscribe(recorder);
      assertThat(recorder.events).isEmpty();
      recorder.subscription().request(1);
      assertThat(recorder.events).containsExactly(new Text(" See "));
      recorder.subscription().request(2);
      assertThat(recorder.events.get(1)).isInstanceOf(ImageBegins.class);
      assertThat(recorder.events.get(2)).isEqualTo(new DiffusionStep(3, 3));
      recorder.subscription().request(2);
      assertThat(recorder.events.get(3)).isInstanceOf(Image.class);
      assertThat(recorder.events.get(4)).isEqualTo(new Text(" this."));
      assertThat(recorder.end).isNotDone();
      recorder.subscription().request(1);
      assertThat(recorder.events.get(5)).isInstanceOf(Done.class);
      assertThat(recorder.end.join()).isEqualTo("complete");
    }
  }

  @Test
  void eachSubscriptionIsAReplyAndEachOfASessionATurn() {
    try (GillModel model = direct(" Hi."); Session session = model.session()) {
      Flow.Publisher<ReplyEvent> publisher = session.stream("x", LONG);
      publisher.subscribe(new Recorder(Long.MAX_VALUE));
      publisher.subscribe(new Recorder(Long.MAX_VALUE));
      assertThat(session.conversation().turns()).hasSize(4);
    }
  }

  @Test
  void aCancelledSubscriptionEndsTheReplyAndHearsNothingMore() {
    for (String place : List.of("Text", "DiffusionStep")) {
      List<Reply> replies = new ArrayList<>();
      RespondOptions options = LONG.toBuilder().listener(new GillListener() {
        @Override
        public void onReply(Reply reply) {
          replies.add(reply);
        }
      }).build();
      Recorder recorder = new Recorder(Long.MAX_VALUE) {
        @Override
        public void onNext(ReplyEvent event) {
          super.onNext(event);
          if (event.getClass().getSimpleName().equals(place)) {
            subscription().cancel();
          }
        }
      };
      try (GillModel model = direct(" See [IMG0] this.")) {
        model.stream(QUESTION, options).subscribe(recorder);
      }
      assertThat(recorder.end).isNotDone();
      assertThat(recorder.events.stream().filter(event -> event.getClass().getSimpleName().equals(place))).hasSize(1);
      assertThat(replies).hasSize(1).allMatch(reply -> reply.finish() == Finish.CANCELLED);
    }
  }

  @Test
  void aFailureFollowsTheEventsBeforeIt() {
    RespondOptions failing = LONG.toBuilder().listener(new GillListener() {
      @Override
      public void onImageWanted(Reply.Decision decision) {
        throw new GillException("no ink");
      }
    }).build();
    try (GillModel model = direct(" See [IMG0]")) {
      Recorder recorder = new Recorder(0);
      model.stream(QUESTION, failing).subscribe(recorder);
      assertThat(recorder.end).isNotDone();
      recorder.subscription().request(1);
      assertThat(recorder.events).containsExactly(new Text(" See "));
      assertThat(recorder.end.join()).isEqualTo("failed");
      assertThat(recorder.failure).isInstanceOf(GillException.class).hasMessage("no ink");
    }
  }

  @Test
  void aRequestOfNothingIsAnError() {
    try (GillModel model = FakeModel.builder(prompt -> " Hi.").build()) {
      Recorder recorder = new Recorder(0);
      model.stream(QUESTION, LONG).subscribe(recorder);
      recorder.subscription().request(0);
      assertThat(recorder.end.join()).isEqualTo("failed");
      assertThat(recorder.failure).isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("request(0)");
      assertThatThrownBy(() -> model.stream(QUESTION, LONG).subscribe(nothing()))
          .isInstanceOf(NullPointerException.class).hasMessage("subscriber");
    }
  }

  @SuppressWarnings("NullAway") // what a caller without null checks may pass
  private static <T> T nothing() {
    return null;
  }

  @Test
  void aSubscriberThatThrowsIsCancelledAndItsExceptionReported() throws Exception {
    CompletableFuture<Throwable> reported = new CompletableFuture<>();
    List<Thread> threads = new ArrayList<>();
    Executor executor = task -> {
      Thread thread = new Thread(task);
      thread.setUncaughtExceptionHandler((where, thrown) -> reported.complete(thrown));
      threads.add(thread);
      thread.start();
    };
    try (GillModel model = FakeModel.builder(prompt -> " Hi.").executor(executor).build()) {
      Recorder recorder = new Recorder(Long.MAX_VALUE) {
        @Override
        public void onNext(ReplyEvent event) {
          super.onNext(event);
          throw new IllegalStateException("broken pipe");
        }
      };
      model.stream(QUESTION, LONG).subscribe(recorder);
      assertThat(reported.get()).hasMessage("broken pipe");
      threads.get(0).join();
      assertThat(recorder.events).hasSize(1);
      assertThat(recorder.end).isNotDone();
    }
  }
}
