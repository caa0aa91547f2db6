package io.gill.examples.parity;

/**
 * Maximum difference from the recorded result, relative to the largest recorded value. A change of CPU kernels alone
 * moves results of the published implementations by up to 4e-6.
 */
final class Tolerance {
  /** One forward pass. */
  static final double FORWARD = 2e-5;

  /** Several dependent passes. */
  static final double PIPELINE = 1e-4;

  /** A scheduler's arithmetic. */
  static final double SCHEDULER = 1e-5;

  /** Absolute difference of normally distributed numbers between kernels that round differently. */
  static final double NOISE = 4e-6;

  /** Tolerance of an ill-conditioned run, as a multiple of the effect of the last bit of its input. */
  static final double CONDITION = 4;

  /** Margin of the two best tokens below which kernels may disagree about the best one. */
  static final double GREEDY_MARGIN = 1e-3;

  private Tolerance() {}
}
