package io.gill.hub;

import com.google.common.base.Splitter;
import com.google.common.net.UrlEscapers;
import io.gill.GillException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Requests to the Hub and its storage. The token goes to the Hub's own host only. Redirects are followed one by one; a
 * redirect from https to http is refused. Connections are HTTP/1.1, since HTTP/2 would send all ranges over one.
 * Thread-safe.
 */
final class HubClient {
  private static final int MAX_REDIRECTS = 8;
  private static final int MAX_PORT = 65_535;
  private static final Duration CONNECTING = Duration.ofSeconds(20);
  private static final long POLL_MILLIS = 1_000;

  private final HttpClient http = HttpClient.newBuilder()
      .version(HttpClient.Version.HTTP_1_1)
      .followRedirects(HttpClient.Redirect.NEVER)
      .connectTimeout(CONNECTING)
      .build();
  private final URI endpoint;
  private final @Nullable String token;
  private final Duration stall;

  /**
   * Creates a client.
   *
   * @param endpoint the Hub's address, without a slash at its end
   * @param token sent to the Hub, or null
   * @param stall time without any byte after which a request has failed
   */
  HubClient(URI endpoint, @Nullable String token, Duration stall) {
    this.endpoint = endpoint;
    this.token = token;
    this.stall = stall;
  }

  /** Headers of the first response, which comes from the Hub, and the address that the last redirect names. */
  record Response(HttpHeaders hub, HttpHeaders last, URI address) {}

  /** Address of the Hub's description of a revision, with the size and checksum of every file. */
  URI listing(String repository, String revision) {
    String escaped = UrlEscapers.urlPathSegmentEscaper().escape(revision); // a slash belongs to the name
    return URI.create(endpoint + "/api/models/" + repository + "/revision/" + escaped + "?blobs=true");
  }

  /** Address below which the Hub serves the files of a commit. */
  URI source(String repository, String commit) {
    return URI.create(endpoint + "/" + repository + "/resolve/" + commit);
  }

  /** Address of a file below another address. */
  static URI below(URI root, String path) {
    return URI.create(root + "/" + Splitter.on('/').splitToStream(path)
        .map(UrlEscapers.urlPathSegmentEscaper()::escape).collect(Collectors.joining("/")));
  }

  /**
   * Reads a whole text.
   *
   * @param maxBytes maximum length
   * @return the body
   * @throws IOException if it is longer, or cannot be read
   */
  byte[] read(URI address, int maxBytes) throws IOException, InterruptedException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    get(address, "", new Receiver() {
      @Override
      public void begin(int status, HttpHeaders headers) {
        body.reset();
      }

      @Override
      public boolean accept(ByteBuffer bytes) throws IOException {
        if (body.size() + bytes.remaining() > maxBytes) {
          throw new HubException(shown(address) + " responded with more than " + maxBytes + " bytes");
        }
        byte[] next = new byte[bytes.remaining()];
        bytes.get(next);
        body.writeBytes(next);
        return true;
      }
    });
    return body.toByteArray();
  }

  /** Asks for the length of a file. */
  long length(URI address) throws IOException, InterruptedException {
    Response response = exchange("HEAD", address, "", new Receiver() {
      @Override
      public void begin(int status, HttpHeaders headers) {}

      @Override
      public boolean accept(ByteBuffer bytes) {
        return false;
      }
    });
    return response.last.firstValueAsLong("content-length")
        .orElseThrow(() -> new HubException(shown(address) + " does not say how long it is"));
  }

  /**
   * Requests a file.
   *
   * @param range value of the {@code Range} header; empty for the whole file
   * @param receiver receives the body
   * @return the headers
   * @throws IOException if there is no response, or its status is neither 200 nor 206
   */
  Response get(URI address, String range, Receiver receiver) throws IOException, InterruptedException {
    return exchange("GET", address, range, receiver);
  }

  private Response exchange(String method, URI first, String range, Receiver receiver)
      throws IOException, InterruptedException {
    URI address = first;
    @Nullable HttpHeaders hub = null;
    for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
      HttpResponse<?> response = send(request(method, address, range), new HubBody(receiver));
      HttpHeaders headers = response.headers();
      hub = hub == null ? headers : hub;
      int status = response.statusCode();
      String location = headers.firstValue("location").orElse("");
      if (HubBody.isSuccess(status)) {
        return new Response(hub, headers, address);
      }
      if (status / 100 != 3 || location.isEmpty()) {
        throw new HubException(status, plain(headers.firstValue("x-error-code").orElse("")), Backoff.retryAfter(
            headers.firstValue("retry-after").orElse(""), headers.firstValue("date").orElse("")), shown(address));
      }
      address = redirect(address, location);
    }
    throw new HubException(shown(first) + " redirects more than " + MAX_REDIRECTS + " times");
  }

  private static URI redirect(URI from, String location) throws HubException {
    URI to;
    try {
      to = from.resolve(location);
    } catch (IllegalArgumentException e) {
      throw new HubException(shown(from) + " redirects to an invalid address");
    }
    String scheme = String.valueOf(to.getScheme()).toLowerCase(Locale.ROOT);
    boolean allowed = scheme.equals("https") || (scheme.equals("http") && from.getScheme().equals("http"));
    if (!allowed || to.getHost() == null || to.getUserInfo() != null || to.getPort() > MAX_PORT) {
      throw new HubException(shown(from) + " redirects to " + shown(to) + ", which is not followed");
    }
    return to;
  }

  private HttpRequest request(String method, URI address, String range) {
    HttpRequest.Builder request = HttpRequest.newBuilder(address)
        .method(method, HttpRequest.BodyPublishers.noBody())
        .header("User-Agent", "gill")
        .header("Accept-Encoding", "identity");
    if (!range.isEmpty()) {
      request.header("Range", range);
    }
    if (token != null && isHub(address)) {
      request.header("Authorization", "Bearer " + token);
    }
    return request.build();
  }

  /** Whether an address has the Hub's scheme, host and port. */
  private boolean isHub(URI address) {
    return endpoint.getScheme().equalsIgnoreCase(address.getScheme())
        && endpoint.getHost().equalsIgnoreCase(address.getHost()) && endpoint.getPort() == address.getPort();
  }

  private HttpResponse<Boolean> send(HttpRequest request, HubBody body) throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<Boolean>> response = http.sendAsync(request, body);
    try {
      while (true) {
        try {
          return response.get(Math.min(POLL_MILLIS, stall.toMillis()), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          if (System.nanoTime() - body.last() > stall.toNanos()) {
            throw new IOException(shown(request.uri()) + " sent nothing for " + stall.toSeconds() + " s", e);
          }
        }
      }
    } catch (ExecutionException e) {
      throw failure(request.uri(), e.getCause());
    } finally {
      body.abandon();
      response.cancel(true);
    }
  }

  /** Returns a failure to throw; unchecked ones, such as a full disk, are thrown here. */
  private static IOException failure(URI address, @Nullable Throwable cause) {
    for (Throwable one = cause; one != null; one = one.getCause()) {
      if (one instanceof HubException || one instanceof RangeIgnored) {
        return (IOException) one;
      }
      if (one instanceof GillException unchecked) {
        throw unchecked;
      }
    }
    return new IOException(shown(address) + " cannot be read: " + cause, cause);
  }

  /** An address without its query, which may contain a signature. */
  static String shown(URI address) {
    return address.toString().replaceFirst("[?#].*", "");
  }

  private static String plain(String code) {
    return code.matches("\\w{1,40}") ? code : "";
  }
}
