package io.gill.stage;

import java.util.List;

/**
 * What a language model has read so far: its key/value cache. Appending costs the new positions only.
 *
 * <p>For one thread at a time. The contexts of this library's models refuse a second thread with
 * {@link IllegalStateException}, and their {@link #close} waits for the computation under way; {@link #length} may be
 * asked by any thread.
 */
public interface LanguageContext extends AutoCloseable {
  /**
   * How many positions have been read.
   *
   * @return the length, from 0
   */
  int length();

  /**
   * Reads on.
   *
   * @param inputs at least one position in all
   * @return what the model makes of the new positions
   * @throws IllegalArgumentException if the inputs are empty, an id is outside the vocabulary, an embedding has the wrong
   *     width or the context would grow past {@link LanguageModel#maxPositions}; nothing is appended then
   * @throws io.gill.GillException if the model computes NaN or infinity; nothing is appended then
   */
  LanguageOutput append(List<LanguageInput> inputs);

  /**
   * Reads tokens and says how likely each was.
   *
   * @param ids at least one token
   * @return the natural logarithm of the probability of each token given all before it; NaN for the first token of an
   *     empty context
   * @throws IllegalArgumentException as {@link #append}
   * @throws io.gill.GillException as {@link #append}
   */
  float[] score(int[] ids);

  /**
   * Forgets the end.
   *
   * @param length how many positions stay, at most {@link #length}
   */
  void truncate(int length);

  @Override
  void close();
}
