package io.gill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.lm.DecoderModel;
import io.gill.lm.DecoderSnapshot;
import io.gill.stage.LanguageContext;
import io.gill.stage.LanguageInput.Tokens;
import io.gill.testing.FakeLanguageModel;
import io.gill.testing.FakeModel;
import io.gill.testing.FakeTokenizer;
import io.gill.testsupport.Parity;
import io.gill.testsupport.Reference;
import io.gill.torch.Tensor;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

/** Sessions that share the beginning of their conversations. */
class ForkTest {
  private static final BufferedImage IMAGE = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);

  private static FakeLanguageModel languageModel() {
    return new FakeLanguageModel(new FakeTokenizer(), prompt -> " said after " + prompt.length());
  }

  private static Conversation beginning() {
    return Conversation.builder().image(IMAGE).text("Some instructions, long and the same for everybody").build();
  }

  @Test
  void forksReadOnlyWhatIsNew() {
    FakeLanguageModel lm = languageModel();
    try (GillModel model = FakeModel.builder(prompt -> "").languageModel(lm).build();
        Session session = model.session(beginning())) {
      session.prepare(RespondOptions.defaults());
      long prefix = lm.positionsRead();
      assertThat(prefix).isPositive();
      for (String question : new String[] {"first", "a second one"}) {
        long before = lm.positionsRead();
        try (Session fork = session.fork()) {
          String text = fork.respond(question).text();
          assertThat(text).startsWith("said after");
          long read = lm.positionsRead() - before;
          try (Session alone = model.session(beginning())) {
            before = lm.positionsRead();
            assertThat(alone.respond(question).text()).isEqualTo(text);
            assertThat(lm.positionsRead() - before).isGreaterThan(read + prefix / 2);
          }
          assertThat(fork.conversation().turns()).hasSize(3);
        }
        assertThat(session.conversation()).isEqualTo(beginning());
      }
    }
  }

  @Test
  void aModelThatCannotCopyReadsAgain() {
    WatchedLanguageModel lm = new WatchedLanguageModel(languageModel()); // leaves LanguageContext.copy as it is
    try (GillModel model = FakeModel.builder(prompt -> "").languageModel(lm).build();
        Session session = model.session(beginning());
        Session fork = session.fork()) {
      assertThat(fork.respond("hello").text()).isEqualTo(session.respond("hello").text());
    }
  }

  @Test
  void closedAndCancelledSessionsSaySo() {
    GillModel model = FakeModel.builder(prompt -> " fine").build();
    try (model) {
      Session session = model.session(beginning());
      assertThatThrownBy(() -> session.prepare(RespondOptions.builder().cancelled(() -> true).build()))
          .isInstanceOf(CancellationException.class);
      assertThatThrownBy(() -> model.session().prepare(RespondOptions.defaults()))
          .isInstanceOf(IllegalArgumentException.class);
      Session fork = session.fork();
      session.close();
      assertThat(fork.respond("hello").text()).isEqualTo("fine");
      assertThatThrownBy(session::fork).isInstanceOf(IllegalStateException.class).hasMessage("this session is closed");
    }
    assertThatThrownBy(model::session).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aCopiedContextContinuesAsTheOriginalAndFreesItsMemory() {
    long before = Tensor.live();
    try (DecoderModel model = DecoderSnapshot.of(Reference.path("model-a", "opt"))
            .load(50272, new float[0][], Device.CPU, Precision.FLOAT32);
        LanguageContext context = model.open()) {
      context.append(List.of(new Tokens(new int[] {2, 100, 200, 300})));
      try (LanguageContext copy = context.copy(4).orElseThrow()) {
        assertThat(copy.length()).isEqualTo(4);
        float[] expected = context.append(List.of(new Tokens(new int[] {7, 8}))).logits();
        context.truncate(0);
        Parity.assertClose("logits", copy.append(List.of(new Tokens(new int[] {7, 8}))).logits(), expected, 1e-6);
        assertThat(context.length()).isZero();
      }
      context.append(List.of(new Tokens(new int[] {2, 100, 200, 300})));
      try (LanguageContext part = context.copy(2).orElseThrow()) {
        float[] rest = part.append(List.of(new Tokens(new int[] {200, 300}))).logits();
        float[] again = context.append(List.of(new Tokens(new int[] {7}))).logits();
        Parity.assertClose("logits", part.append(List.of(new Tokens(new int[] {7}))).logits(), again, 1e-6);
        assertThat(rest).isNotEqualTo(again);
      }
      assertThatThrownBy(() -> context.copy(6)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("5");
      try (LanguageContext empty = context.copy(0).orElseThrow()) {
        assertThat(empty.append(List.of(new Tokens(new int[] {5}))).logits()).isNotEmpty();
      }
    }
    assertThat(Tensor.live()).isEqualTo(before);
  }
}
