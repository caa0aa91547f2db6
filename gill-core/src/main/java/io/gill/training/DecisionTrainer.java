package io.gill.training;

import io.gill.GillException;
import io.gill.Precision;
import io.gill.directory.ModelDirectory;
import io.gill.directory.ModelDirectory.Part;
import io.gill.lm.DecoderSnapshot;
import io.gill.projection.ModelArgs;
import io.gill.projection.Projections;
import io.gill.stage.LanguageContext;
import io.gill.stage.LanguageInput;
import io.gill.stage.LanguageModel;
import io.gill.stage.Tokenizer;
import io.gill.torch.AdamW;
import io.gill.torch.NoiseGenerator;
import io.gill.torch.Parameters;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.training.DecisionData.Prompt;
import io.gill.weights.TensorWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Trains the decision model (paper, section 3.3): a dropout and a linear layer on the hidden state of [IMG0] after a
 * prompt, which decide whether to generate (class 0) or to retrieve (class 1).
 */
public final class DecisionTrainer {
  private static final String WEIGHT = "1.weight"; // 0 is the dropout
  private static final String BIAS = "1.bias";
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPS = 1e-8;

  private DecisionTrainer() {}

  /**
   * Reads all prompts with a model and trains on the resulting hidden states.
   *
   * @param model a model directory; neither a vision encoder nor an image generator is needed
   * @param data the prompts
   * @param options the training options
   * @param file the file to write; a model uses {@code decision_model.pth.tar} in its folder
   * @param listener receives events of the training
   * @return the result
   * @throws GillException if the model cannot be read, a hidden state or the loss is NaN or infinite, or the file
   *     cannot be written; an existing file is then unchanged
   */
  public static DecisionReport train(
      Path model, DecisionData data, DecisionOptions options, Path file, DecisionListener listener) {
    return train(read(model, data, options, listener), data.prompts(), options, file, listener);
  }

  /** Reads every prompt and returns the hidden states (D) of [IMG0]. */
  private static float[][] read(Path model, DecisionData data, DecisionOptions options, DecisionListener listener) {
    ModelDirectory directory = ModelDirectory.of(model);
    ModelArgs args = ModelArgs.read(directory.args());
    float[][] rows;
    try (Projections projections =
        Projections.load(directory.checkpoint(), args, options.device(), Precision.FLOAT32)) {
      rows = projections.imageTokenRows();
    }
    DecoderSnapshot snapshot = DecoderSnapshot.of(directory.require(Part.LANGUAGE, args.optVersion()));
    try (Tokenizer tokenizer = snapshot.tokenizer(args.numTokens());
        LanguageModel language =
            snapshot.load(tokenizer.vocabularySize(), rows, options.device(), options.precision())) {
      List<float[]> hidden = new ArrayList<>();
      for (Prompt prompt : data.prompts()) {
        int[] ids = tokenizer.encodeWithMarkers(prompt.text() + "[IMG0]", true);
        int[] kept = ids.length <= language.maxPositions() // [IMG0] must be last
            ? ids
            : Arrays.copyOfRange(ids, ids.length - language.maxPositions(), ids.length);
        try (LanguageContext context = language.open()) {
          float[][] states = context.append(List.of(new LanguageInput.Tokens(kept))).hidden();
          hidden.add(states[states.length - 1]);
        }
        listener.onPrompt(hidden.size(), data.prompts().size());
      }
      return hidden.toArray(float[][]::new);
    }
  }

  static DecisionReport train(
      float[][] hidden, List<Prompt> prompts, DecisionOptions options, Path file, DecisionListener listener) {
    int split = Math.min(options.trainingPrompts(), hidden.length);
    int width = hidden[0].length;
    long[] labels = prompts.stream().mapToLong(prompt -> prompt.retrieve() ? 1 : 0).toArray();
    List<DecisionMetrics> evaluations = new ArrayList<>();
    try (Parameters parameters = Parameters.on(options.device());
        AdamW optimiser = new AdamW(parameters, new AdamW.Settings(BETA1, BETA2, EPS, 0));
        Scope owner = Scope.owner()) {
      initialise(parameters, width, options.seed());
      Tensor inputs = Scope.record("loading the prompts", () -> owner.keep(
          Tensor.ofRows(Arrays.copyOf(hidden, split)).to(Precision.FLOAT32, options.device()))); // (n, D)
      Tensor targets = Scope.record("loading the prompts", () -> owner.keep(
          Tensor.of(Arrays.copyOf(labels, split), split).toDeviceOf(inputs)));
      NoiseGenerator noise = new NoiseGenerator(options.seed());
      for (int step = 0; step < options.steps(); step++) {
        boolean evaluated = step % options.evaluationSteps() == 0 || step == options.steps() - 1;
        double loss = Scope.record("training the decision model", () -> {
          Tensor one = logits(parameters, noise.dropout(inputs, options.dropout())).crossEntropy(targets);
          one.backward();
          return Losses.number(one);
        });
        if (!Double.isFinite(loss)) {
          throw new GillException("training the decision model diverged in step " + (step + 1) + ": the loss is " + loss
              + "; use a smaller learning rate");
        }
        optimiser.step(options.learningRate());
        parameters.dropGradients();
        if (evaluated) {
          DecisionMetrics metrics = new DecisionMetrics(
              step + 1, loss, f1(parameters, hidden, labels, 0, split),
              f1(parameters, hidden, labels, split, hidden.length));
          evaluations.add(metrics);
          listener.onEvaluation(metrics);
        }
      }
      TensorWriter.pyTorch(file, parameters.snapshot());
    }
    return new DecisionReport(file, evaluations);
  }

  /** Sets the initial values of {@code nn.Linear}. */
  private static void initialise(Parameters parameters, int width, long seed) {
    Random random = new Random(seed);
    double bound = 1 / Math.sqrt(width);
    float[] values = new float[2 * width + 2];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) ((2 * random.nextDouble() - 1) * bound);
    }
    parameters.add(WEIGHT, Arrays.copyOf(values, 2 * width), 2, width);
    parameters.add(BIAS, Arrays.copyOfRange(values, 2 * width, values.length), 2);
  }

  private static Tensor logits(Parameters parameters, Tensor inputs) {
    return inputs.linear(parameters.get(WEIGHT), parameters.get(BIAS)); // (n, D) -> (n, 2)
  }

  private static double f1(Parameters parameters, float[][] hidden, long[] labels, int from, int to) {
    if (from == to) {
      return Double.NaN;
    }
    long[] decided = Scope.compute("evaluating the decision model", () -> {
      Tensor inputs = Tensor.ofRows(Arrays.copyOfRange(hidden, from, to)).to(Precision.FLOAT32, parameters.device());
      return logits(parameters, inputs).topk(1).toLongs();
    });
    return macroF1(decided, Arrays.copyOfRange(labels, from, to));
  }

  /**
   * Returns the mean of both classes' F1 (paper, table 6). A class that occurs in neither array is ignored.
   *
   * @param decided decision for each prompt: 0 to generate, 1 to retrieve
   * @param labels correct decision for each prompt
   * @return the score, from 0 to 1; NaN without prompts
   */
  public static double macroF1(long[] decided, long[] labels) {
    double sum = 0;
    int classes = 0;
    for (int c = 0; c < 2; c++) {
      int both = 0;
      int either = 0;
      for (int i = 0; i < labels.length; i++) {
        both += decided[i] == c && labels[i] == c ? 1 : 0;
        either += (decided[i] == c ? 1 : 0) + (labels[i] == c ? 1 : 0);
      }
      if (either > 0) {
        sum += 2.0 * both / either;
        classes++;
      }
    }
    return sum / classes;
  }
}
