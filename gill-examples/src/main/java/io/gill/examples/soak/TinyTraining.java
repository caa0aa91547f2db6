package io.gill.examples.soak;

import io.gill.smallworld.SmallWorld;
import io.gill.training.GillTrainer;
import io.gill.training.StepMetrics;
import io.gill.training.TrainingData;
import io.gill.training.TrainingExample;
import io.gill.training.TrainingListener;
import io.gill.training.TrainingOptions;
import io.gill.weights.TensorFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** A training on captions that takes a second, and the checks of its checkpoints. */
final class TinyTraining {
  private static final List<String> FILES = List.of("model_args.json", "pretrained_ckpt.pth.tar", "gill.safetensors");

  private TinyTraining() {}

  /** Trains up to this number of steps, resuming an earlier training. */
  static void train(Path output, long steps, Runnable afterStep) {
    Path model = SmallWorld.directory();
    List<TrainingExample> examples = IntStream.range(0, 4).mapToObj(i -> new TrainingExample("", "a picture of " + i,
        model.resolve("images/000" + i + ".png"), Path.of("nothing"), TrainingExample.Use.CAPTION, "soak:" + i))
        .toList();
    TrainingOptions options = TrainingOptions.builder().epochs(100_000).stepsPerEpoch(1).batchSize(2).maxLength(16)
        .mapperWidth(16).saveEverySteps(1).seed(5).build();
    GillTrainer.builder(model).data(new TrainingData(examples)).options(options).output(output)
        .train(new TrainingListener() {
          @Override
          public boolean onStep(StepMetrics metrics) {
            afterStep.run();
            return metrics.step() < steps;
          }
        });
  }

  /** Checks that a checkpoint is complete: all of its files, from the same step. */
  static void check(Path output) throws IOException {
    Path last = output.resolve("last");
    for (String file : FILES) {
      BrokenPromise.unless(Files.isRegularFile(last.resolve(file)), "the checkpoint lacks " + file);
    }
    try (TensorFile published = TensorFile.open(last.resolve(FILES.get(1)));
        TensorFile own = TensorFile.open(last.resolve(FILES.get(2)))) {
      BrokenPromise.unless(published.names().equals(own.names()), "the two files of a checkpoint differ in names");
      for (String name : own.names()) {
        BrokenPromise.unless(
            Arrays.equals(published.get(name).toFloatArray(), own.get(name).toFloatArray()),
            "the two files of a checkpoint are from different steps: " + name);
      }
    }
  }
}
