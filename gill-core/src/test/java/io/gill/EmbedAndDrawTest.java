package io.gill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import io.gill.Reply.Finish;
import io.gill.Reply.ImagePart;
import io.gill.stage.TextImageGenerator;
import io.gill.testing.FakeImageGenerator;
import io.gill.testing.FakeModel;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

/** Embedding and drawing outside a conversation, and image generators that read the text. */
class EmbedAndDrawTest {
  private static final BufferedImage PICTURE = new BufferedImage(30, 20, BufferedImage.TYPE_INT_RGB);
  private static final RespondOptions LONG = RespondOptions.builder().maxTokens(200).build();

  private final List<TextImageGenerator.Request> requests = new ArrayList<>();

  private static double norm(float[] vector) {
    double sum = 0;
    for (float value : vector) {
      sum += value * value;
    }
    return Math.sqrt(sum);
  }

  @Test
  void textsAndImagesAreEmbeddedAsInAConversation() {
    try (GillModel model = FakeModel.builder(prompt -> "[IMG0]").build()) {
      float[] text = model.embed("a cat");
      assertThat(norm(text)).isCloseTo(1, offset(1e-6));
      assertThat(text).isEqualTo(model.draw("a cat", LONG).images().get(0).embedding().retrieval());
      assertThat(norm(model.embed(PICTURE))).isCloseTo(1, offset(1e-6));
      assertThatThrownBy(() -> model.embed(" \n")).isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the text is blank: give it at least one word");
      assertThatThrownBy(() -> model.embed("x".repeat(5000))).isInstanceOf(GillException.class)
          .hasMessageContaining("has 2048");
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> model.embed("a cat")).isInstanceOf(CancellationException.class);
      assertThat(Thread.interrupted()).isTrue();
    }
    try (GillModel blind = FakeModel.builder(prompt -> "").withoutVisionEncoder().build()) {
      assertThatThrownBy(() -> blind.embed(PICTURE)).isInstanceOf(GillException.class)
          .hasMessageContaining("no vision encoder");
    }
  }

  @Test
  void aCaptionIsDrawnWhateverTheModelWouldSay() {
    List<Integer> steps = new ArrayList<>();
    RespondOptions options = LONG.toBuilder().generatedImages(2).minWordTokens(5).maxImages(0)
        .diffusion(DiffusionOptions.builder().steps(3).build())
        .listener(new GillListener() {
          @Override
          public void onDiffusionStep(int step, int all) {
            steps.add(step);
          }
        }).build();
    try (GillModel model = FakeModel.builder(prompt -> " I would rather talk.").build()) {
      Reply reply = model.draw("a cat", options);
      ImagePart drawn = (ImagePart) reply.parts().get(0);
      assertThat(reply.parts()).hasSize(1);
      assertThat(drawn.generated()).hasSize(2);
      assertThat(drawn.retrieved()).isEmpty();
      assertThat(steps).containsExactly(1, 2, 3);
      assertThat(reply.usage().promptTokens()).isEqualTo("a cat".length() + 1);

      Reply cancelled = model.draw("a cat", options.toBuilder().cancelled(() -> !steps.isEmpty()).build());
      assertThat(cancelled.parts()).isEmpty();
      assertThat(cancelled.finish()).isEqualTo(Finish.CANCELLED);
      assertThatThrownBy(() -> model.draw("x".repeat(2043), options)).isInstanceOf(GillException.class)
          .hasMessageContaining("leaves no room for the 8 [IMG] tokens").hasMessageContaining("2048 positions");
      Reply marked = model.draw("a [IMG0] cat", options.toBuilder().markersInText(true).build());
      assertThat(marked.usage().promptTokens()).isEqualTo("a [IMG0] cat".length() + 1);
      assertThatThrownBy(() -> model.draw("", options)).isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the caption is blank: give it at least one word");
    }
    try (GillModel model = FakeModel.builder(prompt -> "").withoutImageGenerator().build()) {
      assertThatThrownBy(() -> model.draw("a cat", options)).isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("cannot generate images");
    }
  }

  @Test
  void aPainterGetsWhatTheUserAskedAndTheModelSaid() {
    try (GillModel model = FakeModel.builder(prompt -> " Here it is: [IMG0] and again [IMG0]")
        .textImageGenerator((request, listener) -> {
          requests.add(request);
          return List.of(PICTURE);
        }).build()) {
      assertThat(model.capabilities().generates()).isTrue();
      Conversation asked = Conversation.builder()
          .text("Hello").assistant("Hi").image(PICTURE).text("Draw").text("a cat").build();
      Reply reply = model.respond(asked, LONG.toBuilder().maxImages(2).seed(7).build());
      assertThat(reply.images()).hasSize(2).allMatch(part -> part.generated().get(0).image() == PICTURE);
      assertThat(requests).extracting(TextImageGenerator.Request::caption).containsExactly(
          "Draw a cat Here it is:", "Draw a cat Here it is:  and again");
      assertThat(requests).extracting(TextImageGenerator.Request::seed).containsExactly(7L, 8L);
      model.draw("a dog", LONG);
      assertThat(requests.get(2).caption()).isEqualTo("a dog");
    }
  }

  @Test
  void aPainterThatCannotPaintNowLeavesTheRestOfTheReply() {
    try (GillModel model = FakeModel.builder(prompt -> " See [IMG0] this.").textImageGenerator((request, listener) -> {
      throw new IOException("503\nService Unavailable");
    }).build()) {
      Reply reply = model.respond(Conversation.of("x"), LONG);
      assertThat(reply.parts()).hasSize(3);
      assertThat(reply.images().get(0).image()).isEmpty();
      assertThat(reply.images().get(0).problem())
          .contains("the image could not be generated: 503\\nService Unavailable").isEqualTo(reply.problem());
    }
    try (GillModel model = FakeModel.builder(prompt -> "[IMG0]").textImageGenerator((request, listener) -> List.of())
        .build()) {
      assertThat(model.respond(Conversation.of("x"), LONG).images().get(0).problem())
          .contains("the image could not be generated: the text image generator returned no image");
    }
  }

  @Test
  void aPainterReportsItsStepsAndStopsWhenTold() {
    try (GillModel model = FakeModel.builder(prompt -> "[IMG0]").textImageGenerator((request, listener) -> {
      for (int step = 1; step <= 10; step++) {
        if (!listener.onStep(step, 10)) {
          throw new CancellationException("stopped");
        }
      }
      return List.of(PICTURE);
    }).build()) {
      List<Integer> steps = new ArrayList<>();
      Reply reply = model.respond(Conversation.of("x"), LONG.toBuilder()
          .cancelled(() -> steps.size() == 4)
          .listener(new GillListener() {
            @Override
            public void onDiffusionStep(int step, int all) {
              steps.add(step);
            }
          }).build());
      assertThat(reply.finish()).isEqualTo(Finish.CANCELLED);
      assertThat(steps).hasSize(4);
    }
  }

  @Test
  void theLastGeneratorGivenByHandWins() {
    try (GillModel painting = FakeModel.builder(prompt -> "[IMG0]").textImageGenerator((request, listener) -> {
      requests.add(request);
      return Collections.nCopies(5, PICTURE);
    }).build()) {
      Reply reply = painting.respond(Conversation.of("x"), LONG.toBuilder().generatedImages(2).build());
      assertThat(reply.images().get(0).generated()).hasSize(2);
    }
    try (GillModel fake = FakeModel.builder(prompt -> "[IMG0]").textImageGenerator((request, listener) -> {
      throw new AssertionError("replaced");
    }).imageGenerator(new FakeImageGenerator()).build()) {
      assertThat(fake.respond(Conversation.of("x"), LONG).images().get(0).generated()).hasSize(1);
    }
  }

  @Test
  void aModelSaysWhatItIs() {
    try (GillModel model = FakeModel.builder(prompt -> "").build()) {
      assertThat(model.info()).isEqualTo(new ModelInfo("gill", 2048, 266, 2, 8, model.capabilities()));
      int taken = model.countTokens(Conversation.builder().image(PICTURE).text("x").build());
      int without = model.countTokens(Conversation.of("x"));
      assertThat(taken - without).isEqualTo(model.info().visualTokens());
    }
  }
}
