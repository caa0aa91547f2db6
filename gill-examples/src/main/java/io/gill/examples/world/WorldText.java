package io.gill.examples.world;

import io.gill.examples.world.HeldOut.Split;
import java.util.List;
import java.util.stream.IntStream;

/** Text of the world for learning a vocabulary, from training scenes only. */
public final class WorldText {
  /** Enough for every word to be frequent. */
  private static final int SAMPLES = 5000;

  /** Computed when first needed, in some seconds. */
  private static final class Computed {
    static final List<String> DIALOGUES = IntStream.range(0, SAMPLES).mapToObj(seed -> (seed % 2 == 0
        ? Dialogues.sample(Split.TRAIN, seed)
        : Dialogues.endOfFreeTalk(Split.TRAIN, seed).dialogue()).text()).toList();
  }

  private WorldText() {}

  /**
   * Returns plain dialogues and free talk, in equal parts.
   *
   * @return texts without pictures
   */
  public static List<String> dialogues() {
    return Computed.DIALOGUES;
  }

  /**
   * Returns captions in all wordings.
   *
   * @return texts in lower case
   */
  public static List<String> captions() {
    return IntStream.range(0, SAMPLES)
        .mapToObj(seed -> Grammar.paraphrase(SceneSampler.sample(Split.TRAIN, seed), seed % Grammar.PARAPHRASES))
        .toList();
  }
}
