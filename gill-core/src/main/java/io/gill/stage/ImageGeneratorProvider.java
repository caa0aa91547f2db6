package io.gill.stage;

import io.gill.Device;
import io.gill.Precision;
import java.nio.file.Path;

/** Loads an image generator; found by {@link java.util.ServiceLoader}, so that a module adds generation by being there. */
public interface ImageGeneratorProvider {
  /**
   * Loads a diffusers snapshot.
   *
   * @param directory the snapshot: {@code model_index.json} and its folders
   * @param device where it computes
   * @param precision what it computes in
   * @return the generator
   * @throws io.gill.GillException if the snapshot is incomplete or does not fit together
   */
  ImageGenerator load(Path directory, Device device, Precision precision);
}
