package io.gill.examples.server;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;

/**
 * Decides who may use the server: holders of the API key, and web pages of allowed origins. On loopback, requests for
 * other host names are rejected, since a foreign page could reach the server under a name of its own.
 */
final class Access {
  private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.\\d{1,3}){3}|\\[::1]|\\[0:0:0:0:0:0:0:1]");
  private static final Pattern HEADER_NAMES = Pattern.compile("[A-Za-z0-9_-]+( *, *[A-Za-z0-9_-]+)*");

  private final Optional<byte[]> key;
  private final Set<String> origins;
  private final boolean loopback;

  /** Names under which a server on loopback is known: its own, and those of proxies, whose pages it trusts. */
  private final Set<String> hosts;

  Access(ServerOptions options) {
    key = options.apiKey().map(value -> value.getBytes(StandardCharsets.UTF_8));
    origins = Set.copyOf(options.origins());
    String host = options.host().toLowerCase(Locale.ROOT);
    loopback = isLoopback(host);
    hosts = Stream.concat(Stream.of(host), origins.stream().map(Access::authority).flatMap(Stream::ofNullable)
        .map(Access::withoutPort)).collect(Collectors.toUnmodifiableSet());
  }

  /**
   * Returns an origin as browsers send it: in lower case and without the usual port.
   *
   * @throws IllegalArgumentException if it is none
   */
  static String origin(String given) {
    URI origin;
    try {
      origin = URI.create(given.toLowerCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw notAnOrigin(given);
    }
    String authority = origin.getRawAuthority();
    if (origin.getScheme() == null || authority == null || authority.contains("@") || authority.contains("*")
        || !origin.getRawPath().isEmpty() || origin.getRawQuery() != null || origin.getRawFragment() != null) {
      throw notAnOrigin(given);
    }
    String usual = origin.getScheme().equals("https") ? ":443" : origin.getScheme().equals("http") ? ":80" : ":";
    return origin.getScheme() + "://"
        + (authority.endsWith(usual) ? authority.substring(0, authority.length() - usual.length()) : authority);
  }

  private static IllegalArgumentException notAnOrigin(String given) {
    return new IllegalArgumentException("the origin " + given.replaceAll("\\p{Cntrl}", "?") + " is not of the form"
        + " https://chat.example.com or http://localhost:3000: give scheme, host and port alone, once for each origin");
  }

  static boolean isLoopback(String host) {
    return LOOPBACK.matcher(bracketed(host.toLowerCase(Locale.ROOT))).matches();
  }

  private static String bracketed(String host) {
    return host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
  }

  /** Rejects requests that a foreign web page sends, and sets the headers that allow an allowed one to read. */
  void checkOrigin(Call call) {
    String authority = String.valueOf(call.header(HttpHeader.HOST)).toLowerCase(Locale.ROOT);
    String name = withoutPort(authority);
    if (loopback && !LOOPBACK.matcher(name).matches() && !hosts.contains(name)) {
      throw forbidden("this server answers requests for localhost only: start it with another --host, or name the"
          + " address of its proxy with --origin");
    }
    String origin = call.header(HttpHeader.ORIGIN);
    if (origin == null) {
      return;
    }
    if (origins.contains(origin.toLowerCase(Locale.ROOT))) {
      call.setHeader(HttpHeader.ACCESS_CONTROL_ALLOW_ORIGIN, origin);
      call.setHeader(HttpHeader.VARY, "Origin");
      call.setHeader(HttpHeader.ACCESS_CONTROL_EXPOSE_HEADERS, "X-Request-Id, Retry-After");
    } else if (!authority.equals(authority(origin))) {
      throw forbidden("web pages of this origin may not use this server: start it with --origin to allow them");
    }
  }

  private static String withoutPort(String authority) {
    return authority.replaceFirst(":\\d*$", "");
  }

  private static @Nullable String authority(String origin) {
    try {
      String authority = URI.create(origin).getRawAuthority();
      return authority == null ? null : authority.toLowerCase(Locale.ROOT);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static ApiException forbidden(String message) {
    return new ApiException(403, "permission_error", null, null, message);
  }

  /** Answers a browser's question whether a page may send a request. */
  void preflight(Call call) {
    call.setHeader(HttpHeader.ACCESS_CONTROL_ALLOW_METHODS, "GET, POST");
    String asked = call.header(HttpHeader.ACCESS_CONTROL_REQUEST_HEADERS);
    if (asked != null && HEADER_NAMES.matcher(asked).matches()) {
      call.setHeader(HttpHeader.ACCESS_CONTROL_ALLOW_HEADERS, asked);
    }
    call.setHeader(HttpHeader.ACCESS_CONTROL_MAX_AGE, "600");
    call.send(204);
  }

  /** Rejects a request without the key. */
  void checkKey(Call call) {
    if (key.isEmpty()) {
      return;
    }
    String given = String.valueOf(call.header(HttpHeader.AUTHORIZATION));
    byte[] token = given.regionMatches(true, 0, "Bearer ", 0, 7)
        ? given.substring(7).strip().getBytes(StandardCharsets.UTF_8) : new byte[0];
    if (!MessageDigest.isEqual(token, key.get())) {
      call.setHeader(HttpHeader.WWW_AUTHENTICATE, "Bearer");
      throw new ApiException(401, "authentication_error", null, "invalid_api_key",
          "the API key is missing or wrong: send it as \"Authorization: Bearer KEY\"");
    }
  }
}
