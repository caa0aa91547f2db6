package io.gill.retrieval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.Iterables;
import io.gill.GillException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.opensearch.client.opensearch.generic.Body;
import org.opensearch.client.opensearch.generic.OpenSearchGenericClient;
import org.opensearch.client.opensearch.generic.Requests;
import org.opensearch.client.opensearch.generic.Response;
import org.opensearch.client.transport.OpenSearchTransport;
import org.opensearch.client.transport.TransportException;
import org.opensearch.client.transport.httpclient5.ResponseException;

/**
 * Approximate search in an OpenSearch cluster with the k-NN plug-in, for collections that outgrow one machine. Requires
 * {@code org.opensearch.client:opensearch-java}, an optional dependency. {@link ImageIndex} documents the contract,
 * with these differences:
 *
 * <ul>
 *   <li>When a change returns, it is on the disks of the shard and its active replicas; {@link #commit} does nothing.
 *       Searches through this object see the change at once, other searches within a second.
 *   <li>A change of many images may fail midway. The exception then says how many images were written.
 *   <li>If two objects add the same id at the same time, both may succeed; the later addition remains.
 *   <li>A read covers all shards. It fails while a shard has no responding node.
 *   <li>Embeddings have at most 16,000 numbers, and a search returns at most 10,000 images; a larger {@code k} leads to
 *       an {@link IllegalArgumentException}.
 * </ul>
 *
 * <p>A request is retried with increasing pauses if it reaches no node, if the node fails or is overloaded, or if not
 * all shards respond. All requests are idempotent. The transport determines timeouts, TLS and authentication.
 */
@SuppressWarnings("exports") // users of this class require the client's module themselves
public final class OpenSearchIndex implements ImageIndex {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String EMBEDDING = "embedding";

  /** Separates an attribute's name and value in one term, so that new names do not enlarge the mapping. */
  private static final char IS = '\0';

  private static final int GROUP = 500;
  private static final int PAGE = 1000;

  /** Maximum bytes of the embeddings in a bulk or page. Nodes accept and the client reads 100 MB, including URIs. */
  private static final int MOST_BYTES = 8 << 20;

  /** Maximum length of a number in JSON, with its comma. */
  private static final int BYTES_OF_A_NUMBER = 16;

  private static final int MAX_DIMENSION = 16_000;

  /** OpenSearch's default {@code index.max_result_window}. */
  private static final int MAX_HITS = 10_000;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final String KEEP_ALIVE = "5m";

  /** Makes OpenSearch fail instead of returning results from the remaining shards. */
  private static final Map<String, String> WHOLE = Map.of("allow_partial_search_results", "false");

  private static final Map<String, String> IF_THERE = Map.of("ignore_unavailable", "true");

  private final OpenSearchGenericClient client;
  private final String name;
  private final int candidates;
  private final Duration patience;
  private final int dimension;
  private final float logitScale;
  private final float scale;
  private final AtomicLong written = new AtomicLong();
  private volatile long visible = -1; // another client may just have written
  private volatile boolean closed;

  private OpenSearchIndex(
      OpenSearchGenericClient client, String name, Options options, int dimension, float logitScale) {
    this.client = client;
    this.name = name;
    this.candidates = options.candidates;
    this.patience = options.patience;
    this.dimension = dimension;
    this.logitScale = logitScale;
    this.scale = Vectors.scale(logitScale);
  }

  /**
   * Options of an index.
   *
   * @param shards number of shards of a new index; one thread of one node searches a shard
   * @param replicas number of replicas of each shard of a new index: the number of nodes that may fail
   * @param candidates minimum number of images that every shard retrieves from its graph before it returns the best k
   * @param patience how long failed requests are retried
   */
  public record Options(int shards, int replicas, int candidates, Duration patience) {
    /** Three shards, one replica, 100 candidates, 30 seconds of retries. */
    public static final Options DEFAULT = new Options(3, 1, 100, Duration.ofSeconds(30));

    /**
     * Checks the options.
     *
     * @param shards at least 1
     * @param replicas at least 0
     * @param candidates 1 to 10,000
     * @param patience not negative
     */
    public Options {
      if (shards < 1 || replicas < 0 || candidates < 1 || candidates > MAX_HITS || patience.isNegative()) {
        throw new IllegalArgumentException("shards must be at least 1, candidates between 1 and " + MAX_HITS
            + ", replicas and patience at least 0: " + shards + ", " + candidates + ", " + replicas + ", " + patience);
      }
    }
  }

  /** A rejected request that would fail again if it were retried. */
  private static final class Refused extends GillException {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message);
    }
  }

  /**
   * Creates an empty index in a cluster.
   *
   * @param transport connects to the cluster; stays open
   * @param name of the index: up to 200 lower-case letters, digits, hyphens and underscores, starting with a letter or
   *     digit
   * @param dimension width of the embeddings, 1 to 16,000
   * @param logitScale the model's {@code logit_scale}; 0 for plain cosine similarity
   * @param options of the index
   * @return the index
   * @throws IllegalArgumentException if the name is invalid, the width is out of range, or {@code exp(logitScale)} is
   *     not positive and finite
   * @throws GillException if the index already exists, or the cluster cannot be reached or rejects the request
   */
  public static OpenSearchIndex create(
      OpenSearchTransport transport, String name, int dimension, float logitScale, Options options) {
    if (dimension < 1 || dimension > MAX_DIMENSION) {
      throw new IllegalArgumentException("dimension must be between 1 and " + MAX_DIMENSION + ": " + dimension);
    }
    OpenSearchIndex index = new OpenSearchIndex(
        new OpenSearchGenericClient(transport), checked(name), options, dimension, logitScale);
    ObjectNode body = JSON.createObjectNode();
    body.putObject("settings").putObject("index")
        .put("knn", true).put("number_of_shards", options.shards).put("number_of_replicas", options.replicas);
    ObjectNode mappings = body.putObject("mappings").put("dynamic", "strict");
    String maker = UUID.randomUUID().toString();
    mappings.putObject("_meta").put("gill_dimension", dimension).put("gill_logit_scale", Float.toString(logitScale))
        .put("gill_maker", maker);
    ObjectNode properties = mappings.putObject("properties");
    properties.putObject("id").put("type", "keyword");
    properties.putObject("uri").put("type", "keyword").put("index", false).put("doc_values", false);
    properties.putObject("attributes").put("type", "keyword").put("doc_values", false);
    ObjectNode method = properties.putObject(EMBEDDING).put("type", "knn_vector").put("dimension", dimension)
        .putObject("method").put("name", "hnsw").put("engine", "lucene").put("space_type", "cosinesimil");
    method.putObject("parameters").put("m", 32).put("ef_construction", 100);
    try {
      index.ask("PUT", "", Map.of("wait_for_active_shards", "1"), body);
    } catch (Refused e) {
      // A retry fails if the first request created the index after all.
      if (!index.meta(IF_THERE).path("gill_maker").asText().equals(maker)) {
        throw e;
      }
    }
    return index;
  }

  /**
   * Opens an index created by {@link #create}.
   *
   * @param transport connects to the cluster; stays open
   * @param name of the index
   * @param options of the index; shards and replicas are ignored
   * @return the index
   * @throws GillException if the index does not exist or {@link #create} did not create it, or the cluster cannot be
   *     reached
   */
  public static OpenSearchIndex open(OpenSearchTransport transport, String name, Options options) {
    OpenSearchGenericClient client = new OpenSearchGenericClient(transport);
    OpenSearchIndex nameless = new OpenSearchIndex(client, checked(name), options, 1, 0);
    JsonNode meta = nameless.meta(Map.of());
    if (!meta.path("gill_dimension").isInt()) {
      throw new GillException("the index " + name + " was not created by gill: choose another name");
    }
    return new OpenSearchIndex(client, name, options, meta.get("gill_dimension").asInt(),
        Float.parseFloat(meta.path("gill_logit_scale").asText()));
  }

  /**
   * Returns whether a cluster contains an index.
   *
   * @param transport connects to the cluster; stays open
   * @param name of the index
   * @param options only the patience is used
   * @return true if an index of this name exists, whoever created it
   * @throws GillException if the cluster cannot be reached
   */
  public static boolean exists(OpenSearchTransport transport, String name, Options options) {
    OpenSearchIndex nameless =
        new OpenSearchIndex(new OpenSearchGenericClient(transport), checked(name), options, 1, 0);
    return nameless.ask("GET", "/_mapping", IF_THERE, null).has(name);
  }

  /** The metadata that {@link #create} stored in the index. */
  private JsonNode meta(Map<String, String> parameters) {
    return ask("GET", "/_mapping", parameters, null).path(name).path("mappings").path("_meta");
  }

  private static String checked(String name) {
    if (!name.matches("[a-z0-9][a-z0-9_-]{0,199}")) {
      throw new IllegalArgumentException(
          "an index's name must be up to 200 lower-case letters, digits, hyphens and underscores, and start with a "
              + "letter or digit: " + name);
    }
    return name;
  }

  @Override
  public List<Hit> search(float[] query, int k, ImageFilter filter, Set<String> excluded) {
    Vectors.checkCount(k);
    if (k > MAX_HITS) {
      throw new IllegalArgumentException("k is " + k + ": OpenSearch returns at most " + MAX_HITS + " images");
    }
    Vectors.checkWidth(query, dimension);
    float[] unit = Vectors.unit(query, "the query");
    makeVisible();
    int wanted = Math.max(k, candidates);
    ObjectNode body = JSON.createObjectNode().put("size", wanted);
    body.putArray("_source").add("uri");
    ObjectNode knn = body.putObject("query").putObject("knn").putObject(EMBEDDING).put("k", wanted);
    knn.set("vector", numbers(unit));
    if (!filter.equals(ImageFilter.EVERY) || !excluded.isEmpty()) {
      ObjectNode bool = knn.putObject("filter").putObject("bool");
      bool.putArray("filter").add(query(filter));
      ArrayNode ids = bool.putArray("must_not").addObject().putObject("ids").putArray("values");
      excluded.forEach(ids::add);
    }
    List<Hit> hits = new ArrayList<>();
    for (JsonNode hit : ask("POST", "/_search", WHOLE, body).path("hits").path("hits")) {
      // OpenSearch's score of cosines is (1 + cosine) / 2.
      double score = (2 * hit.path("_score").asDouble() - 1) * scale;
      hits.add(new Hit(hit.path("_id").asText(), hit.path("_source").path("uri").asText(), score));
    }
    hits.sort(Vectors.BEST_FIRST);
    return List.copyOf(hits.subList(0, Math.min(k, hits.size())));
  }

  private static ArrayNode numbers(float[] values) {
    ArrayNode numbers = JSON.createArrayNode();
    for (float value : values) {
      numbers.add(value);
    }
    return numbers;
  }

  private static JsonNode query(ImageFilter filter) {
    ObjectNode query = JSON.createObjectNode();
    if (filter instanceof ImageFilter.Is is) {
      query.putObject("term").put("attributes", is.name() + IS + is.value());
    } else if (filter instanceof ImageFilter.All all) {
      ArrayNode parts = query.putObject("bool").putArray("filter");
      parts.addObject().putObject("match_all");
      all.filters().forEach(part -> parts.add(query(part)));
    } else if (filter instanceof ImageFilter.Any any && any.filters().isEmpty()) {
      query.putObject("match_none");
    } else if (filter instanceof ImageFilter.Any any) {
      ArrayNode parts = query.putObject("bool").put("minimum_should_match", 1).putArray("should");
      any.filters().forEach(part -> parts.add(query(part)));
    } else if (filter instanceof ImageFilter.Not not) {
      query.putObject("bool").putArray("must_not").add(query(not.filter()));
    }
    return query;
  }

  @Override
  public synchronized void add(List<IndexedImage> images) {
    checkOpen();
    List<IndexedImage> checked = Changes.units(images, dimension);
    Changes.requireNew(checked, known(Changes.ids(checked))::contains);
    write(checked);
  }

  @Override
  public synchronized void update(List<IndexedImage> images) {
    checkOpen();
    List<IndexedImage> checked = Changes.units(images, dimension);
    Changes.requireKnown(checked, known(Changes.ids(checked))::contains);
    write(checked);
  }

  /**
   * Adds images whose ids are not in the index and replaces the others. The operation is idempotent, so that loaders
   * can repeat interrupted work.
   *
   * @param images with distinct ids; batches of a few thousand are fastest
   * @throws IllegalArgumentException if an id occurs twice, or an embedding is zero, not finite or of a different width
   * @throws GillException if not all images can be written; the message says how many were
   */
  public synchronized void put(List<IndexedImage> images) {
    checkOpen();
    List<IndexedImage> checked = Changes.units(images, dimension);
    meta(Map.of()); // a bulk would create a missing index without our mapping
    write(checked);
  }

  /** The ids that the index contains, whether or not searches see them yet. */
  private Set<String> known(Collection<String> ids) {
    Set<String> known = new HashSet<>();
    for (List<String> group : Iterables.partition(ids, GROUP)) {
      ObjectNode body = JSON.createObjectNode();
      ArrayNode docs = body.putArray("docs");
      group.forEach(id -> docs.addObject().put("_id", id).put("_source", false));
      for (JsonNode doc : ask("POST", "/_mget", Map.of(), body).path("docs")) {
        if (doc.path("found").asBoolean()) {
          known.add(doc.path("_id").asText());
        }
      }
    }
    return known;
  }

  /** Number of images per request: {@code most}, or fewer if the embeddings are wide. */
  private int atOnce(int most) {
    return Math.min(most, MOST_BYTES / BYTES_OF_A_NUMBER / dimension);
  }

  private void write(List<IndexedImage> images) {
    int made = 0;
    for (List<IndexedImage> group : Iterables.partition(images, atOnce(GROUP))) {
      StringBuilder lines = new StringBuilder();
      for (IndexedImage image : group) {
        ObjectNode action = JSON.createObjectNode();
        action.putObject("index").put("_id", image.id());
        ObjectNode document = JSON.createObjectNode().put("id", image.id()).put("uri", image.uri());
        ArrayNode attributes = document.putArray("attributes");
        image.attributes().forEach((attribute, value) -> attributes.add(attribute + IS + value));
        document.set(EMBEDDING, numbers(image.embedding()));
        lines.append(action).append('\n').append(document).append('\n');
      }
      bulk(lines.toString(), made, images.size());
      made += group.size();
    }
  }

  @Override
  public synchronized int delete(Collection<String> ids) {
    checkOpen();
    Set<String> known = known(Set.copyOf(ids));
    int made = 0;
    for (List<String> group : Iterables.partition(known, GROUP)) {
      StringBuilder lines = new StringBuilder();
      for (String id : group) {
        ObjectNode action = JSON.createObjectNode();
        action.putObject("delete").put("_id", id);
        lines.append(action).append('\n');
      }
      bulk(lines.toString(), made, known.size());
      made += group.size();
    }
    return known.size();
  }

  /** Sends a bulk and repeats it while nodes are too busy for a part of it. */
  private void bulk(String lines, int before, int all) {
    long deadline = System.nanoTime() + patience.toNanos();
    Duration pause = FIRST_PAUSE;
    while (true) {
      JsonNode answer;
      try {
        answer = send("POST", "/_bulk", Map.of(), lines, "application/x-ndjson");
      } catch (GillException e) {
        throw new GillException(
            e.getMessage() + "; " + before + " of " + all + " images were written by earlier requests", e);
      } finally {
        written.incrementAndGet();
      }
      if (!answer.path("errors").asBoolean()) {
        return;
      }
      @Nullable String problem = null;
      boolean again = true;
      for (JsonNode item : answer.path("items")) {
        JsonNode result = item.elements().next(); // keyed by the action
        int status = result.path("status").asInt();
        boolean gone = item.path("delete").path("result").asText().equals("not_found"); // deleted by an earlier attempt
        if (status >= 400 && !gone) {
          problem = result.path("_id").asText() + ": " + result.path("error").path("reason").asText();
          again &= isPassing(status);
        }
      }
      if (problem == null) {
        return;
      }
      if (!again || System.nanoTime() > deadline) {
        throw new GillException("the index " + name + " rejected some images (" + problem + "); at least " + before
            + " of " + all + " were written: check the cluster's health, then add the rest");
      }
      pause = rest(pause);
    }
  }

  @Override
  public Optional<IndexedImage> find(String id) {
    ObjectNode body = JSON.createObjectNode();
    body.putArray("docs").addObject().put("_id", id); // in the body, where an id needs no escaping
    JsonNode doc = ask("POST", "/_mget", Map.of(), body).path("docs").path(0);
    return doc.path("found").asBoolean() ? Optional.of(image(doc.path("_source"))) : Optional.empty();
  }

  private IndexedImage image(JsonNode source) {
    Map<String, String> attributes = new HashMap<>();
    for (JsonNode attribute : source.path("attributes")) {
      String text = attribute.asText();
      attributes.put(text.substring(0, text.indexOf(IS)), text.substring(text.indexOf(IS) + 1));
    }
    float[] embedding = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      embedding[i] = (float) source.path(EMBEDDING).path(i).asDouble();
    }
    return new IndexedImage(source.path("id").asText(), source.path("uri").asText(), attributes, embedding);
  }

  @Override
  public void forEach(Consumer<IndexedImage> action) {
    makeVisible();
    Map<String, String> parameters = Map.of("keep_alive", KEEP_ALIVE, "allow_partial_pit_creation", "false");
    String point = ask("POST", "/_search/point_in_time", parameters, null).path("pit_id").asText();
    try {
      visit(point, action);
    } finally {
      ObjectNode end = JSON.createObjectNode();
      end.putArray("pit_id").add(point);
      request("DELETE", "/_search/point_in_time", Map.of(), end.toString(), "application/json");
    }
  }

  private void visit(String point, Consumer<IndexedImage> action) {
    int page = atOnce(PAGE);
    @Nullable String last = null;
    JsonNode hits;
    do {
      ObjectNode body = JSON.createObjectNode().put("size", page);
      body.putObject("pit").put("id", point).put("keep_alive", KEEP_ALIVE);
      body.putArray("sort").addObject().put("id", "asc");
      if (last != null) {
        body.putArray("search_after").add(last);
      }
      hits = request("POST", "/_search", WHOLE, body.toString(), "application/json").path("hits").path("hits");
      for (JsonNode hit : hits) {
        action.accept(image(hit.path("_source")));
        last = hit.path("_source").path("id").asText();
      }
    } while (hits.size() == page);
  }

  @Override
  public long size() {
    makeVisible();
    return ask("GET", "/_count", Map.of(), null).path("count").asLong();
  }

  @Override
  public int dimension() {
    return dimension;
  }

  @Override
  public float logitScale() {
    return logitScale;
  }

  @Override
  public void commit() {
    checkOpen(); // changes are on disk when they return
  }

  /** Closes this object; the transport stays open. */
  @Override
  public void close() {
    closed = true;
  }

  private void makeVisible() {
    long before = written.get();
    if (visible != before) {
      ask("POST", "/_refresh", Map.of(), null);
      visible = before;
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the index " + name + " is closed");
    }
  }

  private JsonNode ask(String method, String path, Map<String, String> parameters, @Nullable JsonNode body) {
    checkOpen();
    return send(method, path, parameters, body == null ? null : body.toString(), "application/json");
  }

  private JsonNode send(
      String method, String path, Map<String, String> parameters, @Nullable String body, String type) {
    return request(method, "/" + name + path, parameters, body, type);
  }

  private JsonNode request(
      String method, String path, Map<String, String> parameters, @Nullable String body, String type) {
    long deadline = System.nanoTime() + patience.toNanos();
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
          if (!isPassing(answer.status)) {
            throw refused(problem);
          }
        }
      } catch (JsonProcessingException e) {
        throw new GillException(
            "the index " + name + " cannot be reached: the server at its address is not OpenSearch", e);
      } catch (InterruptedIOException e) {
        problem = String.valueOf(e.getMessage()); // a timeout
        cause = e;
      } catch (IOException e) {
        if (e instanceof TransportException || e.getCause() instanceof TransportException) {
          throw refused(String.valueOf(e.getMessage())); // authentication or authorisation
        }
        problem = e.getClass().getSimpleName() + ": " + e.getMessage();
        cause = e;
      }
      if (System.nanoTime() > deadline) {
        throw new GillException("the index " + name + " or some of its shards cannot be reached (" + problem
            + "), tried for " + patience.toMillis() + " ms: check the cluster's health and the transport's hosts",
            cause);
      }
      pause = rest(pause);
    }
  }

  private record Answer(int status, String text) {}

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

  private Refused refused(String problem) {
    return new Refused("OpenSearch rejected a request to the index " + name + " (" + problem + ")");
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
  private static boolean isPassing(int status) {
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
