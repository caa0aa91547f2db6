package io.gill.langchain4j;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.RateLimitException;
import io.gill.GillException;
import io.gill.ModelBusyException;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** Translates gill's exceptions into langchain4j's hierarchy. */
final class Failures {
  private Failures() {}

  static <T> T translated(Supplier<T> call) {
    try {
      return call.get();
    } catch (RuntimeException e) {
      throw translated(e);
    }
  }

  /** Returns the argument if no exception of langchain4j fits. */
  static RuntimeException translated(Throwable failure) {
    Throwable cause = failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause() : failure;
    if (cause instanceof ModelBusyException) {
      return new RateLimitException(cause.getMessage(), cause);
    }
    if (cause instanceof IllegalArgumentException) {
      return new InvalidRequestException(cause.getMessage(), cause);
    }
    if (cause instanceof GillException) {
      return new LangChain4jException(cause.getMessage(), cause);
    }
    return cause instanceof RuntimeException exception ? exception : new LangChain4jException(cause);
  }
}
