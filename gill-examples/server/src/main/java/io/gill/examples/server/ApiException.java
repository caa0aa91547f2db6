package io.gill.examples.server;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A request that cannot be answered, with the parts of OpenAI's error body. */
final class ApiException extends RuntimeException {
  /** Not a status of HTTP; servers use it in their logs. */
  static final int CLIENT_GONE = 499;

  private static final long serialVersionUID = 1L;

  private final int status;
  private final String type;
  private final @Nullable String param;
  private final @Nullable String code;

  ApiException(int status, String type, @Nullable String param, @Nullable String code, String message) {
    super(message, null, false, false); // expected, so that no stack trace is needed
    this.status = status;
    this.type = type;
    this.param = param;
    this.code = code;
  }

  static ApiException bad(@Nullable String param, String message) {
    return bad(param, null, message);
  }

  static ApiException bad(@Nullable String param, @Nullable String code, String message) {
    return new ApiException(400, "invalid_request_error", param, code, message);
  }

  static ApiException busy(String message) {
    return new ApiException(429, "rate_limit_error", null, "server_busy", message);
  }

  static ApiException unavailable(String message) {
    return new ApiException(503, "service_unavailable_error", null, null, message);
  }

  static ApiException timedOut(Duration timeout) {
    return new ApiException(504, "timeout_error", null, "timeout",
        "the time-out of " + timeout.toSeconds() + " s passed: ask for less, or try again later");
  }

  /** For the log and the metrics: nobody is there to read it. */
  static ApiException gone() {
    return new ApiException(CLIENT_GONE, "client_closed_request", null, null, "the client closed the connection");
  }

  static ApiException internal() {
    return new ApiException(500, "server_error", null, null,
        "the server failed to answer: its log names the reason beside this request's id");
  }

  int status() {
    return status;
  }

  String type() {
    return type;
  }

  @Nullable String param() {
    return param;
  }

  @Nullable String code() {
    return code;
  }

  String text() {
    return String.valueOf(getMessage());
  }
}
