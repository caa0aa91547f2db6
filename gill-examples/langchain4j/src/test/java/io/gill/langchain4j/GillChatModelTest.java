package io.gill.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.image.Image;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.PdfFileContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.embedding.request.EmbeddingInput;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.output.FinishReason;
import io.gill.Conversation;
import io.gill.Conversation.Role;
import io.gill.Conversation.Spoken;
import io.gill.GillException;
import io.gill.GillListener;
import io.gill.GillModel;
import io.gill.ModelBusyException;
import io.gill.Reply;
import io.gill.RespondOptions;
import io.gill.image.Images;
import io.gill.testing.FakeModel;
import java.awt.image.BufferedImage;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GillChatModelTest {
  @TempDir
  Path directory;

  @Test
  void fillsTheImagesOfTheReply() {
    try (GillModel gill = Gill.saying("Here it is. [IMG0]")) {
      ChatResponse response = new GillChatModel(gill, RespondOptions.builder().maxTokens(50).build())
          .chat(UserMessage.from("Show me a cat."));

      Reply expected = gill.respond("Show me a cat.");
      assertThat(response.aiMessage().text()).isEqualTo("Here it is.");
      assertThat(response.aiMessage().images()).singleElement().satisfies(image -> {
        assertThat(image.mimeType()).isEqualTo("image/png");
        assertThat(Images.read(Base64.getDecoder().decode(image.base64Data()), "reply").getRGB(0, 0))
            .isEqualTo(expected.images().get(0).image().orElseThrow().getRGB(0, 0));
      });
      assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
      assertThat(response.tokenUsage().inputTokenCount()).isEqualTo(expected.usage().promptTokens()).isPositive();
      assertThat(response.tokenUsage().outputTokenCount()).isEqualTo(expected.usage().generatedTokens()).isPositive();
      assertThat(response.modelName()).isEqualTo("gill");
    }
  }

  @Test
  void readsTextImagesAndTheSystemMessageInOrder() throws Exception {
    byte[] png = Images.toPng(Gill.red(), Map.of());
    Path file = Files.write(directory.resolve("a b.png"), png);
    String data = Base64.getEncoder().encodeToString(png);
    FakeModel fake = FakeModel.saying("Yes.");
    try (GillModel gill = fake.build()) {
      new GillChatModel(gill).withFileUrls().chat(SystemMessage.from("Be brief."), UserMessage.from(
          TextContent.from("Compare"), ImageContent.from(data, "image/png"),
          ImageContent.from("data:image/png;base64," + data), ImageContent.from(file.toUri())));
    }
    List<Conversation.Turn> turns = fake.calls().get(0).conversation().turns();
    assertThat(turns).extracting(Conversation.Turn::role).containsExactly(Role.SYSTEM, Role.USER);
    assertThat(turns.get(1).contents()).hasSize(4);
    assertThat(turns.get(1).contents().subList(1, 4)).allSatisfy(content ->
        assertThat(((Conversation.Image) content).image().getRGB(3, 2)).isEqualTo(0xffff0000));
  }

  @Test
  void refusesFilesUnlessTheyAreAllowed() throws Exception {
    URI file = Files.write(directory.resolve("a.png"), Images.toPng(Gill.red(), Map.of())).toUri();
    ChatRequest request = request(UserMessage.from(ImageContent.from(file)));
    FakeModel fake = FakeModel.saying("Yes.");
    try (GillModel gill = fake.build()) {
      StreamingChatResponseHandler ignored = new StreamingChatResponseHandler() {
        @Override
        public void onCompleteResponse(ChatResponse response) {}

        @Override
        public void onError(Throwable error) {}
      };
      List<ThrowingCallable> refused = List.of(
          () -> new GillChatModel(gill).chat(request),
          () -> new GillStreamingChatModel(gill).doChat(request, ignored),
          () -> new GillEmbeddingModel(gill).embed(embedding(file)),
          () -> new GillImageModel(gill).edit(Image.builder().url(file).build(), "a cat"));
      assertThat(refused).allSatisfy(call -> assertThatThrownBy(call)
          .isInstanceOf(UnsupportedFeatureException.class).hasMessageContaining("withFileUrls()"));
      assertThat(fake.calls()).isEmpty();
      assertThat(new GillEmbeddingModel(gill).withFileUrls().embed(embedding(file)).embeddings().get(0).vector())
          .isEqualTo(gill.embed(Gill.red()));
      new GillStreamingChatModel(gill).withFileUrls().doChat(request, ignored);
      new GillImageModel(gill).withFileUrls().edit(Image.builder().url(file).build(), "a cat");
    }
  }

  private static EmbeddingRequest embedding(URI image) {
    return EmbeddingRequest.builder().inputs(List.of(EmbeddingInput.from(ImageContent.from(image)))).build();
  }

  @Test
  void readsItsOwnReplyInTheTokensItChoseUnlessItWasEdited() {
    FakeModel fake = FakeModel.saying("Here it is. [IMG0]", "You are welcome.");
    try (GillModel gill = fake.build()) {
      GillChatModel chat = new GillChatModel(gill);
      UserMessage first = UserMessage.from("A cat, please");
      AiMessage reply = chat.chat(first).aiMessage();
      chat.chat(first, reply, UserMessage.from("Thanks"));
      chat.chat(first, reply.withText("Edited"), UserMessage.from("Thanks"));
      chat.chat(first, reply.toBuilder().attributes(Map.of("gill.text", reply.text(), "gill.tokens", List.of(1 << 30)))
          .build(), UserMessage.from("Thanks"));

      assertThat(assistant(fake, 1)).singleElement().isInstanceOf(Spoken.class);
      assertThat(assistant(fake, 2).get(0)).isEqualTo(Conversation.Content.of("Edited"));
      assertThat(assistant(fake, 2)).hasSize(2);
      assertThat(assistant(fake, 3)).containsExactly(Conversation.Content.of("Here it is."));
    }
  }

  private static List<Conversation.Content> assistant(FakeModel fake, int call) {
    return fake.calls().get(call).conversation().turns().get(1).contents();
  }

  @Test
  void passesParametersOn() {
    FakeModel fake = FakeModel.saying("One. Two. Three.");
    try (GillModel gill = fake.build()) {
      RespondOptions defaults = RespondOptions.builder().seed(7).textCut(RespondOptions.TextCut.NONE).build();
      ChatResponse response = new GillChatModel(gill, defaults).chat(ChatRequest.builder()
          .messages(UserMessage.from("Count")).maxOutputTokens(6).temperature(0.0).topP(0.9)
          .presencePenalty(0.5).frequencyPenalty(-0.5).stopSequences(List.of("Three")).modelName("gill").build());
      assertThat(response.finishReason()).isEqualTo(FinishReason.LENGTH);
    }
    RespondOptions options = fake.calls().get(0).options();
    assertThat(options.maxTokens()).isEqualTo(6);
    assertThat(options.presencePenalty()).isEqualTo(0.5);
    assertThat(options.frequencyPenalty()).isEqualTo(-0.5);
    assertThat(options.stop()).containsExactly("Three");
    assertThat(options.seed()).isEqualTo(7);
  }

  @Test
  void stopsAtAStopSequence() {
    try (GillModel gill = Gill.saying("One two three")) {
      ChatResponse response = new GillChatModel(gill).chat(
          ChatRequest.builder().messages(UserMessage.from("Count")).stopSequences(List.of("two")).build());
      assertThat(response.aiMessage().text()).isEqualTo("One");
      assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
    }
  }

  @Test
  void refusesWhatItCannotDo() {
    try (GillModel gill = Gill.saying("No.")) {
      GillChatModel chat = new GillChatModel(gill);
      UserMessage user = UserMessage.from("Hi");
      List<ChatRequest> unsupported = List.of(
          ChatRequest.builder().messages(user).toolSpecifications(
              ToolSpecification.builder().name("clock").build()).build(),
          ChatRequest.builder().messages(user).responseFormat(ResponseFormat.JSON).build(),
          request(user, AiMessage.from(ToolExecutionRequest.builder().name("clock").build())),
          request(user, ToolExecutionResultMessage.from("1", "clock", "noon")),
          request(UserMessage.from(PdfFileContent.from(URI.create("file:///a.pdf")))),
          request(UserMessage.from(ImageContent.from("https://example.org/a.png"))));
      assertThat(unsupported).allSatisfy(request -> assertThatThrownBy(() -> chat.chat(request))
          .isInstanceOf(UnsupportedFeatureException.class).message().doesNotContain("\n"));
      assertThatThrownBy(() -> chat.chat(ChatRequest.builder().messages(user).modelName("gpt").build()))
          .isInstanceOf(ModelNotFoundException.class).hasMessageContaining("gill");
    }
  }

  private static ChatRequest request(ChatMessage... messages) {
    return ChatRequest.builder().messages(messages).build();
  }

  @ParameterizedTest
  @ValueSource(strings = {"%%%", "aGVsbG8=", "iVBORw0KGgo="})
  void refusesDamagedImages(String data) {
    try (GillModel gill = Gill.saying("No.")) {
      UserMessage user = UserMessage.from(ImageContent.from(data, "image/png"));
      assertThatThrownBy(() -> new GillChatModel(gill).chat(user)).isInstanceOf(InvalidRequestException.class)
          .message().doesNotContain("\n");
    }
  }

  @Test
  void refusesTooManyPixels() {
    String large = Base64.getEncoder().encodeToString(Images.toPng(
        new BufferedImage(5000, 5000, BufferedImage.TYPE_BYTE_BINARY), Map.of()));
    Pictures pictures = new Pictures(false);
    Image image = Image.builder().base64Data(large).build();
    for (int i = 0; i < 4; i++) {
      pictures.read(image);
    }
    assertThatThrownBy(() -> pictures.read(image)).isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("100 million");
  }

  @Test
  void translatesFailures() {
    FakeModel fake = FakeModel.saying("No.");
    try (GillModel gill = fake.build()) {
      GillChatModel chat = new GillChatModel(gill);
      fake.failingAfter(0, new GillException("disk gone"));
      assertThatThrownBy(() -> chat.chat("Hi")).isExactlyInstanceOf(LangChain4jException.class)
          .hasMessage("disk gone");
      fake.failingAfter(0, new ModelBusyException("full"));
      assertThatThrownBy(() -> chat.chat("Hi")).isInstanceOf(RateLimitException.class);
      fake.failingAfter(0, new ModelBusyException("full"));
      assertThatThrownBy(() -> chat.chatAsync("Hi").join()).isInstanceOf(CompletionException.class)
          .hasCauseInstanceOf(RateLimitException.class);
      assertThatThrownBy(() -> chat.chat(ChatRequest.builder().messages(UserMessage.from("Hi"))
          .temperature(-1.0).build())).isInstanceOf(InvalidRequestException.class);
      assertThat(chat.chat("Hi")).isEqualTo("No.");
      assertThat(chat.chatAsync("Hi").join()).isEqualTo("No.");
    }
  }

  @Test
  void cancellingTheFutureEndsTheComputation() {
    endsTheComputation(chat -> chat.chatAsync(UserMessage.from("Hi")), response -> response.cancel(true));
  }

  @Test
  void aTimeOutOfTheFutureEndsTheComputation() {
    ChatRequest request = request(UserMessage.from("Hi"));
    endsTheComputation(chat -> chat.doChatAsync(request), response -> response.orTimeout(1, TimeUnit.MILLISECONDS));
    endsTheComputation(chat -> chat.chatAsync(request), response -> response.orTimeout(1, TimeUnit.MILLISECONDS));
    endsTheComputation(chat -> chat.chatAsync("Hi"),
        response -> response.completeOnTimeout("", 1, TimeUnit.MILLISECONDS));
  }

  /** Asks, and ends the future once the reply is being computed. */
  private static <T> void endsTheComputation(
      Function<GillChatModel, CompletableFuture<T>> ask, Consumer<CompletableFuture<T>> end) {
    CompletableFuture<Reply> ended = new CompletableFuture<>();
    CompletableFuture<Void> started = new CompletableFuture<>();
    GillListener listener = new GillListener() {
      @Override
      public void onPrompt(int positions, int reused) {
        started.complete(null);
      }

      @Override
      public void onReply(Reply reply) {
        ended.complete(reply);
      }
    };
    try (GillModel gill = FakeModel.saying("x".repeat(2000)).delay(Duration.ofMillis(1)).builder()
        .addListener(listener).build()) {
      CompletableFuture<T> response =
          ask.apply(new GillChatModel(gill, RespondOptions.builder().maxTokens(2000).build()));
      started.join();
      end.accept(response);
      assertThat(ended.join().finish()).isEqualTo(Reply.Finish.CANCELLED);
    }
  }
}
