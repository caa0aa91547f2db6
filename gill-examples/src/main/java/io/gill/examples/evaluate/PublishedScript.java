package io.gill.examples.evaluate;

/** The published scripts that ask GILL for pictures. */
enum PublishedScript {
  /** The scripts of GILL's repository. */
  GILL(1e5, 42, true),
  /** VL-ICL's script, which asks for few-shot pictures. */
  VL_ICL(100, 0, false);

  private final double imageBias;
  private final long seed;
  private final boolean squashes;

  PublishedScript(double imageBias, long seed, boolean squashes) {
    this.imageBias = imageBias;
    this.seed = seed;
    this.squashes = squashes;
  }

  /** Returns the factor on the logit of an image. */
  double imageBias() {
    return imageBias;
  }

  /** Returns the seed of pictures. */
  long seed() {
    return seed;
  }

  /** Returns whether the model is shown whole pictures, resized to a square, instead of their centre. */
  boolean squashes() {
    return squashes;
  }
}
