package io.gill.clip;

import io.gill.stage.Problems;
import io.gill.stage.VisionEncoderPlan;
import io.gill.stage.VisionEncoderProvider;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** Loads {@link ClipVisionModel} for {@code GillModel.load}. */
public final class ClipProvider implements VisionEncoderProvider {
  /** Creates the provider; called by {@link java.util.ServiceLoader}. */
  public ClipProvider() {}

  @Override
  public String family() {
    return "clip";
  }

  @Override
  public Set<String> types() {
    return Set.of("clip", "clip_vision_model");
  }

  @Override
  public Optional<VisionEncoderPlan> plan(Path snapshot, Problems problems) {
    return ClipVisionPlan.of(snapshot, problems).map(plan -> plan);
  }
}
