package io.gill.stage;

import io.gill.Device;
import io.gill.Precision;
import java.nio.file.Path;

/** Loads an image generator; found by {@link java.util.ServiceLoader}, so that a module adds generation by being there. */
public interface ImageGeneratorProvider {
  /**
   * Looks at the files of a snapshot, so that what is wrong with them can be told together with what is wrong with the
   * rest of a model, before anything is loaded. The default leaves that to {@link #load}.
   *
   * @param directory the snapshot
   * @throws io.gill.GillException if the snapshot is incomplete or does not fit together
   */
  default void check(Path directory) {}

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
