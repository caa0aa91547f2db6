package io.gill.examples.parity;

/**
 * How far a result may be from the recorded one, relative to the largest recorded value. Other CPU kernels alone move
 * the published implementations by up to 4e-6.
 */
final class Tolerance {
  /** One forward pass. */
  static final double FORWARD = 2e-5;

  /** Several passes that feed each other. */
  static final double PIPELINE = 1e-4;

  /** A scheduler's arithmetic. */
  static final double SCHEDULER = 1e-5;

  /** Where the two best tokens are closer than this, kernels may disagree about the best. */
  static final double GREEDY_MARGIN = 1e-3;

  private Tolerance() {}
}
