package io.gill.siglip;

import io.gill.stage.Problems;
import io.gill.stage.VisionEncoderPlan;
import io.gill.stage.VisionEncoderProvider;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** Loads {@link SiglipVisionModel} for {@code GillModel.load}. */
public final class SiglipProvider implements VisionEncoderProvider {
  /** Called by {@link java.util.ServiceLoader}. */
  public SiglipProvider() {}

  @Override
  public String family() {
    return "siglip";
  }

  @Override
  public Set<String> types() {
    return SiglipVisionConfig.TYPES;
  }

  @Override
  public Optional<VisionEncoderPlan> plan(Path snapshot, Problems problems) {
    return SiglipVisionPlan.of(snapshot, problems).map(plan -> plan);
  }
}
