package io.gill.testsupport;

import io.gill.Device;

/** Where tests of whole computations compute: on the CPU, or where {@code -Dgill.device=cuda} says. */
public final class TestDevice {
  private TestDevice() {}

  public static Device get() {
    return Device.parse(System.getProperty("gill.device", "cpu"));
  }
}
