package io.gill;

import org.jspecify.annotations.Nullable;

/**
 * The root of everything this library throws for a reason outside the caller's control: a bad file, a model that does
 * not fit, a stage that failed. Wrong arguments are {@link IllegalArgumentException}, use after close is
 * {@link IllegalStateException}.
 *
 * <p>The message is one line that says what is wrong, where, and what to do.
 */
public class GillException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * An exception without a cause.
   *
   * @param message one line: what, where, what to do
   */
  public GillException(String message) {
    super(message);
  }

  /**
   * An exception with a cause.
   *
   * @param message one line: what, where, what to do
   * @param cause what led to it, or null
   */
  public GillException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
