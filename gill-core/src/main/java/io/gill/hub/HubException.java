package io.gill.hub;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** A response that is not the requested file. The message is a clause that follows the name of the file. */
final class HubException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Request time-out, too many requests, and failures of servers and gateways. */
  private static final Set<Integer> PASSING = Set.of(408, 429, 500, 502, 503, 504);

  private final int status;
  private final String code;
  private final transient Optional<Duration> retryAfter;

  /**
   * Creates an exception about a status.
   *
   * @param status the response's status
   * @param code its {@code X-Error-Code}, or an empty string
   * @param retryAfter its {@code Retry-After}
   * @param address without the query, which may contain a signature
   */
  HubException(int status, String code, Optional<Duration> retryAfter, String address) {
    super(address + " responded with status " + status + (code.isEmpty() ? "" : " (" + code + ")"));
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  /** Creates an exception about a response that no retry will change. */
  HubException(String message) {
    super(message);
    status = 0;
    code = "";
    retryAfter = Optional.empty();
  }

  /** Status of the response; 0 if the status is not the problem. */
  int status() {
    return status;
  }

  boolean isGated() {
    return code.equals("GatedRepo");
  }

  /** Whether there is no such repository. The Hub answers 401 as well, so that private names stay secret. */
  boolean isAbsent() {
    return !isGated() && (status == 401 || status == 404);
  }

  boolean isPassing() {
    return PASSING.contains(status);
  }

  Optional<Duration> retryAfter() {
    return retryAfter;
  }
}
