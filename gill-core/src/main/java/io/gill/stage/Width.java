package io.gill.stage;

import io.gill.GillException;
import java.util.Objects;

/**
 * A width that another part must have, too, with the place that says so.
 *
 * @param place for messages, as {@code "clip/config.json: hidden_size"}
 * @param value numbers per vector
 */
public record Width(String place, long value) {
  /**
   * Checks that nothing is missing.
   *
   * @param place for messages
   * @param value numbers per vector
   */
  public Width {
    Objects.requireNonNull(place, "place");
  }

  /**
   * Refuses two parts that do not belong together.
   *
   * @param other the width of the other part
   * @throws GillException if the values differ; it names both places
   */
  public void requireEqual(Width other) {
    if (value != other.value) {
      throw new GillException(place + " is " + value + ", but " + other.place + " is for " + other.value
          + ": they do not belong together");
    }
  }
}
