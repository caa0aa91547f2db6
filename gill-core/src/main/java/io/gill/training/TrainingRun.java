package io.gill.training;

import io.gill.stage.Tokenizer;
import io.gill.stage.VisionEncoder;
import io.gill.training.OutputFolder.Progress;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A running training: resumes, takes steps, validates after epochs, and saves. */
final class TrainingRun {
  /** The best accuracy before the first validation. */
  private static final double NONE = -1;

  private final GillTrainer setup;
  private final TrainingOptions options;
  private final OutputFolder output;
  private final Tokenizer tokenizer;
  private final TrainedModel trained;
  private final Updater updater;
  private final TrainingListener listener;
  private final Sequences.Vocabulary vocabulary;
  private final SkippedExamples skipped;
  private final Examples examples;
  private final Batches batches;
  private final DivergenceCheck check;
  private final TrainingSteps steps;
  private final MetricsTable<StepMetrics> stepTable;
  private final MetricsTable<ValidationMetrics> validationTable;
  private long validated;
  private long step;
  private double best = NONE;

  TrainingRun(GillTrainer setup, Tokenizer tokenizer, VisionEncoder vision, TrainedModel trained, Updater updater,
      TrainingListener listener) {
    this.setup = setup;
    this.options = setup.options;
    this.output = setup.output;
    this.tokenizer = tokenizer;
    this.trained = trained;
    this.updater = updater;
    this.listener = listener;
    vocabulary = new Sequences.Vocabulary(tokenizer.padId(), tokenizer.imageTokenIds());
    validated = setup.validation == null ? 0 : setup.validation.number();
    skipped = new SkippedExamples(output.skipped(), listener::onSkipped);
    examples = new Examples(tokenizer, vision, setup.targets, trained.args, options.maxLength(),
        options.generationWeight() > 0, skipped::add);
    batches = new Batches(options, setup.data.examples(), examples, skipped);
    check = new DivergenceCheck(output.last(), options.precision());
    steps = new TrainingSteps(
        options, batches, new Losses(trained, vocabulary, options.lossWeights()), updater, check);
    stepTable = new MetricsTable<>(output.steps(), StepMetrics.class);
    validationTable = new MetricsTable<>(output.validation(), ValidationMetrics.class);
  }

  TrainingReport run() {
    try (examples) {
      return train();
    }
  }

  private TrainingReport train() {
    begin();
    long total = Math.multiplyExact((long) options.epochs(), options.stepsPerEpoch());
    listener.onStart(step, total, trained.parameters.elementCount());
    requireRequest();
    if (step == 0) {
      validate();
    }
    while (step < total) {
      StepMetrics metrics = steps.take(step);
      step = metrics.step();
      stepTable.add(metrics);
      boolean goOn = listener.onStep(metrics);
      if (step % options.stepsPerEpoch() == 0) {
        endEpoch();
      } else if (!goOn || step % options.saveEverySteps() == 0) {
        save();
      }
      if (!goOn) {
        break;
      }
    }
    return new TrainingReport(
        step,
        step >= total,
        Files.exists(output.last()) ? output.last() : null,
        best >= 0 ? output.best() : null,
        best >= 0 ? best : Double.NaN,
        skipped.all());
  }

  /** Looks for a usable example that asks for a picture: captions alone would unlearn the [IMG] tokens. */
  private void requireRequest() {
    if (setup.learnsRequests() && setup.data.examples().stream().filter(one -> one.use().pictures())
        .allMatch(one -> examples.prepare(List.of(one)).isEmpty())) {
      throw skipped.unusable("no example that asks for a picture can be used");
    }
  }

  private void begin() {
    Progress progress = output.restoreState(trained, updater, setup.identity());
    if (progress != null) {
      step = progress.step();
      batches.position(progress.drawn());
      if (setup.validation == null) {
        validated = progress.validation(); // nothing is compared with the best until they are back
      }
      best = progress.validation() == validated ? progress.best() : NONE; // of other examples, it says nothing
    } else if (setup.checkpoint == null) {
      updater.rescale(); // gives new rows the norm that they have after every step
    }
    stepTable.begin(step);
    validationTable.begin(step);
    List<SkippedExample> known = new ArrayList<>(setup.data.skipped());
    if (setup.validation != null) {
      known.addAll(setup.validation.skipped());
    }
    skipped.begin(progress != null, known);
  }

  private void endEpoch() {
    ValidationMetrics metrics = validate();
    check.requireFinite(step, trained.parameters);
    boolean improved = metrics != null && metrics.textToImage1() > best;
    output.saveCheckpoint(output.last(), trained.parameters);
    listener.onCheckpoint(output.last(), false);
    if (improved) {
      best = Objects.requireNonNull(metrics).textToImage1();
      output.saveCheckpoint(output.best(), trained.parameters);
      listener.onCheckpoint(output.best(), true);
    }
    save();
  }

  private void save() {
    check.requireFinite(step, trained.parameters);
    output.saveState(trained, updater, new Progress(step, batches.position(), best, updater.frozenDecay(), validated));
  }

  private @Nullable ValidationMetrics validate() {
    if (setup.validation == null) {
      return null;
    }
    ValidationMetrics metrics = new Validation(trained, tokenizer, vocabulary, options)
        .measure(step, setup.validation.examples(), examples);
    validationTable.add(metrics);
    listener.onValidation(metrics);
    return metrics;
  }
}
