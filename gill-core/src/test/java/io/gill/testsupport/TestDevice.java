package io.gill.testsupport;

import io.gill.Device;

/** The device for tests of whole computations: the CPU, or the one given by {@code -Dgill.device=cuda}. */
public final class TestDevice {
  private TestDevice() {}

  public static Device get() {
    return Device.parse(System.getProperty("gill.device", "cpu"));
  }
}
