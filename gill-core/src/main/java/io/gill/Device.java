package io.gill;

import java.util.Locale;
import java.util.Objects;

/**
 * The device a stage computes on.
 *
 * @param type {@code "cpu"} or {@code "cuda"}
 * @param index CUDA device index, from 0; 0 for the CPU
 */
public record Device(String type, int index) {
  /** The CPU. */
  public static final Device CPU = new Device("cpu", 0);

  /**
   * Checks type and index.
   *
   * @param type {@code "cpu"} or {@code "cuda"}
   * @param index CUDA device index, from 0
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
   * @return the device; its existence is checked when a stage is loaded onto it
   */
  public static Device cuda(int index) {
    return new Device("cuda", index);
  }

  /**
   * Parses {@code cpu}, {@code cuda} or {@code cuda:1}.
   *
   * @param text the name of a device, in any case
   * @return the device
   * @throws IllegalArgumentException if the text names no device
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
   * Returns whether this is the CPU.
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
