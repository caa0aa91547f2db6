package io.gill;

import org.jspecify.annotations.Nullable;

/**
 * Base class of all errors outside the caller's control: a damaged file, a model that does not fit, a stage that fails.
 * Wrong arguments throw {@link IllegalArgumentException}, and use after close throws {@link IllegalStateException}.
 *
 * <p>The message is one line: what is wrong, where, and what to do. Control characters, line breaks and characters that
 * reorder or hide text, which occur in file names and damaged files, are written as Java escapes. Messages above 8,000
 * characters lose their middle.
 */
public class GillException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates an exception without a cause.
   *
   * @param message one line: what, where, what to do
   */
  public GillException(String message) {
    super(OneLine.of(message));
  }

  /**
   * Creates an exception with a cause.
   *
   * @param message one line: what, where, what to do
   * @param cause the underlying error, or null
   */
  public GillException(String message, @Nullable Throwable cause) {
    super(OneLine.of(message), cause);
  }
}
