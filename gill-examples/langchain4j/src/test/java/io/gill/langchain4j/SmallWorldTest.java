package io.gill.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import io.gill.DiffusionOptions;
import io.gill.GillModel;
import io.gill.LoadOptions;
import io.gill.RespondOptions;
import io.gill.image.Images;
import io.gill.smallworld.SmallWorld;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.Base64;
import org.junit.jupiter.api.Test;

final class SmallWorldTest {
  @Test
  void drawsInAConversation() {
    LoadOptions load = LoadOptions.builder().retrieval(false).build();
    RespondOptions options = RespondOptions.builder().diffusion(DiffusionOptions.builder().steps(10).build()).build();
    try (GillModel gill = GillModel.load(SmallWorld.directory(), load)) {
      AiMessage reply = new GillChatModel(gill, options)
          .chat(UserMessage.from("draw a large blue star in the centre on a white background")).aiMessage();
      assertThat(reply.images()).hasSize(1);
      BufferedImage image = Images.read(Base64.getDecoder().decode(reply.images().get(0).base64Data()), "reply");
      Color centre = new Color(image.getRGB(image.getWidth() / 2, image.getHeight() / 2));
      assertThat(centre.getBlue()).isGreaterThan(centre.getRed() + 40);
    }
  }
}
