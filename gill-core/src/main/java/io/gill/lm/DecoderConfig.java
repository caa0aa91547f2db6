package io.gill.lm;

import io.gill.torch.Weights;

/** A decoder's validated {@code config.json}. */
public interface DecoderConfig {
  /**
   * Returns the sizes.
   *
   * @return the shape
   */
  DecoderShape shape();

  /**
   * Returns the key that sets the embeddings' width, for messages.
   *
   * @return {@code "hidden_size"} by default
   */
  default String widthKey() {
    return "hidden_size";
  }

  /**
   * Takes the weights.
   *
   * @param w all keys of the snapshot; the caller calls {@link Weights#finish}
   * @return the network, with the embedding table of the file
   */
  DecoderNetwork network(Weights w);
}
