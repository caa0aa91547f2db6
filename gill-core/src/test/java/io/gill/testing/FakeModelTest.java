package io.gill.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Conversation;
import io.gill.GillException;
import io.gill.GillListener;
import io.gill.GillModel;
import io.gill.Reply;
import io.gill.Reply.Finish;
import io.gill.RespondOptions;
import io.gill.Session;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Fakes answer, fail, take their time and remember what they were asked. */
@Tag("no-natives")
@Timeout(60)
class FakeModelTest {
  private static final RespondOptions LONG = RespondOptions.builder().maxTokens(100).seed(7).build();

  @Test
  void answersComeInTheirOrderAndTheLastOneStays() {
    FakeModel fake = FakeModel.saying("One.", "Two [IMG0]", "Three.");
    try (GillModel model = fake.build(); Session session = model.session()) {
      assertThat(session.respond("a", LONG).text()).isEqualTo("One.");
      assertThat(model.respond(Conversation.of("a"), LONG).images()).hasSize(1);
      assertThat(session.respondAsync("a", LONG).join().text()).isEqualTo("Three.");
      assertThat(session.respond("a", LONG).text()).isEqualTo("Three.");
      assertThat(fake.calls()).hasSize(4);
      assertThat(fake.calls().get(0).options()).isEqualTo(LONG);
      assertThat(fake.calls().get(3).conversation().turns()).hasSize(5);
      model.draw("a cat", LONG);
      assertThat(fake.calls().get(4).conversation()).isEqualTo(Conversation.of("a cat"));
    }
    assertThatThrownBy(FakeModel::saying).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there are no answers: give one or more");
  }

  @Test
  void oneCallFailsAndTheNextOneWorks() {
    FakeModel fake = FakeModel.saying("A long answer.").failingAfter(3, new GillException("busy"));
    try (GillModel model = fake.build(); Session session = model.session()) {
      List<String> pieces = new ArrayList<>();
      assertThatThrownBy(() -> session.respond("x", LONG.toBuilder().listener(new GillListener() {
        @Override
        public void onText(String piece) {
          pieces.add(piece);
        }
      }).build())).isInstanceOf(GillException.class).hasMessage("busy");
      // The prompt and two tokens were computed, and the third was chosen.
      assertThat(pieces).containsExactly("A", " ", "l");
      assertThat(session.conversation().turns()).isEmpty();
      assertThat(session.respond("x", LONG).text()).isEqualTo("A long answer.");
    }
    assertThatThrownBy(() -> fake.failingAfter(-1, new GillException("busy")))
        .isInstanceOf(IllegalArgumentException.class).hasMessage("passes is -1: use 0 or more");
  }

  @Test
  void aSlowReplyCanBeInterruptedAndTimesOut() throws Exception {
    FakeModel fake = FakeModel.saying("Slow.").delay(Duration.ofDays(1));
    try (GillModel model = fake.build()) {
      CompletableFuture<Reply> interrupted = new CompletableFuture<>();
      Thread thread = new Thread(() -> interrupted.complete(model.respond(Conversation.of("x"), LONG)));
      thread.start();
      while (fake.calls().isEmpty()) {
        Thread.onSpinWait();
      }
      thread.interrupt();
      assertThat(interrupted.get().finish()).isEqualTo(Finish.CANCELLED);
      fake.delay(Duration.ofMillis(1));
      RespondOptions hurried = LONG.toBuilder().timeout(Duration.ofNanos(1)).build();
      assertThat(model.respond(Conversation.of("x"), hurried).finish()).isEqualTo(Finish.TIMED_OUT);
    }
  }

  @Test
  void allListenersOfAModelHearItsReplies() {
    List<String> heard = new ArrayList<>();
    try (GillModel model = FakeModel.saying("Hi.").builder()
        .addListener(listener("one", heard)).addListener(listener("two", heard)).build()) {
      model.respond(Conversation.of("x"), LONG.toBuilder().listener(listener("own", heard)).build());
    }
    assertThat(heard).containsExactly("one asked", "two asked", "own asked", "one Hi.", "two Hi.", "own Hi.");
  }

  private static GillListener listener(String name, List<String> heard) {
    return new GillListener() {
      @Override
      public void onRequest(Conversation conversation, RespondOptions options) {
        heard.add(name + " asked");
      }

      @Override
      public void onReply(Reply reply) {
        heard.add(name + " " + reply.text());
      }
    };
  }

  @Test
  void aModelAndItsSessionsCanBeWrapped() {
    List<String> called = new ArrayList<>();
    try (GillModel model = FakeModel.saying("Hi.").build()) {
      GillModel wrapped = wrap(GillModel.class, model, called);
      Session session = wrap(Session.class, wrapped.session(), called);
      assertThat(wrapped.respond("x").text()).isEqualTo("Hi.");
      assertThat(session.respond("x").text()).isEqualTo("Hi.");
      assertThat(called).containsExactly("session", "respond", "respond");
    }
  }

  private static <T> T wrap(Class<T> type, T target, List<String> called) {
    InvocationHandler handler = (proxy, method, arguments) -> {
      called.add(method.getName());
      try {
        return method.invoke(target, arguments);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    };
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }
}
