package io.gill;

/** The floating-point type a stage computes in. Weights are converted to it as they are read. */
public enum Precision {
  /** 32 bits, also in the convolutions of a GPU (no TF32); equal to the reference data on both. */
  FLOAT32,
  /** 16 bits with the exponent range of 32; fast on CPUs with AVX512-BF16 or AMX and on recent GPUs. */
  BFLOAT16,
  /** 16 bits; for GPUs. */
  FLOAT16
}
