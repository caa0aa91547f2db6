package io.gill.examples.server;

import org.jspecify.annotations.Nullable;

/**
 * An exception for the log: types and stack traces of another one and its causes, without their messages, which may
 * quote what a user sent.
 */
final class WithoutMessages extends Throwable {
  private static final int MOST_CAUSES = 16;
  private static final long serialVersionUID = 1L;

  private WithoutMessages(Throwable failure, @Nullable Throwable cause) {
    super(failure.getClass().getName(), cause, false, true);
    setStackTrace(failure.getStackTrace());
  }

  static WithoutMessages of(Throwable failure) {
    return of(failure, MOST_CAUSES);
  }

  private static WithoutMessages of(Throwable failure, int causes) {
    Throwable cause = failure.getCause();
    return new WithoutMessages(failure, cause == null || causes == 0 ? null : of(cause, causes - 1));
  }
}
