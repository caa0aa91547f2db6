package io.gill.examples.train;

import com.google.common.primitives.Doubles;
import io.gill.Device;
import io.gill.GillException;
import io.gill.examples.MetricsPlot;
import io.gill.examples.Output;
import io.gill.torch.AdamW;
import io.gill.torch.Parameters;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.weights.TensorData;
import io.gill.weights.TensorFile;
import io.gill.weights.TensorWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The training of one network: AdamW, for the matrices of its layers perhaps Muon, warm-up and cosine decay, a running
 * average of the weights, and a checkpoint from which a killed run resumes exactly, since every batch depends on its
 * step only.
 */
final class TrainingRun implements AutoCloseable {
  private static final String STATE = "state.safetensors";
  private static final String LOSSES = "loss.csv";
  private static final String PLAN = "plan";
  private static final String OPTIMIZER = "optimizer.";
  private static final int REPORT_EVERY = 50;
  private static final int SAVE_EVERY = 500;
  private static final double CLIP_NORM = 1;
  private static final double LAST_RATE = 0.05;

  private final Path folder;
  private final Plan plan;
  private final PrintWriter out;
  private final Parameters parameters = Parameters.on(Device.CPU);
  private final AdamW optimizer;
  private final Muon muon;
  private final Map<String, Tensor> averages = new LinkedHashMap<>();
  private final Scope owner = Scope.owner();

  /**
   * The hyperparameters.
   *
   * @param name the network's name, for messages
   * @param steps number of steps, at least 1
   * @param batch examples per step
   * @param rate the maximum learning rate
   * @param weightDecay AdamW's weight decay
   * @param average the decay of the running average; 0 for no average
   * @param muon whether Muon trains the matrices of the network's layers
   */
  record Plan(
      String name, int steps, int batch, double rate, double weightDecay, double average, boolean muon) {
    Plan(String name, int steps, int batch, double rate, double weightDecay, double average) {
      this(name, steps, batch, rate, weightDecay, average, false);
    }

    Plan scaled(double factor) {
      return new Plan(name, Math.max(1, (int) Math.round(steps * factor)), batch, rate, weightDecay, average, muon);
    }

    Plan withMuon() {
      return new Plan(name, steps, batch, rate, weightDecay, average, true);
    }

    /** The numbers that identify the plan of a checkpoint. */
    double[] numbers() {
      double[] numbers = {steps, batch, rate, weightDecay, average};
      return muon ? Doubles.concat(numbers, new double[] {1}) : numbers;
    }

    double rate(int step) {
      int warmUp = Math.max(1, Math.min(200, steps / 10));
      double progress = (step - warmUp) / (double) Math.max(1, steps - warmUp);
      return step < warmUp
          ? rate * (step + 1) / warmUp
          : rate * (LAST_RATE + (1 - LAST_RATE) * (1 + Math.cos(Math.PI * progress)) / 2);
    }
  }

  TrainingRun(Path folder, Plan plan, PrintWriter out) {
    this.folder = folder;
    this.plan = plan;
    this.out = out;
    this.optimizer = new AdamW(parameters, new AdamW.Settings(0.9, 0.99, 1e-8, plan.weightDecay()));
    this.muon = new Muon(parameters, plan.weightDecay());
  }

  /** Returns the file of a run's last checkpoint, which has the weights by their names. */
  static Path state(Path folder) {
    return folder.resolve(STATE);
  }

  /** Returns the weights. Build the network on them before {@link #train}. */
  Parameters parameters() {
    return parameters;
  }

  /**
   * Trains to the end of the plan, from the last checkpoint if there is one.
   *
   * @param loss computes the loss of a step from the parameters: one number
   */
  void train(LongFunction<Tensor> loss) throws IOException {
    train(step -> step, loss::apply);
  }

  /**
   * Trains to the end of the plan, from the last checkpoint if there is one.
   *
   * @param batch prepares a step; records no gradients
   * @param loss computes the loss of a step from the batch and the parameters: one number
   * @param <B> what a step needs
   */
  <B> void train(LongFunction<B> batch, Function<B, Tensor> loss) throws IOException {
    trainInParts(step -> List.of(batch.apply(step)), loss);
  }

  /**
   * Trains as {@link #train}, with steps whose parts are computed at the same time.
   *
   * @param parts prepares the parts of a step, whose number does not depend on the machine; records no gradients
   * @param loss computes the loss of a part, whose mean over all parts is the step's
   * @param <B> what a part needs
   */
  <B> void trainInParts(LongFunction<List<B>> parts, Function<B, Tensor> loss) throws IOException {
    Files.createDirectories(folder);
    int step = restore();
    keepLosses(step);
    out.printf(Locale.ROOT, "%s: %,d parameters, steps %d to %d%n", plan.name(), parameters.elementCount(), step,
        plan.steps());
    out.flush();
    double sum = 0;
    int count = 0;
    long start = System.nanoTime();
    while (step < plan.steps()) {
      sum += step(step, parts.apply(step), loss);
      count++;
      step++;
      if (step % REPORT_EVERY == 0 || step == plan.steps()) {
        report(step, sum / count, (System.nanoTime() - start) / 1e6 / count);
        sum = 0;
        count = 0;
        start = System.nanoTime();
      }
      if (step % SAVE_EVERY == 0 || step == plan.steps()) {
        save(step);
        MetricsPlot.drawLoss(folder.resolve(LOSSES), folder.resolve("loss.png"), out);
      }
    }
  }

  /** Keeps the losses up to a step, since later steps are repeated. */
  private void keepLosses(int step) throws IOException {
    Path path = folder.resolve(LOSSES);
    List<String> lines = new ArrayList<>(List.of("step,loss,learningRate"));
    if (step > 0 && Files.exists(path)) {
      String text = Files.readString(path);
      // Text after the last line break is left by a kill.
      text.substring(0, text.lastIndexOf('\n') + 1).lines().skip(1)
          .filter(line -> Integer.parseInt(line.substring(0, line.indexOf(','))) <= step).forEach(lines::add);
    }
    Output.text(path, String.join("\n", lines) + "\n");
  }

  private <B> double step(int step, List<B> parts, Function<B, Tensor> loss) {
    parameters.dropGradients();
    String what = "training the " + plan.name();
    List<Supplier<Double>> losses = parts.stream().<Supplier<Double>>map(part -> () -> {
      Tensor result = loss.apply(part).mul(1.0 / parts.size());
      result.backward();
      return (double) result.toFloats()[0];
    }).toList();
    double value = losses.size() == 1
        ? Scope.record(what, losses.get(0))
        : Scope.recordAll(what, losses).stream().mapToDouble(Double::doubleValue).sum();
    if (!Double.isFinite(value)) {
      throw new GillException("the loss of the " + plan.name() + " is " + value + " in step " + step
          + ": use a smaller learning rate");
    }
    parameters.clipGradients(CLIP_NORM);
    if (plan.muon()) {
      muon.step(plan.rate(step));
    }
    optimizer.step(plan.rate(step));
    if (plan.average() > 0) {
      Scope.compute("averaging the weights", () -> {
        average(Math.min(plan.average(), (step + 1) / (step + 10.0)));
        return null;
      });
    }
    return value;
  }

  private void average(double kept) {
    for (String name : parameters.names()) {
      Tensor now = parameters.get(name);
      Tensor average = averages.get(name);
      if (average == null) {
        averages.put(name, owner.keep(now.copy()));
      } else {
        average.mulInPlace(kept).addInPlace(now.mul(1 - kept));
      }
    }
  }

  /** Returns the final weights, averaged if the plan says so. */
  Map<String, TensorData> result() {
    return averages.isEmpty() ? parameters.snapshot() : copies(averages);
  }

  private static Map<String, TensorData> copies(Map<String, Tensor> tensors) {
    Map<String, TensorData> copies = new LinkedHashMap<>();
    tensors.forEach((name, tensor) ->
        copies.put(name, TensorData.of(Scope.compute("reading " + name, tensor::toFloats), tensor.shape())));
    return copies;
  }

  private void report(int step, double loss, double milliseconds) throws IOException {
    out.printf(Locale.ROOT, "%s %6d/%d  loss %.5f  %.0f ms per step%n", plan.name(), step, plan.steps(), loss,
        milliseconds);
    out.flush();
    Files.writeString(folder.resolve(LOSSES),
        String.format(Locale.ROOT, "%d,%.6g,%.6g%n", step, loss, plan.rate(step - 1)), StandardOpenOption.APPEND);
  }

  private void save(int step) {
    Map<String, TensorData> state = new LinkedHashMap<>(parameters.snapshot());
    optimizer.snapshot().forEach((name, data) -> state.put(OPTIMIZER + name, data));
    muon.snapshot().forEach((name, data) -> state.put(OPTIMIZER + name, data));
    copies(averages).forEach((name, data) -> state.put("average." + name, data));
    state.put("step", TensorData.of(new float[] {step}));
    state.put(PLAN, TensorData.of(plan.numbers(), plan.numbers().length));
    TensorWriter.safetensors(state(folder), state, Map.of());
  }

  private int restore() {
    Path path = state(folder);
    if (!Files.exists(path)) {
      return 0;
    }
    try (TensorFile file = TensorFile.open(path)) {
      if (!file.names().contains(PLAN) || !TensorData.of(plan.numbers(), plan.numbers().length).bytes()
          .equals(file.get(PLAN).bytes())) {
        throw new GillException(path + " was started with another number of steps or other settings and cannot resume "
            + "with " + plan + ": use another folder or the old settings");
      }
      parameters.restore(file);
      for (String name : parameters.names()) {
        float @Nullable [] average =
            file.names().contains("average." + name) ? file.get("average." + name).toFloatArray() : null;
        if (average != null) {
          long[] shape = parameters.get(name).shape();
          averages.put(name, Scope.compute("restoring " + name, () -> owner.keep(Tensor.of(average, shape))));
        }
      }
      optimizer.restore(file, OPTIMIZER);
      muon.restore(file, OPTIMIZER);
      return (int) file.get("step").toFloatArray()[0];
    }
  }

  @Override
  public void close() {
    owner.close();
    muon.close();
    optimizer.close();
    parameters.close();
  }
}
