package io.gill.examples.claim;

import io.gill.GillModel;
import io.gill.RespondOptions;
import io.gill.RespondOptions.ImagePolicy;
import io.gill.diffusion.StableDiffusion;
import io.gill.examples.world.Scene;
import io.gill.examples.world.TestTalk;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Measures a model in free talk, with the model's own default options, beside its image generator alone. */
final class Talks {
  /** The generator alone paints for every fourth of the turns that want a picture, in two ways. */
  private static final int SAMPLED = 4;

  private final TalkPlayer player;
  private final TextGenerator generator;
  private int pictures;

  /**
   * Creates the measurement.
   *
   * @param model the model
   * @param generator the model's image generator by itself
   * @param options the options of each reply but for the image policy
   * @param seed varies the pictures that the user shows
   */
  Talks(GillModel model, StableDiffusion generator, RespondOptions options, long seed) {
    this.generator = new TextGenerator(generator, options.diffusion(), options.seed());
    player = new TalkPlayer(model, options.toBuilder().imagePolicy(ImagePolicy.BOTH).topK(1).build(), seed);
  }

  /** Plays a dialogue without the generator alone. */
  List<TalkReply> play(TestTalk talk) {
    return player.play(talk);
  }

  /** Plays dialogues and adds the replies to the scores. Returns the replies by dialogue. */
  List<List<TalkReply>> measure(List<TestTalk> talks, TalkScores... scores) {
    List<List<TalkReply>> all = new ArrayList<>();
    for (TestTalk talk : talks) {
      List<TalkReply> replies = player.play(talk);
      List<TalkScores.Baseline> baselines = baselines(replies);
      for (TalkScores each : scores) {
        each.add(replies);
        baselines.forEach(each::add);
      }
      all.add(replies);
    }
    return all;
  }

  private List<TalkScores.Baseline> baselines(List<TalkReply> replies) {
    List<TalkScores.Baseline> baselines = new ArrayList<>();
    for (TalkReply reply : replies) {
      if (reply.wantsOne() && pictures++ % SAMPLED == 0) {
        Scene wanted = reply.wanted().get(0);
        String all = replies.subList(0, reply.number()).stream()
            .map(one -> Asking.words(one.turn().user())).collect(Collectors.joining(". "));
        baselines.add(new TalkScores.Baseline(reply,
            TalkReply.score(wanted, generator.paint(Asking.words(reply.turn().user()))),
            TalkReply.score(wanted, generator.paint(all))));
      }
    }
    return baselines;
  }
}
