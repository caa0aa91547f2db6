package io.gill.training;

import io.gill.GillException;
import io.gill.stage.Conditioning;
import io.gill.weights.NumpyFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Targets of the mapping from [IMG] tokens to conditioning: the output of the image generator's text encoder for a
 * description of the picture. Called whenever an example is used, but never if generation has no weight.
 */
@FunctionalInterface
public interface GenerationTargets {
  /**
   * Returns the target of an example.
   *
   * @param example an example whose {@link TrainingExample.Use#pictures use} includes pictures
   * @return conditioning tokens, at least {@code num_clip_tokens} of {@code gen_emb_dim} numbers; further tokens are
   *     dropped. For models with {@code gen_pooled_dim}, the last row is the pooled vector, padded with zeros.
   * @throws GillException if the example has no target; it is then skipped
   */
  float[][] of(TrainingExample example);

  /**
   * Returns targets that were precomputed by the published {@code preprocess_sd_embeddings.py} or by
   * {@link #precompute}.
   *
   * @return targets that read every example's {@link TrainingExample#target}
   */
  static GenerationTargets files() {
    return example -> NumpyFile.readMatrix(example.target());
  }

  /**
   * Computes the targets of all examples that lack one and writes them to their files. A target that exists stays as it
   * is, also if it was computed for another text.
   *
   * @param data the examples
   * @param encoder the image generator's text encoder; a pooled vector becomes the last row
   * @return the number of files written
   * @throws GillException if a target is missing and two examples have one target and different texts, or a file cannot
   *     be written
   */
  static int precompute(TrainingData data, Function<String, Conditioning> encoder) {
    List<TrainingExample> pictures = data.examples().stream().filter(example -> example.use().pictures()).toList();
    if (pictures.stream().allMatch(example -> Files.exists(example.target()))) {
      return 0;
    }
    Map<Path, TrainingExample> owners = new HashMap<>();
    for (TrainingExample example : pictures) {
      TrainingExample owner = owners.putIfAbsent(example.target(), example);
      if (owner != null && !owner.text().equals(example.text())) {
        throw new GillException(owner.origin() + " and " + example.origin() + " have different texts and one target, "
            + example.target() + ": name a target of its own for each row in the column target");
      }
    }
    int written = 0;
    for (TrainingExample example : pictures) {
      if (!Files.exists(example.target())) {
        NumpyFile.writeMatrix(example.target(), rows(encoder.apply(example.text())));
        written++;
      }
    }
    return written;
  }

  /**
   * Returns conditioning as a target.
   *
   * @param conditioning tokens (L, C), and a pooled vector of at most C numbers or none
   * @return the tokens and, if present, the pooled vector padded with zeros
   */
  static float[][] rows(Conditioning conditioning) {
    float[][] tokens = conditioning.tokens();
    if (conditioning.pooled().length == 0) {
      return tokens;
    }
    float[][] rows = Arrays.copyOf(tokens, tokens.length + 1);
    rows[tokens.length] = Arrays.copyOf(conditioning.pooled(), tokens[0].length);
    return rows;
  }
}
