package io.gill.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.Conversation;
import io.gill.DiffusionOptions;
import io.gill.GillModel;
import io.gill.Reply;
import io.gill.RespondOptions;
import io.gill.Session;
import io.gill.testsupport.Reference;
import io.gill.torch.Tensor;
import java.awt.image.BufferedImage;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Many turns of a whole model with both other modules. */
class ManyTurnsTest {
  private static final BufferedImage PICTURE = new BufferedImage(40, 30, BufferedImage.TYPE_INT_RGB);
  private static final RespondOptions OPTIONS = RespondOptions.builder()
      .maxTokens(2)
      .minWordTokens(1)
      .imageBias(1e6)
      .imagePolicy(RespondOptions.ImagePolicy.BOTH)
      .diffusion(DiffusionOptions.builder().steps(1).build())
      .build();

  @Test
  void nothingNativeGrowsOverHundredsOfTurns() {
    long before = Tensor.live();
    try (GillModel model = GillModel.load(Reference.path("model-a"))) {
      long loaded = -1;
      for (int turn = 0; turn < 200; turn++) {
        try (Session session = model.session()) {
          Reply reply = session.respond(
              List.of(new Conversation.Image(PICTURE), new Conversation.Text("turn " + turn)), OPTIONS);
          assertThat(reply.images()).hasSize(1);
          assertThat(reply.images().get(0).generated()).hasSize(1);
        }
        loaded = loaded < 0 ? Tensor.live() : loaded; // after the first turn, which fills the generator's cache
        assertThat(Tensor.live()).isEqualTo(loaded);
      }
    }
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void aSessionAnswersAsTheWholeConversationDoes() {
    try (GillModel model = GillModel.load(Reference.path("model-b")); Session session = model.session()) {
      session.respond(List.of(new Conversation.Image(PICTURE), new Conversation.Text("What is this?")), OPTIONS);
      Reply second = session.respond("And now?", OPTIONS);
      Conversation whole = new Conversation(session.conversation().turns().subList(0, 3));
      Reply anew = model.respond(whole, OPTIONS);
      assertThat(anew.tokens()).isEqualTo(second.tokens());
      assertThat(anew.images().get(0).retrieved()).extracting(Reply.RetrievedImage::id)
          .isEqualTo(second.images().get(0).retrieved().stream().map(Reply.RetrievedImage::id).toList());
    }
  }
}
