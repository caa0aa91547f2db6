package io.gill;

/**
 * Storage of a language model's weight matrices on the CPU. The embedding table takes at least 8 bits. Activations stay
 * in 32 bits, but on x86 CPUs, products with 8-bit matrices round them: to 16 bits with AVX512_VNNI, to 14 or 21
 * without.
 */
public enum Quantization {
  /** The matrices have the precision of the stage. */
  NONE,
  /** 8 bits in groups of 128 weights: 1.06 bytes per weight. */
  INT8,
  /** 4 bits in groups of 128 weights: 0.53 bytes per weight. */
  INT4
}
