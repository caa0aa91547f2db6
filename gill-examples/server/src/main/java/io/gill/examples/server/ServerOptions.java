package io.gill.examples.server;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Options of a server.
 *
 * @param host name or address to listen on
 * @param port port to listen on; 0 chooses a free one
 * @param apiKey key that clients must send as a bearer token; empty if they need none
 * @param origins origins of web pages that may use the server, such as {@code https://chat.example.com}, besides its
 *     own page
 * @param limits limits of requests
 * @param timeout time that a reply may take, including the time that it waits
 */
public record ServerOptions(
    String host, int port, Optional<String> apiKey, List<String> origins, Limits limits, Duration timeout) {
  /**
   * Checks the options.
   *
   * @param host name or address to listen on
   * @param port port to listen on
   * @param apiKey key that clients must send
   * @param origins origins of web pages that may use the server: scheme, host and port alone; kept in lower case
   * @param limits limits of requests
   * @param timeout time that a reply may take
   * @throws IllegalArgumentException if an option is invalid
   */
  public ServerOptions {
    origins = origins.stream().map(Access::origin).toList();
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("port is " + port + ": use 0 to 65535");
    }
    if (apiKey.isPresent() && apiKey.get().isBlank()) {
      throw new IllegalArgumentException("the API key is blank: give one, or none");
    }
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("the time-out must be positive, not " + timeout);
    }
  }

  /**
   * Returns whether everybody who reaches the server from another machine may use it.
   *
   * @return true if the host is not loopback and there is no API key
   */
  public boolean isOpenToOthers() {
    return apiKey.isEmpty() && !Access.isLoopback(host);
  }

  /**
   * Returns the defaults.
   *
   * @return loopback, a free port, no key, no other origins, {@link Limits#defaults()}, ten minutes
   */
  public static ServerOptions defaults() {
    return new ServerOptions("127.0.0.1", 0, Optional.empty(), List.of(), Limits.defaults(), Duration.ofMinutes(10));
  }
}
