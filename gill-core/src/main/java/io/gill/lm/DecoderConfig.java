package io.gill.lm;

import io.gill.torch.Weights;

/** A decoder's validated {@code config.json}. */
public interface DecoderConfig {
  /**
   * The sizes.
   *
   * @return the shape
   */
  DecoderShape shape();

  /**
   * The key that sets the embeddings' width, for messages.
   *
   * @return as {@code "hidden_size"}
   */
  default String widthKey() {
    return "hidden_size";
  }

  /**
   * Takes the weights.
   *
   * @param w all keys of the snapshot; the caller calls {@link Weights#finish}
   * @return the network, with the table of the file
   */
  DecoderNetwork network(Weights w);
}
