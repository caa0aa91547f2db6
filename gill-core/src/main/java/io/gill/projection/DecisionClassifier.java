package io.gill.projection;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.stage.DecisionModel;
import io.gill.stage.OutputCheck;
import io.gill.torch.Linear;
import io.gill.torch.ModelMemory;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Torch;
import io.gill.torch.Weights;
import io.gill.weights.TensorFile;
import java.nio.file.Path;

/**
 * The published decision model (paper, section 3.3): a dropout, inactive here, and a linear layer on the hidden state
 * of [IMG0]. Class 0 means generate, class 1 retrieve. Thread-safe.
 */
public final class DecisionClassifier implements DecisionModel, AutoCloseable {
  /** Name of the linear layer, after the dropout. */
  static final String LAYER = "1";

  private final ModelMemory memory;
  private final Linear linear;
  private final Device device;
  private final Precision precision;

  private DecisionClassifier(ModelMemory memory, Linear linear, Device device, Precision precision) {
    this.memory = memory;
    this.linear = linear;
    this.device = device;
    this.precision = precision;
  }

  /**
   * Loads a {@code decision_model.pth.tar}.
   *
   * @param path path of the file
   * @param width D, the language model's width
   * @param device device to compute on
   * @param precision precision to compute in
   * @return the classifier, to be closed by the caller
   * @throws GillException if a key is missing or unexpected, or has the wrong shape
   */
  public static DecisionClassifier load(Path path, int width, Device device, Precision precision) {
    Torch.require(device);
    TensorFile file = TensorFile.open(path);
    return ModelMemory.load("decision model", file, memory -> {
      Weights w = Weights.of(file, memory.owner(), device, precision);
      DecisionClassifier classifier = of(w.at(LAYER), width, memory, device, precision);
      w.finish("the decision model");
      return classifier;
    });
  }

  /** Takes the layer's weights, which belong to {@code memory}; the caller calls {@link Weights#finish}. */
  static DecisionClassifier of(Weights w, long width, ModelMemory memory, Device device, Precision precision) {
    return new DecisionClassifier(memory, Linear.of(w, width, 2), device, precision);
  }

  @Override
  public Probabilities decide(float[] hidden) {
    float[] logits = logits(hidden);
    double generate = 1 / (1 + Math.exp((double) logits[1] - logits[0])); // softmax over two classes
    return new Probabilities(generate, 1 - generate);
  }

  /**
   * Returns the unnormalised log-probabilities.
   *
   * @param hidden (D): hidden state of [IMG0]
   * @return those of generating and of retrieving
   * @throws GillException if one is NaN or infinite
   */
  public float[] logits(float[] hidden) {
    float[] logits = memory.use(() -> Scope.compute("deciding", () ->
        linear.apply(Tensor.of(hidden, 1, hidden.length).to(precision, device)).toFloats())); // (1, D) -> (1, 2)
    return new OutputCheck("decision model", precision).finite("logits", logits);
  }

  @Override
  public void close() {
    memory.close();
  }
}
