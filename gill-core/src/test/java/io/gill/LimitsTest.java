package io.gill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.Uninterruptibles;
import io.gill.Reply.Finish;
import io.gill.RespondOptions.ImagePolicy;
import io.gill.testing.FakeModel;
import java.awt.image.BufferedImage;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls that wait for each other, on a model that computes one at a time. */
@Timeout(60)
class LimitsTest {
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch started = new CountDownLatch(1);
  private final CountDownLatch mayEnd = new CountDownLatch(1);
  private final List<String> order = new CopyOnWriteArrayList<>();

  @AfterEach
  void stop() {
    mayEnd.countDown();
    threads.shutdownNow();
  }

  private static GillModel model(int waiting) {
    return FakeModel.builder(prompt -> " fine").limits(1, waiting).build();
  }

  /** Starts a call that runs until {@link #mayEnd}. */
  private Future<Reply> runFirst(GillModel model) throws Exception {
    RespondOptions options = RespondOptions.builder().listener(new GillListener() {
      @Override
      public void onPrompt(int positions, int reused) {
        started.countDown();
        try {
          mayEnd.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }).build();
    Future<Reply> first = threads.submit(() -> model.respond(Conversation.of("first"), options));
    started.await();
    return first;
  }

  private static void awaitWaiting(Thread thread) {
    while (thread.getState() != Thread.State.TIMED_WAITING && thread.getState() != Thread.State.TERMINATED) {
      Thread.onSpinWait();
    }
  }

  @Test
  void callsRunInTheOrderInWhichTheyCame() throws Exception {
    try (GillModel model = model(3)) {
      Future<Reply> first = runFirst(model);
      List<Thread> waiting = new ArrayList<>();
      for (String name : new String[] {"a", "b", "c"}) {
        RespondOptions options = RespondOptions.builder().listener(new GillListener() {
          @Override
          public void onPrompt(int positions, int reused) {
            order.add(name);
          }
        }).build();
        Thread thread = new Thread(() -> model.respond(Conversation.of(name), options));
        thread.start();
        awaitWaiting(thread);
        waiting.add(thread);
      }
      assertThatThrownBy(() -> model.respond("d")).isInstanceOf(ModelBusyException.class)
          .hasMessage("the model's limit of 1 running and 3 waiting calls is reached: try again later, or raise"
              + " GillModel.builder().limits(…)");
      mayEnd.countDown();
      first.get();
      for (Thread thread : waiting) {
        thread.join();
      }
      assertThat(order).containsExactly("a", "b", "c");
      assertThat(model.respond("d").text()).isEqualTo("fine");
    }
  }

  @Test
  void repliesWaitForEachOthersImagesOnly() throws Exception {
    try (GillModel model = FakeModel.builder(prompt -> prompt.contains("draw") ? " Here. [IMG0]" : " fine")
        .limitGeneration(1).build()) {
      RespondOptions painting = RespondOptions.builder().imagePolicy(ImagePolicy.GENERATE)
          .listener(new GillListener() {
            @Override
            public void onDiffusionStep(int step, int steps) {
              started.countDown();
              Uninterruptibles.awaitUninterruptibly(mayEnd);
            }
          }).build();
      Future<Reply> first = threads.submit(() -> model.respond(Conversation.of("draw"), painting));
      started.await();
      AtomicBoolean flag = new AtomicBoolean();
      AtomicBoolean painted = new AtomicBoolean();
      RespondOptions cancelled = RespondOptions.builder().imagePolicy(ImagePolicy.GENERATE).cancelled(flag::get)
          .listener(new GillListener() {
            @Override
            public void onDiffusionStep(int step, int steps) {
              painted.set(true);
            }
          }).build();
      Future<Reply> second = threads.submit(() -> model.respond(Conversation.of("draw"), cancelled));
      assertThat(model.respond("words").text()).isEqualTo("fine"); // while one paints and another waits
      flag.set(true);
      assertThat(second.get().finish()).isEqualTo(Finish.CANCELLED);
      assertThat(painted).isFalse();
      assertThat(first.isDone()).isFalse();
      mayEnd.countDown();
      assertThat(first.get().images()).hasSize(1);
      assertThat(model.respond(Conversation.of("draw"), painting).images()).hasSize(1);
    }
    assertThatThrownBy(() -> GillModel.builder().limitGeneration(0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aTimeOutEndsWaitingAndLeavesTheOthersAlone() throws Exception {
    try (GillModel model = model(1); Session session = model.session()) {
      Future<Reply> first = runFirst(model);
      RespondOptions hurried = RespondOptions.builder().timeout(Duration.ofMillis(1)).build();
      assertThatThrownBy(() -> session.respond("second", hurried)).isInstanceOf(ModelBusyException.class)
          .hasMessageStartingWith("the call's time-out of 1 ms passed while it waited for others");
      assertThat(session.conversation().turns()).isEmpty();
      mayEnd.countDown();
      assertThat(first.get().text()).isEqualTo("fine");
      assertThat(session.respond("second").text()).isEqualTo("fine");
    }
  }

  @Test
  void embeddingsAndScoresWaitNoLongerThanTheirOptionsAllow() throws Exception {
    try (GillModel model = model(1)) {
      Future<Reply> first = runFirst(model);
      RespondOptions hurried = RespondOptions.builder().timeout(Duration.ofMillis(1)).build();
      RespondOptions unwanted = RespondOptions.builder().cancelled(() -> true).build();
      BufferedImage picture = new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB);
      for (Consumer<RespondOptions> call : List.<Consumer<RespondOptions>>of(
          options -> model.embed("a cat", options),
          options -> model.embed(picture, options),
          options -> model.logLikelihood(Conversation.of("a cat"), options),
          options -> model.scoreAnswers(Conversation.of("a cat"), List.of("yes"), options))) {
        assertThatThrownBy(() -> call.accept(hurried)).isInstanceOf(ModelBusyException.class)
            .hasMessageStartingWith("the call's time-out of 1 ms passed while it waited for others");
        assertThatThrownBy(() -> call.accept(unwanted)).isInstanceOf(CancellationException.class);
      }
      mayEnd.countDown();
      assertThat(first.get().text()).isEqualTo("fine");
      assertThat(model.embed("a cat")).isNotEmpty();
    }
  }

  @Test
  void aTimeOutOfCenturiesIsNone() {
    try (GillModel model = model(0)) {
      RespondOptions patient = RespondOptions.builder().timeout(ChronoUnit.FOREVER.getDuration()).build();
      assertThat(model.respond(Conversation.of("now"), patient).text()).isEqualTo("fine");
    }
  }

  @Test
  void aRunningReplyThatTimesOutKeepsWhatItHas() {
    try (GillModel model = model(0); Session session = model.session()) {
      RespondOptions hurried = RespondOptions.builder().timeout(Duration.ofNanos(1)).build();
      // Its turn comes at once, so that the reply is begun.
      Reply reply = session.respond("now", hurried);
      assertThat(reply.finish()).isEqualTo(Finish.TIMED_OUT);
      assertThat(reply.parts()).isEmpty();
      assertThat(session.conversation().turns()).isEmpty();
      assertThat(session.respond("again").text()).isEqualTo("fine");
    }
  }

  @Test
  void aWaitingCallCanBeCancelledAndInterrupted() throws Exception {
    try (GillModel model = model(2)) {
      Future<Reply> first = runFirst(model);
      AtomicBoolean flag = new AtomicBoolean();
      Future<Reply> cancelled = threads.submit(
          () -> model.respond(Conversation.of("a"), RespondOptions.builder().cancelled(flag::get).build()));
      Future<Reply> interrupted = threads.submit(() -> {
        Thread.currentThread().interrupt();
        return model.respond(Conversation.of("b"), RespondOptions.defaults());
      });
      assertThat(interrupted.get().finish()).isEqualTo(Finish.CANCELLED);
      flag.set(true);
      assertThat(cancelled.get().finish()).isEqualTo(Finish.CANCELLED);
      assertThat(first.isDone()).isFalse();
      mayEnd.countDown();
      assertThat(first.get().finish()).isNotEqualTo(Finish.CANCELLED);
    }
  }

  @Test
  void aListenerMayCallTheModelAgain() {
    try (GillModel model = model(0)) {
      List<Double> scores = new ArrayList<>();
      RespondOptions options = RespondOptions.builder().listener(new GillListener() {
        @Override
        public void onPrompt(int positions, int reused) {
          scores.add(model.logLikelihood(Conversation.of("nested")));
        }
      }).build();
      assertThat(model.respond(Conversation.of("outer"), options).text()).isEqualTo("fine");
      assertThat(scores).hasSize(1);
    }
  }

  @Test
  void whatAListenerThrowsIsThrown() {
    try (GillModel model = model(0)) {
      RespondOptions options = RespondOptions.builder().listener(new GillListener() {
        @Override
        public void onPrompt(int positions, int reused) {
          throw new CancellationException("by the listener");
        }
      }).build();
      assertThatThrownBy(() -> model.respond(Conversation.of("x"), options))
          .isInstanceOf(CancellationException.class).hasMessage("by the listener");
    }
  }

  @Test
  void wrongLimitsAreRejected() {
    assertThatThrownBy(() -> GillModel.builder().limits(0, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> GillModel.builder().limits(1, -1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> RespondOptions.builder().timeout(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
