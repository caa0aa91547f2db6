package io.gill.examples;

import io.gill.smallworld.SmallWorld;
import java.nio.file.Path;

/** Models bundled with the examples, trained by {@code train-world}. */
public final class BundledModels {
  private BundledModels() {}

  /**
   * Returns the model of the small world: pictures of one or two coloured shapes, and dialogues about them.
   *
   * @return a model directory
   * @throws io.gill.GillException if it cannot be unpacked
   */
  public static Path smallWorld() {
    return SmallWorld.directory();
  }
}
