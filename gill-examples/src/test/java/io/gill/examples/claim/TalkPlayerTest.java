package io.gill.examples.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.GillModel;
import io.gill.RespondOptions;
import io.gill.RespondOptions.ImagePolicy;
import io.gill.examples.world.Answers;
import io.gill.examples.world.Grammar;
import io.gill.examples.world.Scene;
import io.gill.examples.world.TestTalk;
import io.gill.examples.world.WorldDialogue.Words;
import io.gill.testing.FakeModel;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Plays dialogues with a model whose answers are given. */
class TalkPlayerTest {
  private static final Scene STAR =
      Grammar.parse("a large blue star in the centre on a white background").orElseThrow();
  private static final String HERE = " " + Answers.drawn(STAR) + " [IMG0]";

  @Test
  void wordsBesideAPictureAreStrayUnlessTheyAnnounceOne() {
    List<String> answers = List.of(
        HERE + "\n", HERE + HERE + "\n", " " + Answers.found(STAR) + " [IMG0]\n", " Hello!\n",
        HERE + ",\n", HERE + ", find and describe pictures." + HERE + "\n", HERE + " " + Answers.drawn(STAR) + "\n",
        " [IMG0] It is a star.\n");
    TestTalk.Turn turn = new TestTalk.Turn(List.of(new Words("a star")), new TestTalk.Picture(List.of(STAR)));
    RespondOptions options = RespondOptions.builder()
        .maxTokens(400).maxImages(3).imagePolicy(ImagePolicy.BOTH).build();
    try (GillModel model = FakeModel.saying(answers.toArray(String[]::new)).build()) {
      List<TalkReply> replies = new TalkPlayer(model, options, 1)
          .play(new TestTalk("a star", Collections.nCopies(answers.size(), turn)));
      assertThat(replies).extracting(reply -> reply.pictures().size()).containsExactly(1, 2, 1, 0, 1, 2, 1, 1);
      assertThat(replies).extracting(TalkReply::strayWords)
          .containsExactly(false, false, false, false, true, true, true, true);
      assertThat(replies).noneMatch(TalkReply::isRight); // the fake's pictures show no star
      TalkScores scores = new TalkScores();
      scores.add(replies);
      assertThat(TalkReport.counted(scores.strayWords())).isEqualTo("57.1 % of 7");
    }
  }
}
