package io.gill.stage;

import io.gill.GillException;
import java.util.Objects;

/**
 * A vector width that must agree between two parts, and where it is set.
 *
 * @param place location for messages, such as {@code "clip/config.json: hidden_size"}
 * @param value numbers per vector
 */
public record Width(String place, long value) {
  /**
   * Rejects null.
   *
   * @param place location for messages
   * @param value numbers per vector
   */
  public Width {
    Objects.requireNonNull(place, "place");
  }

  /**
   * Rejects parts whose widths differ.
   *
   * @param other the width of the other part
   * @throws GillException if the values differ; the message names both places
   */
  public void requireEqual(Width other) {
    if (value != other.value) {
      throw new GillException(place + " is " + value + ", but " + other.place + " is for " + other.value
          + ": they do not belong together");
    }
  }
}
