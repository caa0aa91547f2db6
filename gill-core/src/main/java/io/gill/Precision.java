package io.gill;

import io.gill.torch.FastestPrecision;
import java.util.Objects;

/** Floating-point type of a stage's computations. Weights are converted while they are read. */
public enum Precision {
  /** 32 bits, also for convolutions on a GPU (no TF32); matches the reference data on CPU and GPU. */
  FLOAT32,
  /** 16 bits with the exponent range of 32-bit floats; fast on CPUs with AVX512-BF16 or AMX and on recent GPUs. */
  BFLOAT16,
  /** 16 bits; for GPUs. */
  FLOAT16;

  /**
   * Returns the type in which a device computes image generators fastest, for {@link LoadOptions#generatorPrecision()}.
   * On the CPU, the first call measures a convolution and a linear layer in {@link #FLOAT32} and {@link #BFLOAT16} in
   * less than a second, and the process keeps the result. Images in 16 bits differ a little from those in 32.
   *
   * @param device where the generator computes
   * @return the type; {@link #FLOAT32} if 16 bits save less than a fifth of the time
   * @throws GillException if the device does not exist
   */
  public static Precision fastest(Device device) {
    return FastestPrecision.on(Objects.requireNonNull(device, "device"));
  }
}
