package io.gill.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import io.gill.GillException;
import io.gill.GillListener;
import io.gill.GillModel;
import io.gill.Reply;
import io.gill.RespondOptions;
import io.gill.testing.FakeModel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

final class GillStreamingChatModelTest {
  private final List<String> pieces = new CopyOnWriteArrayList<>();
  private final List<Throwable> errors = new CopyOnWriteArrayList<>();
  private final CompletableFuture<ChatResponse> complete = new CompletableFuture<>();

  /** Records what it is given. */
  private class Recorder implements StreamingChatResponseHandler {
    @Override
    public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
      pieces.add(partial.text());
    }

    @Override
    public void onCompleteResponse(ChatResponse response) {
      complete.complete(response);
    }

    @Override
    public void onError(Throwable error) {
      errors.add(error);
      complete.completeExceptionally(error);
    }
  }

  @Test
  void streamsTextThatAddsUpToTheReply() {
    try (GillModel gill = Gill.saying("  Here it is. [IMG0]")) {
      new GillStreamingChatModel(gill).chat("Show me a cat.", new Recorder());
      ChatResponse response = complete.join();
      assertThat(response.aiMessage().images()).hasSize(1);
      assertThat(String.join("", pieces)).isEqualTo(response.aiMessage().text()).isEqualTo("Here it is.");
      assertThat(pieces).hasSizeGreaterThan(1);
      assertThat(errors).isEmpty();
    }
  }

  @Test
  void cancelEndsTheReply() {
    CompletableFuture<Reply> ended = new CompletableFuture<>();
    GillListener listener = new GillListener() {
      @Override
      public void onReply(Reply reply) {
        ended.complete(reply);
      }
    };
    try (GillModel gill = FakeModel.saying("x".repeat(500)).builder().addListener(listener).build()) {
      new GillStreamingChatModel(gill, RespondOptions.builder().maxTokens(500).build()).chat("Hi", new Recorder() {
        @Override
        public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
          super.onPartialResponse(partial, context);
          StreamingHandle handle = context.streamingHandle();
          assertThat(handle.isCancelled()).isFalse();
          handle.cancel();
          assertThat(handle.isCancelled()).isTrue();
        }
      });
      assertThat(ended.join().finish()).isEqualTo(Reply.Finish.CANCELLED);
    }
    assertThat(pieces).hasSize(1);
    assertThat(complete).isNotDone();
    assertThat(errors).isEmpty();
  }

  @Test
  void reportsFailures() {
    FakeModel fake = FakeModel.saying("Hello there.").failingAfter(4, new GillException("disk gone"));
    try (GillModel gill = fake.build()) {
      new GillStreamingChatModel(gill).chat("Hi", new Recorder());
      assertThatThrownBy(complete::get).isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(LangChain4jException.class).hasMessageContaining("disk gone");
    }
  }

  @Test
  void reportsAnExceptionOfTheHandlerAndGoesOn() {
    IllegalStateException mine = new IllegalStateException("mine");
    CompletableFuture<ChatResponse> response = new CompletableFuture<>();
    try (GillModel gill = Gill.saying("H")) {
      new GillStreamingChatModel(gill).chat("Hi", new Recorder() {
        @Override
        public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
          throw mine;
        }

        @Override
        public void onCompleteResponse(ChatResponse given) {
          response.complete(given);
        }

        @Override
        public void onError(Throwable error) {
          super.onError(error);
          throw new IllegalStateException("and again");
        }
      });
      assertThat(response.join().aiMessage().text()).isEqualTo("H");
    }
    assertThat(errors).isNotEmpty().containsOnly(mine);
  }

  @Test
  void refusesWhatItCannotDo() {
    try (GillModel gill = Gill.saying("No.")) {
      ChatRequest request = ChatRequest.builder().messages(UserMessage.from("Hi")).responseFormat(ResponseFormat.JSON)
          .build();
      assertThatThrownBy(() -> new GillStreamingChatModel(gill).chat(request, new Recorder()))
          .isInstanceOf(UnsupportedFeatureException.class);
    }
  }
}
