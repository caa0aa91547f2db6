package io.gill.diffusion;

import java.nio.file.Path;
import java.util.Objects;

/**
 * A file of low-rank adapters, which are merged into the weights of Stable Diffusion while these are loaded.
 *
 * @param file safetensors or a PyTorch checkpoint with the keys of kohya's trainers, of peft or of diffusers, for the
 *     UNet, the text encoders or both; the UNet's blocks are named as in diffusers or, with kohya's keys, as in the
 *     published code ({@code input_blocks})
 * @param scale factor of the adapters; 1 for their full effect
 */
public record Lora(Path file, double scale) {
  /**
   * Checks the values.
   *
   * @param file the adapters
   * @param scale factor of the adapters, a finite number
   */
  public Lora {
    Objects.requireNonNull(file, "file");
    if (!Double.isFinite(scale)) {
      throw new IllegalArgumentException("scale is " + scale + ": use a finite number, usually 0 to 1");
    }
  }
}
