package io.gill.examples.train;

import io.gill.Device;
import io.gill.Precision;
import io.gill.torch.Scope;
import io.gill.torch.Weights;
import io.gill.weights.Snapshot;
import io.gill.weights.TensorFile;
import java.nio.file.Path;
import java.util.function.BiFunction;
import java.util.function.Function;

/** The weights of a trained network that takes part in the training of another. */
final class Frozen implements AutoCloseable {
  private final TensorFile file;
  private final Scope owner = Scope.owner();

  private Frozen(TensorFile file) {
    this.file = file;
  }

  static Frozen open(Path dir) {
    return new Frozen(Snapshot.open(dir));
  }

  /** Builds a network that lives as long as this object and may be part of recorded computations. */
  <T> T build(Function<Weights, T> network) {
    return build((w, same) -> network.apply(w));
  }

  /** Builds a network that also has tensors that are not in the file: the scope keeps them. */
  <T> T build(BiFunction<Weights, Scope, T> network) {
    return Scope.record("loading", () ->
        network.apply(Weights.of(file, owner, Device.CPU, Precision.FLOAT32), owner));
  }

  @Override
  public void close() {
    owner.close();
    file.close();
  }
}
