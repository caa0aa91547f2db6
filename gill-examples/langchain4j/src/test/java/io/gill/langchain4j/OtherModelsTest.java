package io.gill.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.image.Image;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.model.embedding.request.EmbeddingInput;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.output.Response;
import io.gill.Conversation;
import io.gill.DiffusionOptions;
import io.gill.GillModel;
import io.gill.PromptFormat;
import io.gill.RespondOptions;
import io.gill.testing.FakeModel;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class OtherModelsTest {
  @Test
  void embedsTextsAndImages() {
    try (GillModel gill = Gill.saying("")) {
      GillEmbeddingModel embeddings = new GillEmbeddingModel(gill);
      assertThat(embeddings.embed("a cat").content().vector()).isEqualTo(gill.embed("a cat"));
      assertThat(embeddings.embedAll(List.of(TextSegment.from("a cat"), TextSegment.from("a dog"))).content())
          .extracting(Embedding::vector).containsExactly(gill.embed("a cat"), gill.embed("a dog"));
      assertThat(embeddings.dimension()).isEqualTo(4);
      ImageContent image = ImageContent.from(Pictures.write(Gill.red()));
      assertThat(embeddings.embed(request(EmbeddingInput.from(image))).embeddings().get(0).vector())
          .isEqualTo(gill.embed(Gill.red()));
      assertThatThrownBy(() -> embeddings.embed(request(EmbeddingInput.from(TextContent.from("two"), image))))
          .isInstanceOf(InvalidRequestException.class);
    }
  }

  private static EmbeddingRequest request(EmbeddingInput input) {
    return EmbeddingRequest.builder().inputs(List.of(input)).build();
  }

  @Test
  void drawsAndRepaints() {
    FakeModel fake = FakeModel.saying("");
    try (GillModel gill = fake.build()) {
      GillImageModel images = new GillImageModel(gill);
      assertThat(images.generate("a cat").content().mimeType()).isEqualTo("image/png");
      Response<List<Image>> three = images.generate("a cat", 3);
      assertThat(three.content()).hasSize(3);
      assertThat(three.tokenUsage().inputTokenCount()).isPositive();
      assertThatThrownBy(() -> images.generate(" ")).isInstanceOf(InvalidRequestException.class);
      assertThatThrownBy(() -> images.generate("a cat", 65)).isInstanceOf(InvalidRequestException.class);
      RespondOptions never = RespondOptions.builder().cancelled(() -> true).build();
      assertThatThrownBy(() -> new GillImageModel(gill, never).generate("a cat")).isInstanceOf(TimeoutException.class);
    }
  }

  @Test
  void saysWhyThereIsNoImage() {
    try (GillModel gill = FakeModel.saying("").builder().textImageGenerator((request, listener) -> {
      throw new IOException("the painting service is down");
    }).build()) {
      GillImageModel images = new GillImageModel(gill);
      assertThatThrownBy(() -> images.generate("a cat")).isExactlyInstanceOf(LangChain4jException.class)
          .hasMessageContaining("the painting service is down");
      assertThatThrownBy(() -> images.generate("a cat", 3)).isExactlyInstanceOf(LangChain4jException.class)
          .hasMessageContaining("the painting service is down");
    }
    try (GillModel gill = FakeModel.saying("").delay(Duration.ofMillis(5)).build()) {
      RespondOptions soon = RespondOptions.builder().timeout(Duration.ofMillis(1)).build();
      assertThatThrownBy(() -> new GillImageModel(gill, soon).generate("a cat")).isInstanceOf(TimeoutException.class)
          .hasMessageContaining("time-out passed");
    }
  }

  @Test
  void passesTheImageToRepaintOn() {
    FakeModel fake = FakeModel.saying("");
    try (GillModel gill = fake.build()) {
      try {
        new GillImageModel(gill).edit(Pictures.write(Gill.red()), "a cat");
      } catch (InvalidRequestException e) {
        assertThat(e).hasMessageContaining("start"); // the fake generator cannot repaint
      }
    }
    assertThat(fake.calls()).allSatisfy(call ->
        assertThat(call.options().diffusion().startImage().orElseThrow().getRGB(0, 0)).isEqualTo(0xffff0000));
  }

  @Test
  void repaintsWhereTheMaskIsTransparent() {
    BufferedImage mask = new BufferedImage(4, 3, BufferedImage.TYPE_INT_ARGB);
    mask.setRGB(2, 1, 0xff000000); // opaque: kept
    FakeModel fake = FakeModel.saying("");
    try (GillModel gill = fake.build()) {
      GillImageModel images = new GillImageModel(gill);
      Image red = Pictures.write(Gill.red());
      assertThat(images.edit(red, Pictures.write(mask), "a cat").content().base64Data()).isNotEmpty();
      assertThatThrownBy(() -> images.edit(red, red, "a cat"))
          .isInstanceOf(InvalidRequestException.class).hasMessageContaining("transparent");
    }
    assertThat(fake.calls()).singleElement().satisfies(call -> {
      DiffusionOptions diffusion = call.options().diffusion();
      assertThat(diffusion.startImage().orElseThrow().getRGB(0, 0)).isEqualTo(0xffff0000);
      assertThat(diffusion.mask().orElseThrow().getRaster().getSample(0, 0, 0)).isEqualTo(255);
      assertThat(diffusion.mask().orElseThrow().getRaster().getSample(2, 1, 0)).isZero();
    });
  }

  @Test
  void scoresSegmentsAsAnswers() {
    try (GillModel gill = Gill.saying("Paris")) {
      GillScoringModel scoring = new GillScoringModel(gill);
      List<Double> scores = scoring.scoreAll(
          List.of(TextSegment.from("Rome"), TextSegment.from("Paris")), "The capital of France?").content();
      assertThat(scores).isEqualTo(gill.scoreAnswers(Conversation.of("The capital of France?"),
          List.of("Rome", "Paris"), PromptFormat.questionAnswer()).stream().map(GillModel.AnswerScore::mean).toList());
      assertThat(scores).hasSize(2).allMatch(score -> score < 0);
      assertThat(scoring.scoreAll(List.of(), "Why?").content()).isEmpty();
    }
  }
}
