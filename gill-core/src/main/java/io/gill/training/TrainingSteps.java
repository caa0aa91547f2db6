package io.gill.training;

import io.gill.torch.Scope;
import io.gill.training.Examples.Ready;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/** Takes optimiser steps: each accumulates the gradients of its batches and updates the parameters. */
final class TrainingSteps {
  private final TrainingOptions options;
  private final Batches batches;
  private final Losses losses;
  private final Updater updater;
  private final DivergenceCheck check;

  TrainingSteps(TrainingOptions options, Batches batches, Losses losses, Updater updater, DivergenceCheck check) {
    this.options = options;
    this.batches = batches;
    this.losses = losses;
    this.updater = updater;
    this.check = check;
  }

  /**
   * Takes a step.
   *
   * @param before number of steps before it
   */
  StepMetrics take(long before) {
    long started = System.nanoTime();
    int count = options.accumulation();
    List<Losses.Parts> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<Ready> batch = batches.next();
      Losses.Batch captions = options.captioningWeight() > 0 ? Examples.captions(batch) : null;
      Losses.Batch requests =
          options.retrievalWeight() > 0 || options.generationWeight() > 0 ? Examples.requests(batch) : null;
      Losses.Joins joins = joins(options.seed(), before * count + i, options.joinProbability());
      Scope.record("training", () -> {
        Losses.Result result = losses.of(captions, requests, joins);
        if (result != null) {
          check.requireFinite(before + 1, "loss", result.parts().loss());
          result.loss().mul(1.0 / count).backward();
          parts.add(result.parts());
        }
        return null;
      });
    }
    double rate = options.learningRate(before);
    double norm = updater.update(rate);
    check.requireFinite(before + 1, "gradients' norm", norm);
    double seconds = (System.nanoTime() - started) / 1e9;
    return metrics(before + 1, parts, rate, norm, count * options.batchSize() / seconds);
  }

  /** Decides for each loss whether the texts of a batch are joined, as published with equal chance in every batch. */
  static Losses.Joins joins(long seed, long batch, double probability) {
    Random random = ExampleStream.random(seed + 1, batch);
    return new Losses.Joins(
        random.nextDouble() < probability, random.nextDouble() < probability, random.nextDouble() < probability);
  }

  private StepMetrics metrics(
      long step, List<Losses.Parts> parts, double rate, double norm, double examplesPerSecond) {
    return new StepMetrics(
        step,
        rate,
        mean(parts, Losses.Parts::loss),
        mean(parts, Losses.Parts::captioning),
        mean(parts, Losses.Parts::retrieval),
        mean(parts, Losses.Parts::generation),
        mean(parts, Losses.Parts::contrastive),
        mean(parts, Losses.Parts::conditioning),
        mean(parts, Losses.Parts::accuracy1),
        mean(parts, Losses.Parts::accuracy5),
        mean(parts, Losses.Parts::textToImage1),
        mean(parts, Losses.Parts::imageToText1),
        norm,
        mean(parts, Losses.Parts::visualNorm),
        updater.imageTokenNorm(),
        examplesPerSecond);
  }

  private static double mean(List<Losses.Parts> parts, ToDoubleFunction<Losses.Parts> part) {
    return parts.stream().mapToDouble(part).filter(value -> !Double.isNaN(value)).average().orElse(Double.NaN);
  }
}
