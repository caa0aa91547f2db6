package io.gill.training;

import io.gill.GillException;
import io.gill.stage.Conditioning;
import io.gill.weights.NumpyFile;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.function.Function;

/**
 * What requests shall be mapped to: the output of the image generator's text encoder for what is to be seen. Called
 * again whenever an example is used, and never where generation has no weight.
 */
@FunctionalInterface
public interface GenerationTargets {
  /**
   * The target of an example.
   *
   * @param example of {@link TrainingExample.Use#pictures use} for pictures
   * @return conditioning tokens, at least {@code num_clip_tokens} of {@code gen_emb_dim} numbers; those beyond are cut
   *     off. For models with {@code gen_pooled_dim}, the last row is the pooled vector, filled up with zeros.
   * @throws GillException if there is none; the example is then skipped
   */
  float[][] of(TrainingExample example);

  /**
   * Targets that have been computed before, as the published {@code preprocess_sd_embeddings.py} does, or
   * {@link #precompute}.
   *
   * @return reads every example's {@link TrainingExample#target}
   */
  static GenerationTargets files() {
    return example -> NumpyFile.readMatrix(example.target());
  }

  /**
   * Computes the targets of all examples that lack one and writes them to their files.
   *
   * @param data the examples
   * @param encoder the image generator's text encoder: the output for a text; a pooled vector becomes the last row
   * @return how many files were written
   * @throws GillException if a file cannot be written
   */
  static int precompute(TrainingData data, Function<String, Conditioning> encoder) {
    int written = 0;
    for (TrainingExample example : data.examples()) {
      if (example.use().pictures() && !Files.exists(example.target())) {
        NumpyFile.writeMatrix(example.target(), rows(encoder.apply(example.text())));
        written++;
      }
    }
    return written;
  }

  /**
   * Conditioning as a target.
   *
   * @param conditioning tokens (L, C), and a pooled vector of at most C numbers or none
   * @return the tokens and, if there is one, the pooled vector filled up with zeros
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
