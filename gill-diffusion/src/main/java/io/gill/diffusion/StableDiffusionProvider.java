package io.gill.diffusion;

import io.gill.Device;
import io.gill.Precision;
import io.gill.stage.ImageGenerator;
import io.gill.stage.ImageGeneratorProvider;
import java.nio.file.Path;

/** Loads {@link StableDiffusion} for {@code GillModel.load}. */
public final class StableDiffusionProvider implements ImageGeneratorProvider {
  /** Called by {@link java.util.ServiceLoader}. */
  public StableDiffusionProvider() {}

  @Override
  public void check(Path directory) {
    StableDiffusionFiles.check(directory);
  }

  @Override
  public ImageGenerator load(Path directory, Device device, Precision precision) {
    return StableDiffusion.load(directory, device, precision);
  }
}
