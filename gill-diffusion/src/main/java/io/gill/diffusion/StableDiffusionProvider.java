package io.gill.diffusion;

import io.gill.stage.ImageGeneratorPlan;
import io.gill.stage.ImageGeneratorProvider;
import io.gill.stage.Problems;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** Loads {@link StableDiffusion} for {@code GillModel.load}. */
public final class StableDiffusionProvider implements ImageGeneratorProvider {
  /** Called by {@link java.util.ServiceLoader}. */
  public StableDiffusionProvider() {}

  @Override
  public String family() {
    return "sd";
  }

  @Override
  public Set<String> types() {
    return StableDiffusionFiles.PIPELINES;
  }

  @Override
  public Optional<ImageGeneratorPlan> plan(Path snapshot, Problems problems) {
    return StableDiffusionFiles.open(snapshot, StableDiffusionOptions.defaults(), problems)
        .map(StableDiffusionPlan::new);
  }
}
