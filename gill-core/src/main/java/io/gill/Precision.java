package io.gill;

/** Floating-point type of a stage's computations. Weights are converted while they are read. */
public enum Precision {
  /** 32 bits, also for convolutions on a GPU (no TF32); matches the reference data on CPU and GPU. */
  FLOAT32,
  /** 16 bits with the exponent range of 32-bit floats; fast on CPUs with AVX512-BF16 or AMX and on recent GPUs. */
  BFLOAT16,
  /** 16 bits; for GPUs, and for language models on x86 CPUs without AVX512-BF16. */
  FLOAT16
}
