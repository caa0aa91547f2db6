package io.gill.examples.parity;

import io.gill.diffusion.StableDiffusionInspection;
import io.gill.stage.ImageGenerator.Noise;
import java.util.ArrayList;
import java.util.List;

/** Keeps the noise and the intermediate results of a diffusion run. */
final class Recorder implements StableDiffusionInspection.StepObserver {
  private final List<float[]> draws = new ArrayList<>();
  private final List<float[]> steps = new ArrayList<>();
  private float[] start = new float[0];

  /** Passes noise on and keeps it. */
  Noise over(Noise noise) {
    return count -> {
      float[] values = noise.next(count);
      draws.add(values.clone());
      return values;
    };
  }

  @Override
  public void onStart(float[] latents) {
    start = latents.clone();
  }

  @Override
  public void onStep(int step, float[] latents) {
    steps.add(latents.clone());
  }

  /** The noise in the order it was drawn. */
  List<float[]> draws() {
    return draws;
  }

  /** The latents before the first step. */
  float[] start() {
    return start;
  }

  /** The latents after every step. */
  List<float[]> steps() {
    return steps;
  }
}
