package io.gill.examples.train;

import io.gill.Device;
import io.gill.Precision;
import io.gill.diffusion.network.UNet;
import io.gill.diffusion.network.UNetConfig;
import io.gill.torch.Parameters;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import io.gill.weights.StoredTensor;
import io.gill.weights.TensorFile;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Low-rank adapters of a UNet in training (Hu et al. 2021): W + B·A for the weights of all blocks. They have the names
 * that diffusers gives them in a file, where α equals the rank. Axes: O output and I input channels, K the kernel's
 * size, R the rank.
 */
final class Adapters {
  private static final String DOWN = ".lora_A.weight";
  private static final String UP = ".lora_B.weight";

  private final UNetConfig config;
  private final TensorFile weights;
  private final Parameters parameters;
  private final Map<String, String> modules = new HashMap<>();

  /**
   * Adds new adapters, which change nothing at first.
   *
   * @param config the UNet's shape
   * @param weights the UNet's weights, which stay open
   * @param rank R
   * @param parameters receives the adapters
   */
  Adapters(UNetConfig config, TensorFile weights, int rank, Parameters parameters) {
    this.config = config;
    this.weights = weights;
    this.parameters = parameters;
    Initial initial = new Initial(5, name -> name.endsWith(UP));
    for (String key : weights.names()) {
      long[] shape = weights.get(key).shape();
      if (key.contains("_block") && key.endsWith(".weight") && shape.length > 1) {
        String name = "unet." + key.substring(0, key.length() - ".weight".length());
        long[] down = shape.clone();
        down[0] = rank;
        long[] up = shape.length == 2 ? new long[] {shape[0], rank} : new long[] {shape[0], rank, 1, 1};
        parameters.add(name + DOWN, initial.values(name + DOWN, down), down);
        parameters.add(name + UP, initial.values(name + UP, up), up);
        modules.put(key, name);
      }
    }
  }

  /**
   * Builds the UNet with the adapters of this step merged into its weights.
   *
   * @param owner keeps the merged weights
   * @return the network, through which gradients reach the adapters if the computation is recorded
   */
  UNet merged(Scope owner) {
    Map<String, UnaryOperator<Tensor>> changes = new HashMap<>();
    modules.forEach((key, name) -> changes.put(key, weight -> add(weights.get(key), weight, name)));
    return new UNet(config, Weights.of(weights, owner, Device.CPU, Precision.FLOAT32, changes));
  }

  private Tensor add(StoredTensor stored, Tensor weight, String name) {
    Tensor up = parameters.get(name + UP);
    long rank = up.size(1);
    Tensor down = parameters.get(name + DOWN).reshape(rank, -1); // (R, I) or (R, I·K·K)
    return weight.add(up.reshape(-1, rank).matmul(down).reshape(stored.shape()));
  }
}
