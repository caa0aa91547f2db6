package io.gill.retrieval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gill.GillException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.opensearch.client.opensearch.generic.Body;
import org.opensearch.client.opensearch.generic.OpenSearchGenericClient;
import org.opensearch.client.opensearch.generic.Requests;
import org.opensearch.client.opensearch.generic.Response;
import org.opensearch.client.transport.OpenSearchTransport;
import org.opensearch.client.transport.TransportException;
import org.opensearch.client.transport.httpclient5.ResponseException;

/** Sends the requests of one index to an OpenSearch cluster and retries them with increasing pauses. Thread-safe. */
final class OpenSearchRequests {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final String JSON_TYPE = "application/json";
  private static final String LINES_TYPE = "application/x-ndjson";

  private final OpenSearchGenericClient client;
  private final String index;
  private final Duration patience;

  /**
   * Creates requests of an index.
   *
   * @param transport connects to the cluster; stays open
   * @param index name of the index
   * @param patience how long failed requests are retried
   */
  OpenSearchRequests(OpenSearchTransport transport, String index, Duration patience) {
    this.client = new OpenSearchGenericClient(transport);
    this.index = index;
    this.patience = patience;
  }

  /** A rejected request that would fail again if it were retried. */
  static final class Rejected extends GillException {
    private static final long serialVersionUID = 1L;

    Rejected(String message) {
      super(message);
    }
  }

  private record Answer(int status, String text) {}

  /** Sends a request to a path below the index. */
  JsonNode send(String method, String path, Map<String, String> parameters, @Nullable JsonNode body) {
    return sendToCluster(method, "/" + index + path, parameters, body);
  }

  /** Sends a request to a path of the cluster. */
  JsonNode sendToCluster(String method, String path, Map<String, String> parameters, @Nullable JsonNode body) {
    return request(method, path, parameters, body == null ? null : body.toString(), JSON_TYPE);
  }

  /**
   * Sends a bulk and repeats it while nodes are too busy for a part of it.
   *
   * @param lines of the bulk
   * @param before number of images that earlier bulks of the same change have written
   * @param all number of images of the change
   */
  void bulk(String lines, int before, int all) {
    long start = System.nanoTime();
    Duration pause = FIRST_PAUSE;
    while (true) {
      JsonNode answer;
      try {
        answer = request("POST", "/" + index + "/_bulk", Map.of(), lines, LINES_TYPE);
      } catch (GillException e) {
        throw new GillException(
            e.getMessage() + "; " + before + " of " + all + " images were written by earlier requests", e);
      }
      if (!answer.path("errors").asBoolean()) {
        return;
      }
      @Nullable String problem = null;
      boolean again = true;
      for (JsonNode item : answer.path("items")) {
        JsonNode result = item.elements().next(); // keyed by the action
        int status = result.path("status").asInt();
        // An earlier attempt deleted the image.
        boolean gone = item.path("delete").path("result").asText().equals("not_found");
        if (status >= 400 && !gone) {
          problem = result.path("_id").asText() + ": " + result.path("error").path("reason").asText();
          again &= isTemporary(status);
        }
      }
      if (problem == null) {
        return;
      }
      if (!again || isOver(start)) {
        throw new GillException("the index " + index + " rejected some images (" + problem + "); at least " + before
            + " of " + all + " were written: check the cluster's health, then add the rest");
      }
      pause = rest(pause);
    }
  }

  private JsonNode request(
      String method, String path, Map<String, String> parameters, @Nullable String body, String type) {
    long start = System.nanoTime();
    Duration pause = FIRST_PAUSE;
    while (true) {
      @Nullable Exception cause = null;
      @Nullable String problem;
      try {
        Answer answer = answer(method, path, parameters, body, type);
        if (answer.status < 300) {
          JsonNode content = JSON.readTree(answer.text);
          problem = gap(content);
          if (problem == null) {
            return content;
          }
        } else {
          problem = reason(answer.text, answer.status);
          if (!isTemporary(answer.status)) {
            throw rejected(problem);
          }
        }
      } catch (JsonProcessingException e) {
        throw new GillException(
            "the index " + index + " cannot be reached: the server at its address is not OpenSearch", e);
      } catch (InterruptedIOException e) {
        problem = String.valueOf(e.getMessage()); // a timeout
        cause = e;
      } catch (IOException e) {
        if (e instanceof TransportException || e.getCause() instanceof TransportException) {
          throw rejected(String.valueOf(e.getMessage())); // authentication or authorisation
        }
        problem = e.getClass().getSimpleName() + ": " + e.getMessage();
        cause = e;
      }
      if (isOver(start)) {
        throw new GillException("the index " + index + " or some of its shards cannot be reached (" + problem
            + "), tried for " + patience.toMillis() + " ms: check the cluster's health and the transport's hosts",
            cause);
      }
      pause = rest(pause);
    }
  }

  private Answer answer(
      String method, String path, Map<String, String> parameters, @Nullable String body, String type)
      throws IOException {
    var request = Requests.builder().method(method).endpoint(path).query(parameters);
    if (body != null) {
      request.body(Body.from(body.getBytes(StandardCharsets.UTF_8), type));
    }
    try (Response response = client.execute(request.build())) {
      return new Answer(response.getStatus(), response.getBody().map(Body::bodyAsString).orElse("{}"));
    } catch (ResponseException e) { // most error statuses: its message is one line, then the response
      String message = String.valueOf(e.getMessage());
      return new Answer(e.status(), message.substring(message.indexOf('\n') + 1));
    }
  }

  /** Returns whether the patience of a request is over. That of centuries never is. */
  private boolean isOver(long start) {
    return System.nanoTime() - start >= TimeUnit.NANOSECONDS.convert(patience);
  }

  private Rejected rejected(String problem) {
    return new Rejected("OpenSearch rejected a request to the index " + index + " (" + problem + ")");
  }

  /** Describes what is missing from a response despite its success status; null if it is complete. */
  private static @Nullable String gap(JsonNode answer) {
    JsonNode shards = answer.path("_shards");
    if (shards.path("failed").asInt() > 0) {
      return shards.path("failed").asInt() + " of " + shards.path("total").asInt() + " shards failed: "
          + shards.path("failures").path(0).path("reason").path("type").asText("no reason given");
    }
    if (answer.path("timed_out").asBoolean()) {
      return "some shards did not answer in time";
    }
    for (JsonNode doc : answer.path("docs")) {
      if (doc.has("error")) {
        return doc.path("_id").asText() + ": " + doc.path("error").path("reason").asText();
      }
    }
    return null;
  }

  private static String reason(String text, int status) {
    try {
      JsonNode error = JSON.readTree(text).path("error");
      JsonNode reason = error.path("root_cause").path(0).path("reason");
      return status + ", " + (reason.isTextual() ? reason.asText() : error.path("reason").asText(error.asText()));
    } catch (JsonProcessingException e) {
      return status + ", " + text.lines().findFirst().orElse("");
    }
  }

  /** Whether an error is temporary: too many requests, or a gateway or node that fails or is not up yet. */
  private static boolean isTemporary(int status) {
    return status == 429 || status >= 500;
  }

  /** Waits for a pause with jitter; returns the next pause. */
  private static Duration rest(Duration pause) {
    try {
      Thread.sleep(pause.toMillis() / 2 + ThreadLocalRandom.current().nextLong(pause.toMillis() / 2 + 1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GillException("interrupted while waiting for OpenSearch", e);
    }
    return pause.multipliedBy(pause.toMillis() < 2000 ? 2 : 1);
  }
}
