package io.gill.examples;

import io.gill.training.SkippedExample;
import io.gill.training.StepMetrics;
import io.gill.training.TrainingListener;
import io.gill.training.ValidationMetrics;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/**
 * Prints one line for every {@code every}-th step of a training and for every other event.
 *
 * @param prefix the start of every line
 * @param every steps between two lines
 * @param out receives the lines
 * @param goesOn asked after every step whether the training continues
 */
public record TrainingProgress(String prefix, int every, PrintWriter out, BooleanSupplier goesOn)
    implements TrainingListener {
  @Override
  public void onStart(long step, long steps, long parameters) {
    say(step >= steps ? String.format(Locale.ROOT, "all %d steps are done", steps)
        : String.format(Locale.ROOT, "steps %d to %d, %,d parameters", step + 1, steps, parameters));
  }

  @Override
  public boolean onStep(StepMetrics metrics) {
    if (metrics.step() % every == 0 || metrics.step() == 1) {
      say(new ProgressLine("step " + metrics.step() + ":")
          .add("loss %.4f", metrics.loss())
          .add("captions %.4f", metrics.captioningLoss())
          .add("contrast %.4f", metrics.contrastiveLoss())
          .add("conditioning %.4f", metrics.conditioningLoss())
          .add("rate %.2g", metrics.learningRate())
          .add("%.1f examples/s", metrics.examplesPerSecond()));
    }
    return goesOn.getAsBoolean();
  }

  @Override
  public void onValidation(ValidationMetrics metrics) {
    say(new ProgressLine("validation:")
        .add("tokens %.1f %%", metrics.accuracy1())
        .add("text to image %.1f %%", metrics.textToImage1())
        .add("image to text %.1f %%", metrics.imageToText1())
        .add("BLEU-4 %.3f", metrics.bleu4())
        .add("conditioning %.4f", metrics.conditioningLoss()));
  }

  @Override
  public void onCheckpoint(Path folder, boolean best) {
    say("checkpoint: " + folder);
  }

  @Override
  public void onSkipped(SkippedExample example) {
    say("skipped " + example.origin() + ": " + Printable.of(example.reason()));
  }

  private void say(Object line) {
    out.println(prefix + line);
    out.flush();
  }
}
