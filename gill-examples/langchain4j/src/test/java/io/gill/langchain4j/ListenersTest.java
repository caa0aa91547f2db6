package io.gill.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.listener.ChatModelErrorContext;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelRequestContext;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import io.gill.GillException;
import io.gill.GillModel;
import io.gill.RespondOptions;
import io.gill.testing.FakeModel;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Listeners and default parameters, in all three kinds of calls. */
final class ListenersTest {
  private static final RespondOptions OPTIONS = RespondOptions.builder().maxTokens(50).build();

  private final List<String> events = new CopyOnWriteArrayList<>();
  private final FakeModel fake = FakeModel.saying("Yes.");

  /** Records what it receives, and passes a value from each request to its end. */
  private final ChatModelListener listener = new ChatModelListener() {
    @Override
    public void onRequest(ChatModelRequestContext context) {
      ChatRequestParameters parameters = context.chatRequest().parameters();
      events.add("request to " + parameters.modelName() + " for " + parameters.maxOutputTokens() + " tokens, stop "
          + parameters.stopSequences());
      context.attributes().put("key", "passed on");
    }

    @Override
    public void onResponse(ChatModelResponseContext context) {
      events.add("response " + context.chatResponse().aiMessage().text() + " " + context.attributes().get("key"));
    }

    @Override
    public void onError(ChatModelErrorContext context) {
      assertThat(context.error()).isInstanceOf(LangChain4jException.class);
      events.add("error " + context.error().getMessage() + " " + context.attributes().get("key"));
    }
  };

  private static final class Handler implements StreamingChatResponseHandler {
    final CompletableFuture<ChatResponse> response = new CompletableFuture<>();

    @Override
    public void onCompleteResponse(ChatResponse complete) {
      response.complete(complete);
    }

    @Override
    public void onError(Throwable error) {
      response.completeExceptionally(error);
    }
  }

  private static ChatResponse streamed(GillStreamingChatModel chat, ChatRequest request) {
    Handler handler = new Handler();
    chat.chat(request, handler);
    return handler.response.join();
  }

  @Test
  void listenersReceiveRequestsAndResponses() {
    ChatRequest request = ChatRequest.builder().messages(UserMessage.from("Hi")).build();
    try (GillModel gill = fake.build()) {
      GillChatModel chat = new GillChatModel(gill, OPTIONS).withListeners(listener);
      chat.chat(request);
      chat.chatAsync(request).join();
      streamed(new GillStreamingChatModel(gill, OPTIONS).withListeners(listener), request);
    }
    String asked = "request to gill for 50 tokens, stop []";
    String answered = "response Yes. passed on";
    assertThat(events).containsExactly(asked, answered, asked, answered, asked, answered);
  }

  @Test
  void listenersReceiveErrors() {
    ChatRequest request = ChatRequest.builder().messages(UserMessage.from("Hi")).maxOutputTokens(7).build();
    try (GillModel gill = fake.build()) {
      GillChatModel chat = new GillChatModel(gill, OPTIONS).withListeners(listener);
      fake.failingAfter(0, new GillException("disk gone"));
      assertThatThrownBy(() -> chat.chat(request)).isInstanceOf(LangChain4jException.class);
      fake.failingAfter(0, new GillException("disk gone"));
      CompletableFuture<ChatResponse> failed = chat.chatAsync(request);
      assertThatThrownBy(failed::join).isInstanceOf(CompletionException.class);
      fake.failingAfter(0, new GillException("disk gone"));
      GillStreamingChatModel streaming = new GillStreamingChatModel(gill, OPTIONS).withListeners(listener);
      assertThatThrownBy(() -> streamed(streaming, request)).hasCauseInstanceOf(LangChain4jException.class);
      assertThat(events).hasSize(6).containsSequence(
          "request to gill for 7 tokens, stop []", "error disk gone passed on");
      events.clear();
      assertThatThrownBy(() -> chat.chat(request.toBuilder().responseFormat(ResponseFormat.JSON).build()))
          .isInstanceOf(UnsupportedFeatureException.class);
      assertThat(events).hasSize(2).last().asString().startsWith("error gill does not support responses in JSON");
    }
  }

  @Test
  void aRequestOverridesDefaultParametersAndTheseOverrideTheOptions() {
    ChatRequestParameters defaults = ChatRequestParameters.builder()
        .temperature(0.0).presencePenalty(0.5).stopSequences(List.of("Stop")).build();
    ChatRequest plain = ChatRequest.builder().messages(UserMessage.from("Hi")).build();
    ChatRequest own = ChatRequest.builder().messages(UserMessage.from("Hi")).presencePenalty(1.0)
        .maxOutputTokens(9).build();
    try (GillModel gill = fake.build()) {
      GillChatModel chat = new GillChatModel(gill, OPTIONS).withDefaultRequestParameters(defaults);
      chat.chat(plain);
      chat.chatAsync(own).join();
      streamed(new GillStreamingChatModel(gill, OPTIONS).withDefaultRequestParameters(defaults)
          .withListeners(listener), own);
      assertThat(chat.defaultRequestParameters().modelName()).isEqualTo("gill");
    }
    assertThat(fake.calls()).extracting(call -> Map.of(
        "tokens", (Object) call.options().maxTokens(), "penalty", call.options().presencePenalty(),
        "stop", call.options().stop())).containsExactly(
            Map.of("tokens", 50, "penalty", 0.5, "stop", List.of("Stop")),
            Map.of("tokens", 9, "penalty", 1.0, "stop", List.of("Stop")),
            Map.of("tokens", 9, "penalty", 1.0, "stop", List.of("Stop")));
    assertThat(events).first().isEqualTo("request to gill for 9 tokens, stop [Stop]");
  }
}
