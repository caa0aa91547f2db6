package io.gill;

/**
 * Storage of the keys and values in a language model's cache on the CPU. Attention converts them to 32 bits when it
 * reads them. On a GPU the cache has the precision of the model.
 */
public enum CachePrecision {
  /** 32 bits: nothing is rounded. */
  FLOAT32,
  /** 16 bits with the exponent range of 32-bit floats: half the memory. */
  BFLOAT16,
  /** 16 bits: half the memory, and less rounding than {@link #BFLOAT16}. */
  FLOAT16,
  /**
   * Signed bytes with one 32-bit scale per head and position: 1.06 bytes per number with heads of 64, 1.03 with 128.
   * CPU only.
   */
  INT8
}
