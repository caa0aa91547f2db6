package io.gill.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Conversation;
import io.gill.Conversation.Role;
import io.gill.Conversation.Spoken;
import io.gill.GillException;
import io.gill.GillListener;
import io.gill.GillModel;
import io.gill.Reply;
import io.gill.RespondOptions;
import io.gill.image.Images;
import io.gill.testing.FakeModel;
import java.awt.image.BufferedImage;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.MessageAggregator;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.Media;
import org.springframework.util.MimeTypeUtils;

final class GillChatModelTest {
  @TempDir
  Path directory;

  private static GillChatModel chat(GillModel gill) {
    return new GillChatModel(gill, RespondOptions.defaults());
  }

  @Test
  void fillsTheMediaOfTheReply() {
    try (GillModel gill = FakeModel.saying("Here it is. [IMG0]").build()) {
      ChatResponse response = chat(gill).call(new Prompt("Show me a cat."));

      Reply expected = gill.respond("Show me a cat.");
      AssistantMessage message = response.getResult().getOutput();
      assertThat(message.getText()).isEqualTo("Here it is.");
      assertThat(message.getMedia()).singleElement().satisfies(media -> {
        assertThat(media.getMimeType()).isEqualTo(MimeTypeUtils.IMAGE_PNG);
        assertThat(Images.read(media.getDataAsByteArray(), "reply").getRGB(0, 0))
            .isEqualTo(expected.images().get(0).image().orElseThrow().getRGB(0, 0));
      });
      assertThat(response.getResult().getMetadata().getFinishReason()).isEqualTo("STOP");
      assertThat(response.getMetadata().getUsage().getPromptTokens()).isEqualTo(expected.usage().promptTokens());
      assertThat(response.getMetadata().getUsage().getTotalTokens()).isEqualTo(expected.usage().totalTokens());
      assertThat(response.getMetadata().getModel()).isEqualTo("gill");
    }
  }

  @Test
  void readsImagesTextAndTheSystemMessage() throws Exception {
    byte[] png = Images.toPng(red(), Map.of());
    Path file = Files.write(directory.resolve("a b.png"), png);
    String data = "data:image/png;base64," + Base64.getEncoder().encodeToString(png);
    FakeModel fake = FakeModel.saying("Yes.");
    try (GillModel gill = fake.build()) {
      GillChatModel chat = new GillChatModel(gill, RespondOptions.defaults(), true);
      chat.call(new Prompt(new SystemMessage("Be brief."), UserMessage.builder().text("Compare").media(
          media(png), Media.builder().mimeType(MimeTypeUtils.IMAGE_PNG).data(data).build(),
          new Media(MimeTypeUtils.IMAGE_PNG, file.toUri())).build()));
    }
    List<Conversation.Turn> turns = fake.calls().get(0).conversation().turns();
    assertThat(turns).extracting(Conversation.Turn::role).containsExactly(Role.SYSTEM, Role.USER);
    assertThat(turns.get(1).contents()).hasSize(4).last().isEqualTo(Conversation.Content.of("Compare"));
    assertThat(turns.get(1).contents().subList(0, 3)).allSatisfy(content ->
        assertThat(((Conversation.Image) content).image().getRGB(3, 2)).isEqualTo(0xffff0000));
  }

  private static Media media(byte[] png) {
    return Media.builder().mimeType(MimeTypeUtils.IMAGE_PNG).data(png).build();
  }

  private static BufferedImage red() {
    BufferedImage image = new BufferedImage(4, 3, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 12; i++) {
      image.setRGB(i % 4, i / 4, 0xff0000);
    }
    return image;
  }

  @Test
  void readsItsOwnReplyInTheTokensItChoseUnlessItWasEdited() {
    FakeModel fake = FakeModel.saying("Here it is. [IMG0]", "You are welcome.");
    try (GillModel gill = fake.build()) {
      UserMessage first = new UserMessage("A cat, please");
      AssistantMessage reply = chat(gill).call(new Prompt(first)).getResult().getOutput();
      chat(gill).call(new Prompt(first, reply, new UserMessage("Thanks")));
      chat(gill).call(new Prompt(first, reply.mutate().content("Edited").build(), new UserMessage("Thanks")));
    }
    assertThat(assistant(fake, 1)).singleElement().isInstanceOf(Spoken.class);
    assertThat(assistant(fake, 2)).hasSize(2).contains(Conversation.Content.of("Edited"));
  }

  @Test
  void readsItsOwnStreamedReplyInTheTokensItChose() {
    FakeModel fake = FakeModel.saying("  Here it is. [IMG0]", "You are welcome.");
    try (GillModel gill = fake.build()) {
      UserMessage first = new UserMessage("A cat, please");
      List<AssistantMessage> joined = new ArrayList<>();
      new MessageAggregator().aggregate(chat(gill).stream(new Prompt(first)),
          whole -> joined.add(whole.getResult().getOutput())).blockLast();
      assertThat(joined).singleElement().extracting(AssistantMessage::getText).isEqualTo("Here it is.");
      chat(gill).call(new Prompt(first, joined.get(0), new UserMessage("Thanks")));
    }
    assertThat(assistant(fake, 1)).singleElement().isInstanceOf(Spoken.class);
  }

  private static List<Conversation.Content> assistant(FakeModel fake, int call) {
    return fake.calls().get(call).conversation().turns().get(1).contents();
  }

  @Test
  void passesOptionsOn() {
    FakeModel fake = FakeModel.saying("One two three");
    try (GillModel gill = fake.build()) {
      String said = ChatClient.create(chat(gill)).prompt().system("Count.").user("Please")
          .options(ChatOptions.builder().maxTokens(20).temperature(0.0).topP(0.9).presencePenalty(0.5)
              .frequencyPenalty(-0.5).stopSequences(List.of("two")).model("gill"))
          .call().content();
      assertThat(said).isEqualTo("One");
    }
    RespondOptions options = fake.calls().get(0).options();
    assertThat(options.maxTokens()).isEqualTo(20);
    assertThat(options.presencePenalty()).isEqualTo(0.5);
    assertThat(options.frequencyPenalty()).isEqualTo(-0.5);
  }

  @Test
  void refusesWhatItCannotDo() {
    try (GillModel gill = FakeModel.saying("No.").build()) {
      List<Prompt> prompts = List.of(
          new Prompt("Hi", ChatOptions.builder().model("gpt").build()),
          new Prompt(UserMessage.builder().text("Hi").media(
              new Media(MimeTypeUtils.IMAGE_PNG, URI.create("https://example.org/a.png"))).build()),
          new Prompt(UserMessage.builder().text("Hi").media(
              new Media(MimeTypeUtils.IMAGE_PNG, directory.resolve("a.png").toUri())).build()),
          new Prompt(UserMessage.builder().text("Hi").media(
              new Media(MimeTypeUtils.parseMimeType("audio/wav"), URI.create("file:///a.wav"))).build()));
      assertThat(prompts).allSatisfy(prompt -> assertThatThrownBy(() -> chat(gill).call(prompt))
          .isInstanceOf(IllegalArgumentException.class).message().doesNotContain("\n"));
      assertThatThrownBy(() -> chat(gill).call(new Prompt(UserMessage.builder().text("Hi")
          .media(media(new byte[] {1, 2, 3})).build()))).isInstanceOf(GillException.class);
      assertThatThrownBy(() -> chat(gill).stream(prompts.get(0)).blockLast())
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void streamsTextAndPictures() {
    try (GillModel gill = FakeModel.saying("  Here it is. [IMG0]").build()) {
      List<ChatResponse> pieces = chat(gill).stream(new Prompt("Show me a cat.")).collectList().block();
      StringBuilder text = new StringBuilder();
      List<Media> media = new ArrayList<>();
      pieces.forEach(piece -> {
        text.append(piece.getResult().getOutput().getText());
        media.addAll(piece.getResult().getOutput().getMedia());
      });
      assertThat(text).hasToString("Here it is.");
      assertThat(media).hasSize(1);
      assertThat(pieces).hasSizeGreaterThan(3);
      ChatResponse last = pieces.get(pieces.size() - 1);
      assertThat(last.getResult().getMetadata().getFinishReason()).isEqualTo("STOP");
      assertThat(last.getMetadata().getUsage().getCompletionTokens()).isPositive();
    }
  }

  @Test
  void cancellingTheStreamEndsTheComputation() {
    CompletableFuture<Reply> ended = new CompletableFuture<>();
    GillListener listener = new GillListener() {
      @Override
      public void onReply(Reply reply) {
        ended.complete(reply);
      }
    };
    try (GillModel gill = FakeModel.saying("x".repeat(500)).builder().addListener(listener).build()) {
      GillChatModel chat = new GillChatModel(gill, RespondOptions.builder().maxTokens(500).build());
      assertThat(chat.stream(new Prompt("Hi")).blockFirst()).isNotNull();
      assertThat(ended.join().finish()).isEqualTo(Reply.Finish.CANCELLED);
    }
  }
}
