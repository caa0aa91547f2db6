package io.gill.diffusion;

import io.gill.stage.ImageGeneratorPlan;
import io.gill.stage.ImageGeneratorProvider;
import io.gill.stage.Problems;
import io.gill.weights.Snapshot;
import java.nio.file.Path;
import java.util.Optional;

/** Loads {@link StableDiffusion} for {@code GillModel.load}. */
public final class StableDiffusionProvider implements ImageGeneratorProvider {
  /** Called by {@link java.util.ServiceLoader}. */
  public StableDiffusionProvider() {}

  @Override
  public String family() {
    return "sd";
  }

  @Override
  public boolean reads(Path snapshot) {
    return Snapshot.declaredType(snapshot).filter(StableDiffusionFiles.PIPELINES::contains).isPresent();
  }

  @Override
  public Optional<ImageGeneratorPlan> plan(Path snapshot, Problems problems) {
    return StableDiffusionFiles.open(snapshot, StableDiffusionOptions.defaults(), problems)
        .map(StableDiffusionPlan::new);
  }
}
