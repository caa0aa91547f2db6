package io.gill.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import io.gill.GillListener;
import io.gill.GillModel;
import io.gill.RespondOptions;
import io.gill.image.Images;
import io.gill.testing.FakeModel;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.image.ImageOptionsBuilder;
import org.springframework.ai.image.ImagePrompt;
import org.springframework.ai.image.ImageResponse;

final class OtherModelsTest {
  @Test
  void draws() {
    FakeModel fake = FakeModel.saying("");
    try (GillModel gill = fake.build()) {
      GillImageModel images = new GillImageModel(gill, RespondOptions.defaults());
      ImageResponse response = images.call(new ImagePrompt("a cat",
          ImageOptionsBuilder.builder().n(2).width(16).height(24).build()));
      assertThat(response.getResults()).hasSize(2).allSatisfy(image -> assertThat(Images.read(
          Base64.getDecoder().decode(image.getOutput().getB64Json()), "drawn").getWidth()).isPositive());
      assertThatThrownBy(() -> images.call(new ImagePrompt("a cat",
          ImageOptionsBuilder.builder().style("vivid").build()))).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> images.call(new ImagePrompt("a cat",
          ImageOptionsBuilder.builder().responseFormat("url").build()))).isInstanceOf(IllegalArgumentException.class);
    }
    RespondOptions options = fake.calls().get(0).options();
    assertThat(options.diffusion().width()).isEqualTo(16);
    assertThat(options.diffusion().height()).isEqualTo(24);
  }

  @Test
  void saysWhyThereIsNoImage() {
    ImagePrompt cat = new ImagePrompt("a cat");
    try (GillModel gill = FakeModel.saying("").builder().textImageGenerator((request, listener) -> {
      throw new IOException("the painting service is down");
    }).build()) {
      assertThatThrownBy(() -> new GillImageModel(gill, RespondOptions.defaults()).call(cat))
          .isInstanceOf(GillException.class).hasMessageContaining("the painting service is down");
    }
    try (GillModel gill = FakeModel.saying("").delay(Duration.ofMillis(5)).build()) {
      RespondOptions soon = RespondOptions.builder().timeout(Duration.ofMillis(1)).build();
      assertThatThrownBy(() -> new GillImageModel(gill, soon).call(cat))
          .isInstanceOf(GillException.class).hasMessageContaining("time-out passed");
      RespondOptions never = RespondOptions.builder().cancelled(() -> true).build();
      assertThatThrownBy(() -> new GillImageModel(gill, never).call(cat))
          .isInstanceOf(GillException.class).hasMessageContaining("cancelled");
    }
  }

  @Test
  void embedsTextsAndImages() {
    try (GillModel gill = FakeModel.saying("").build()) {
      GillEmbeddingModel embeddings = new GillEmbeddingModel(gill);
      assertThat(embeddings.embed(List.of("a cat", "a dog")))
          .containsExactly(gill.embed("a cat"), gill.embed("a dog"));
      assertThat(embeddings.dimensions()).isEqualTo(4);
      assertThat(embeddings.embed(new Document("a cat"))).isEqualTo(gill.embed("a cat"));
      BufferedImage image = new BufferedImage(4, 3, BufferedImage.TYPE_INT_RGB);
      assertThat(embeddings.embed(new Document(Pictures.media(image), Map.of()))).isEqualTo(gill.embed(image));
    }
  }

  @Test
  void refusesOptionsOfEmbeddingsThatItCannotHonour() {
    try (GillModel gill = FakeModel.saying("").build()) {
      GillEmbeddingModel embeddings = new GillEmbeddingModel(gill);
      for (EmbeddingOptions wrong : List.of(EmbeddingOptions.builder().dimensions(2).build(),
          EmbeddingOptions.builder().model("other").build())) {
        assertThatThrownBy(() -> embeddings.call(new EmbeddingRequest(List.of("a cat"), wrong)))
            .isInstanceOf(IllegalArgumentException.class);
      }
      EmbeddingOptions named = EmbeddingOptions.builder().model("gill").build();
      assertThat(embeddings.call(new EmbeddingRequest(List.of("a cat"), named)).getResult().getOutput())
          .isEqualTo(gill.embed("a cat"));
    }
  }

  @Test
  void recordsReplies() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (GillModel gill = FakeModel.saying("Hello.").builder().addListener(new GillMetrics(registry, "fake")).build()) {
      int prompt = gill.respond("Hi").usage().promptTokens();
      gill.respond("Hi");
      assertThat(registry.get("gen_ai.client.operation.duration").tag("gen_ai.request.model", "fake").timer())
          .satisfies(timer -> {
            assertThat(timer.count()).isEqualTo(2);
            assertThat(timer.totalTime(TimeUnit.NANOSECONDS)).isPositive();
          });
      assertThat(registry.get("gen_ai.client.token.usage").tag("gen_ai.token.type", "input").summary().totalAmount())
          .isEqualTo(2.0 * prompt);
      assertThat(registry.get("gen_ai.client.token.usage").tag("gen_ai.token.type", "output").summary().max())
          .isPositive();
    }
  }

  @Test
  void tellsPicturesFromReplies() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (GillModel gill = FakeModel.saying("Hello.").builder().addListener(new GillMetrics(registry, "fake")).build()) {
      gill.respond("Hi");
      gill.draw("a cat", RespondOptions.builder().generatedImages(2).build());
      gill.draw("a dog", RespondOptions.defaults());
    }
    assertThat(registry.get("gen_ai.client.operation.duration").tag("gen_ai.operation.name", "chat").timer().count())
        .isEqualTo(1);
    assertThat(registry.get("gen_ai.client.operation.duration").tag("gen_ai.operation.name", "generate_content")
        .timer().count()).isEqualTo(2);
    assertThat(registry.get("gen_ai.client.token.usage").tag("gen_ai.operation.name", "generate_content")
        .tag("gen_ai.token.type", "input").summary().count()).isEqualTo(2);
  }

  @Test
  void tellsACallFromOneWithinIt() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    FakeModel fake = FakeModel.saying("Hello.");
    try (GillModel gill = fake.builder().addListener(new GillMetrics(registry, "fake")).build()) {
      RespondOptions nested = RespondOptions.builder().listener(new GillListener() {
        @Override
        public void onPrompt(int positions, int reused) {
          gill.respond("Hi");
          fake.failingAfter(0, new GillException("out of order"));
        }
      }).build();
      assertThatThrownBy(() -> gill.draw("a cat", nested)).hasMessage("out of order");
    }
    assertThat(registry.get("gen_ai.client.operation.duration").tag("gen_ai.operation.name", "generate_content")
        .tag("error.type", "io.gill.GillException").timer().count()).isEqualTo(1);
    assertThat(registry.get("gen_ai.client.operation.duration").tag("gen_ai.operation.name", "chat")
        .tag("error.type", "none").timer().count()).isEqualTo(1);
  }

  @Test
  void countsFailures() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    FakeModel fake = FakeModel.saying("Hello.").failingAfter(0, new GillException("out of order"));
    try (GillModel gill = fake.builder().addListener(new GillMetrics(registry, "fake")).build()) {
      assertThatThrownBy(() -> gill.respond("Hi")).hasMessage("out of order");
      gill.respond("Hi");
      assertThat(registry.get("gen_ai.client.operation.duration").tag("error.type", "io.gill.GillException").timer())
          .satisfies(timer -> {
            assertThat(timer.count()).isEqualTo(1);
            assertThat(timer.totalTime(TimeUnit.NANOSECONDS)).isPositive();
          });
      assertThat(registry.get("gen_ai.client.operation.duration").tag("error.type", "none").timer().count())
          .isEqualTo(1);
    }
  }
}
