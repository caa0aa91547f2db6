package io.gill.examples.world;

import io.gill.examples.world.HeldOut.Split;
import java.util.List;
import java.util.stream.IntStream;

/** Text of the world to learn a vocabulary from; nothing of it is held out. */
public final class WorldText {
  /** So many that every word comes often. */
  private static final int SAMPLES = 5000;

  private WorldText() {}

  /**
   * Dialogues.
   *
   * @return texts without pictures
   */
  public static List<String> dialogues() {
    return IntStream.range(0, SAMPLES).mapToObj(seed -> Dialogues.sample(Split.TRAIN, seed).text()).toList();
  }

  /**
   * Captions in all wordings.
   *
   * @return texts in lower case
   */
  public static List<String> captions() {
    return IntStream.range(0, SAMPLES)
        .mapToObj(seed -> Grammar.paraphrase(SceneSampler.sample(Split.TRAIN, seed), seed % Grammar.PARAPHRASES))
        .toList();
  }
}
