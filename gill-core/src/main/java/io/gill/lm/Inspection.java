package io.gill.lm;

import io.gill.stage.LanguageInput;
import io.gill.stage.LanguageOutput;
import java.util.ArrayList;
import java.util.List;

/**
 * A context that exposes intermediate results as plain arrays, for comparison with other implementations. Applications
 * do not need it. All arrays are row-major. Axes: T new positions, S all positions, K key/value heads, E the width of
 * one head.
 */
public final class Inspection implements AutoCloseable {
  private final DecoderContext context;

  private Inspection(DecoderContext context) {
    this.context = context;
  }

  /**
   * Opens an empty context.
   *
   * @param model the model, which the caller still closes
   * @return the context, to be closed by the caller
   */
  public static Inspection open(DecoderModel model) {
    return new Inspection(model.openContext());
  }

  /**
   * Hidden states and output for new positions.
   *
   * @param states (T, width) each: the input of the first layer, the output of every layer but the last, and the last
   *     hidden state, after the final norm
   * @param output the output
   */
  public record Reading(List<float[]> states, LanguageOutput output) {}

  /**
   * Keys and values of every layer.
   *
   * @param keys (K, S, E) each
   * @param values (K, S, E) each
   */
  public record Cache(List<float[]> keys, List<float[]> values) {}

  /**
   * Appends inputs to the context.
   *
   * @param inputs at least one position
   * @return the hidden states and the output
   */
  public Reading append(List<LanguageInput> inputs) {
    List<float[]> states = new ArrayList<>();
    LanguageOutput output = context.append(inputs, state -> states.add(state.toFloats()));
    return new Reading(states, output);
  }

  /**
   * Copies the key/value cache.
   *
   * @return the copies
   */
  public Cache cache() {
    return context.copyCache();
  }

  @Override
  public void close() {
    context.close();
  }
}
