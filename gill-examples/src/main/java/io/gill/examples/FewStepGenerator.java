package io.gill.examples;

import io.gill.Device;
import io.gill.DiffusionOptions;
import io.gill.DiffusionOptions.SchedulerType;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.diffusion.StableDiffusion;
import io.gill.diffusion.StableDiffusionOptions;
import java.nio.file.Files;
import java.nio.file.Path;

/** An image generator with adapters for few steps, such as LCM-LoRA, from a model directory. */
public final class FewStepGenerator {
  /** The guidance scale that the bundled model's adapters learned. */
  public static final double GUIDANCE = 3;

  private static final int STEPS = 4;

  private FewStepGenerator() {}

  /**
   * Returns the file of the adapters, under the name that diffusers gives it.
   *
   * @param directory a model directory
   * @return the file, which need not exist
   */
  public static Path adapters(Path directory) {
    return directory.resolve("sd/pytorch_lora_weights.safetensors");
  }

  /**
   * Loads the image generator and its adapters.
   *
   * @param directory a model directory
   * @param device the generator's device
   * @param precision the generator's precision
   * @return the generator, which the caller closes
   */
  public static StableDiffusion load(Path directory, Device device, Precision precision) {
    return StableDiffusion.load(directory.resolve("sd"), merged(
        directory, StableDiffusionOptions.builder().device(device).precision(precision)).build());
  }

  /** Adds the adapters of a model directory to the options of its generator. */
  static StableDiffusionOptions.Builder merged(Path directory, StableDiffusionOptions.Builder options) {
    Path adapters = adapters(directory);
    if (!Files.exists(adapters)) {
      throw new GillException(adapters + " is missing: put a LoRA for few steps there, such as LCM-LoRA, or leave out "
          + "--few-steps");
    }
    return options.lora(adapters, 1);
  }

  /**
   * Returns options that fit such a generator.
   *
   * @return 4 steps of LCM without guidance
   */
  public static DiffusionOptions options() {
    return DiffusionOptions.builder().scheduler(SchedulerType.LCM).steps(STEPS).guidanceScale(1).build();
  }
}
