package io.gill.stage;

import java.util.List;
import java.util.Optional;

/**
 * The positions a language model has read: its key/value cache. Appending computes only the new positions.
 *
 * <p>For one thread at a time. Contexts of this library's models refuse a second thread with
 * {@link IllegalStateException}, and their {@link #close} waits for a running computation; {@link #length} is
 * thread-safe.
 */
public interface LanguageContext extends AutoCloseable {
  /**
   * Returns the number of positions read.
   *
   * @return the length, from 0
   */
  int length();

  /**
   * Appends inputs.
   *
   * @param inputs at least one position in total
   * @return the model's output for the new positions
   * @throws IllegalArgumentException if the inputs are empty, an id is outside the vocabulary, an embedding has the
   *     wrong width, or the context would exceed {@link LanguageModel#maxPositions}; nothing is appended then
   * @throws io.gill.GillException if the model computes NaN or infinity; nothing is appended then
   */
  LanguageOutput append(List<LanguageInput> inputs);

  /**
   * Appends tokens and scores them.
   *
   * @param ids at least one token
   * @return natural log-probability of each token given everything before it; NaN for the first token of an empty
   *     context
   * @throws IllegalArgumentException if an id is outside the vocabulary or the context would exceed
   *     {@link LanguageModel#maxPositions}; nothing is appended then
   * @throws io.gill.GillException if the model computes NaN or infinity; nothing is appended then
   */
  float[] score(int[] ids);

  /**
   * Truncates the context.
   *
   * @param length number of positions to keep, at most {@link #length}
   */
  void truncate(int length);

  /**
   * Copies the first positions of this context, so that both can continue independently.
   *
   * @param positions number of positions to copy, at most {@link #length}
   * @return the copy, to be closed by the caller; empty if this model cannot copy contexts
   */
  default Optional<LanguageContext> copy(int positions) {
    return Optional.empty();
  }

  @Override
  void close();
}
