package io.gill.examples.evaluate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gill.GillException;
import io.gill.examples.Printable;
import io.gill.image.Images;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A judge behind an interface like OpenAI's: each picture is one request to {@code chat/completions}. A request that
 * the server refuses for now, by status 429 or from 500, or that does not reach it, is repeated: a run must not lose a
 * picture to a busy minute. If that does not help, or the key is refused, no other picture is tried.
 */
final class HttpJudge implements Judge {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration TIMEOUT = Duration.ofMinutes(2);
  private static final int MAX_BYTES = 1 << 20;
  private static final int OK = 200;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int SERVER_ERROR = 500;

  /** The key is missing or wrong, may not be used for this, or the address or model does not exist. */
  private static final Set<Integer> FOR_ALL = Set.of(401, 403, 404);

  /** How much of a refusal an error shows. */
  private static final int SHOWN = 200;

  private static final int TRIES = 5;

  /** The longest pause between two tries, whatever the server asks for. */
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  private final HttpClient client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
  private final URI endpoint;
  private final String model;
  private final @Nullable String key;
  private final Pause pause;

  /** Waits before another try. */
  @FunctionalInterface
  interface Pause {
    void of(Duration time) throws InterruptedException;
  }

  /** The status, the wanted pause before another try, and the body of a response. */
  private record Response(int status, String retryAfter, String body) {
    boolean isForNow() {
      return status == TOO_MANY_REQUESTS || status >= SERVER_ERROR;
    }

    /** Returns the pause that the server wants in seconds, or else one that doubles. */
    Duration pause(int tries) {
      Duration wanted = retryAfter.matches("\\d{1,9}") ? Duration.ofSeconds(Long.parseLong(retryAfter))
          : doubled(tries);
      return wanted.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : wanted;
    }
  }

  /**
   * Creates a judge.
   *
   * @param base base of the interface, such as {@code http://localhost:8080/v1}
   * @param model name of the model
   * @param key sent as a bearer token, or null
   */
  HttpJudge(URI base, String model, @Nullable String key) {
    this(base, model, key, time -> Thread.sleep(time.toMillis()));
  }

  HttpJudge(URI base, String model, @Nullable String key, Pause pause) {
    String scheme = String.valueOf(base.getScheme());
    if (!scheme.equals("http") && !scheme.equals("https")) {
      throw new IllegalArgumentException(base + " is not an address that starts with http or https");
    }
    String text = base.toString();
    this.endpoint = URI.create((text.endsWith("/") ? text : text + "/") + "chat/completions");
    this.model = model;
    this.key = key;
    this.pause = pause;
  }

  @Override
  public boolean contains(BufferedImage picture, String what) {
    HttpRequest.Builder request = HttpRequest.newBuilder(endpoint).timeout(TIMEOUT)
        .header("Content-Type", "application/json").POST(BodyPublishers.ofString(body(picture, what)));
    if (key != null) {
      request.header("Authorization", "Bearer " + key);
    }
    Response response = answer(request.build());
    if (response.isForNow() || FOR_ALL.contains(response.status())) {
      throw unavailable(refusal(response), null);
    }
    if (response.status() != OK) {
      throw new GillException(refusal(response));
    }
    return Judge.verdict(reply(response.body()));
  }

  @Override
  public String name() {
    return model + " at " + endpoint;
  }

  private static IllegalStateException unavailable(String why, @Nullable IOException cause) {
    return new IllegalStateException(why + ": when the judge answers again, give the same command to resume", cause);
  }

  private String refusal(Response response) {
    String body = response.body();
    return endpoint + " answered with status " + response.status() + ": "
        + Printable.of(body.length() > SHOWN ? body.substring(0, SHOWN) + "…" : body);
  }

  /** Returns the first response that is not only for now, or else the last one. */
  private Response answer(HttpRequest request) {
    try {
      for (int tries = 1;; tries++) {
        try {
          Response response = send(request);
          if (!response.isForNow() || tries == TRIES) {
            return response;
          }
          pause.of(response.pause(tries));
        } catch (IOException e) {
          if (tries == TRIES) {
            throw unavailable(endpoint + " does not answer: " + e, e);
          }
          pause.of(doubled(tries));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GillException("the judge was interrupted", e);
    }
  }

  /** Returns a pause that doubles with each try from a second on. */
  private static Duration doubled(int tries) {
    return Duration.ofSeconds(1L << (tries - 1));
  }

  private Response send(HttpRequest request) throws IOException, InterruptedException {
    HttpResponse<InputStream> response = client.send(request, BodyHandlers.ofInputStream());
    InputStream body = response.body();
    // Ends a body that stalls: the request's own time-out ends with the header.
    CompletableFuture<Void> limit = CompletableFuture.runAsync(() -> close(body),
        CompletableFuture.delayedExecutor(TIMEOUT.toSeconds(), TimeUnit.SECONDS));
    try (body) {
      return new Response(response.statusCode(), response.headers().firstValue("Retry-After").orElse(""),
          new String(body.readNBytes(MAX_BYTES), StandardCharsets.UTF_8));
    } finally {
      limit.cancel(false);
    }
  }

  private static void close(InputStream body) {
    try {
      body.close();
    } catch (IOException e) {
      // whoever reads it finds out
    }
  }

  private String body(BufferedImage picture, String what) {
    String url = "data:image/png;base64," + Base64.getEncoder().encodeToString(Images.toPng(picture, Map.of()));
    List<Object> content = List.of(
        Map.of("type", "image_url", "image_url", Map.of("url", url)),
        Map.of("type", "text", "text", Judge.question(what)));
    try {
      return JSON.writeValueAsString(Map.of("model", model, "temperature", 0, "max_tokens", MAX_TOKENS,
          "messages", List.of(Map.of("role", "user", "content", content))));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private String reply(String body) {
    try {
      JsonNode content = JSON.readTree(body).path("choices").path(0).path("message").path("content");
      if (content.isTextual()) {
        return content.textValue();
      }
    } catch (JsonProcessingException e) {
      throw new GillException(endpoint + " does not answer with JSON", e);
    }
    throw new GillException(endpoint + " answers without a message");
  }
}
