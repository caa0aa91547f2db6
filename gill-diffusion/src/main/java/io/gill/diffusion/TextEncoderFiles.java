package io.gill.diffusion;

import io.gill.clip.ClipTextConfig;
import io.gill.concurrent.Closing;
import io.gill.stage.Problems;
import io.gill.text.ClipTokenizer;
import io.gill.weights.Snapshot;
import io.gill.weights.TensorFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The open files of a text encoder and its tokenizer.
 *
 * @param folder its folder in the snapshot
 * @param config its {@code config.json}
 * @param weights its weights
 * @param tokenizer its tokenizer, from a folder of its own
 */
record TextEncoderFiles(String folder, ClipTextConfig config, TensorFile weights, ClipTokenizer tokenizer) {
  /**
   * Opens a text encoder.
   *
   * @param dir the snapshot
   * @param suffix suffix of both folders' names, such as {@code _2}; may be empty
   * @param problems collects missing, damaged and mismatched parts
   * @return the files; empty if there were problems
   */
  static Optional<TextEncoderFiles> open(Path dir, String suffix, Problems problems) {
    String folder = "text_encoder" + suffix;
    ClipTextConfig config = problems.attempt(() -> ClipTextConfig.read(dir.resolve(folder).resolve("config.json")));
    TensorFile weights = problems.attempt(() -> Snapshot.open(dir.resolve(folder)));
    ClipTokenizer tokenizer = problems.attempt(() -> ClipTokenizer.load(dir.resolve("tokenizer" + suffix)));
    if (config == null || weights == null || tokenizer == null) {
      Closing.closeAll(Arrays.asList(weights, tokenizer));
      return Optional.empty();
    }
    return Optional.of(new TextEncoderFiles(folder, config, weights, tokenizer));
  }

  /** Returns why its parts do not fit together; empty if they do. */
  Optional<String> mismatch() {
    return tokenizer.maxLength() == config.maxPositionEmbeddings() ? Optional.empty()
        : Optional.of(folder.replace("text_encoder", "tokenizer") + "/tokenizer_config.json has model_max_length "
            + tokenizer.maxLength() + ", " + folder + "/config.json has max_position_embeddings "
            + config.maxPositionEmbeddings() + ": they must be equal");
  }

  /** Returns the width of its hidden states. */
  int width() {
    return config.encoder().hiddenSize();
  }

  /** Returns the resources to close, in the order of opening. */
  List<AutoCloseable> open() {
    return List.of(weights, tokenizer);
  }
}
