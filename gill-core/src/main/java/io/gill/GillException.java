package io.gill;

import org.jspecify.annotations.Nullable;

/**
 * The root of everything this library throws for a reason outside the caller's control: a bad file, a model that does
 * not fit, a stage that failed. Wrong arguments are {@link IllegalArgumentException}, use after close is
 * {@link IllegalStateException}.
 *
 * <p>The message is one line that says what is wrong, where, and what to do. Control characters, line breaks and
 * characters that reorder or hide text, as file names and damaged files hold them, appear as Java's escapes. The middle
 * of a message above 8,000 characters is left out.
 */
public class GillException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * An exception without a cause.
   *
   * @param message one line: what, where, what to do
   */
  public GillException(String message) {
    super(OneLine.of(message));
  }

  /**
   * An exception with a cause.
   *
   * @param message one line: what, where, what to do
   * @param cause what led to it, or null
   */
  public GillException(String message, @Nullable Throwable cause) {
    super(OneLine.of(message), cause);
  }
}
