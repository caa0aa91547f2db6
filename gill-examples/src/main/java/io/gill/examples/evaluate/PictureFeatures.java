package io.gill.examples.evaluate;

import io.gill.Device;
import io.gill.evaluation.Inception;
import io.gill.examples.ModelFingerprint;
import java.nio.file.Path;

/**
 * What computes the features of pictures for FID.
 *
 * @param network the network
 * @param weights tells its weights from others
 */
record PictureFeatures(Inception network, String weights) implements AutoCloseable {
  static PictureFeatures load(Path weights, Device device) {
    String files = ModelFingerprint.of(weights);
    return new PictureFeatures(Inception.load(weights, device), files);
  }

  @Override
  public void close() {
    network.close();
  }
}
