package io.gill;

import java.util.Locale;
import java.util.Objects;

/**
 * Where a stage computes.
 *
 * @param type {@code "cpu"} or {@code "cuda"}
 * @param index which CUDA device, from 0; 0 for the CPU
 */
public record Device(String type, int index) {
  /** The processor this JVM runs on. */
  public static final Device CPU = new Device("cpu", 0);

  /**
   * Checks the parts.
   *
   * @param type as above
   * @param index as above
   */
  public Device {
    Objects.requireNonNull(type, "type");
    if (!type.equals("cpu") && !type.equals("cuda")) {
      throw new IllegalArgumentException("unknown device type " + OneLine.quoted(type) + ": use cpu or cuda");
    }
    if (index < 0 || (index > 0 && type.equals("cpu"))) {
      throw new IllegalArgumentException("device index " + index + " does not exist on " + type);
    }
  }

  /**
   * A CUDA device.
   *
   * @param index from 0
   * @return the device; whether it exists is checked when a stage is loaded onto it
   */
  public static Device cuda(int index) {
    return new Device("cuda", index);
  }

  /**
   * Reads {@code cpu}, {@code cuda} or {@code cuda:1}.
   *
   * @param text what a user wrote
   * @return the device
   * @throws IllegalArgumentException if it is none of these
   */
  public static Device parse(String text) {
    Objects.requireNonNull(text, "text");
    String lower = text.trim().toLowerCase(Locale.ROOT);
    int colon = lower.indexOf(':');
    if (colon < 0) {
      return new Device(lower, 0);
    }
    try {
      return new Device(lower.substring(0, colon), Integer.parseInt(lower.substring(colon + 1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "unknown device " + OneLine.quoted(text) + ": use cpu, cuda or cuda:<index>", e);
    }
  }

  /**
   * Whether this is the CPU.
   *
   * @return true for {@link #CPU}
   */
  public boolean isCpu() {
    return type.equals("cpu");
  }

  @Override
  public String toString() {
    return isCpu() ? type : type + ":" + index;
  }
}
