package io.gill.examples.evaluate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gill.GillException;
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
import org.jspecify.annotations.Nullable;

/** A judge behind an interface like OpenAI's: each picture is one request to {@code chat/completions}. */
final class HttpJudge implements Judge {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration TIMEOUT = Duration.ofMinutes(2);
  private static final int MAX_BYTES = 1 << 20;
  private static final int OK = 200;

  private final HttpClient client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
  private final URI endpoint;
  private final String model;
  private final @Nullable String key;

  /**
   * Creates a judge.
   *
   * @param base base of the interface, such as {@code http://localhost:8080/v1}
   * @param model name of the model
   * @param key sent as a bearer token, or null
   */
  HttpJudge(URI base, String model, @Nullable String key) {
    String scheme = String.valueOf(base.getScheme());
    if (!scheme.equals("http") && !scheme.equals("https")) {
      throw new IllegalArgumentException(base + " is not an address that starts with http or https");
    }
    String text = base.toString();
    this.endpoint = URI.create((text.endsWith("/") ? text : text + "/") + "chat/completions");
    this.model = model;
    this.key = key;
  }

  @Override
  public boolean contains(BufferedImage picture, String what) {
    HttpRequest.Builder request = HttpRequest.newBuilder(endpoint).timeout(TIMEOUT)
        .header("Content-Type", "application/json").POST(BodyPublishers.ofString(body(picture, what)));
    if (key != null) {
      request.header("Authorization", "Bearer " + key);
    }
    try {
      HttpResponse<InputStream> response = client.send(request.build(), BodyHandlers.ofInputStream());
      try (InputStream in = response.body()) {
        String text = new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
        if (response.statusCode() != OK) {
          throw new GillException(endpoint + " answered with status " + response.statusCode() + ": " + text);
        }
        return Judge.verdict(reply(text));
      }
    } catch (IOException e) {
      throw new GillException(endpoint + " does not answer: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GillException("the judge was interrupted", e);
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
