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
 * Approximate search in a cluster of OpenSearch nodes with its k-NN plug-in, where one machine is outgrown. Needs
 * {@code org.opensearch.client:opensearch-java}, an optional dependency. See {@link ImageIndex} for what it promises, but
 * for these:
 *
 * <ul>
 *   <li>A change is on the disks of a shard and of its replicas that are up when it returns; {@link #commit} has nothing
 *       to add. It is seen by searches of this object at once, and by those of others within a second.
 *   <li>A change of many images that fails in the middle says how many were made.
 *   <li>Two objects that add the same id at the same time may both succeed; the later one stays.
 *   <li>What is found is found among all shards: while one of them has no node that answers, reading fails.
 *   <li>Embeddings have at most 16,000 numbers, and a search finds at most 10,000 images: a larger {@code k} is an
 *       {@link IllegalArgumentException}.
 * </ul>
 *
 * <p>A request that does not reach a node, that a node fails at or is too busy for, or that not all shards answer, is sent
 * again with growing pauses; all requests are such that a second one changes nothing more. Time-outs, TLS and
 * authentication are those of the transport.
 */
@SuppressWarnings("exports") // the client's module is there where this class is used
public final class OpenSearchIndex implements ImageIndex {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String EMBEDDING = "embedding";

  /** Between an attribute's name and its value, which are one term: any number of names makes no larger mapping. */
  private static final char IS = '\0';

  private static final int GROUP = 500;
  private static final int PAGE = 1000;

  /** Of the embeddings of a bulk or a page; the nodes take, and the client reads, 100 MB at once, URIs included. */
  private static final int MOST_BYTES = 8 << 20;

  /** With its comma; mostly fewer. */
  private static final int BYTES_OF_A_NUMBER = 16;

  private static final int MAX_DIMENSION = 16_000;

  /** What OpenSearch allows unless it is told otherwise, {@code index.max_result_window}. */
  private static final int MAX_HITS = 10_000;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final String KEEP_ALIVE = "5m";

  /** With failed shards OpenSearch would otherwise answer from those that are left. */
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
  private volatile long visible = -1; // others may have written just now
  private volatile boolean closed;

  private OpenSearchIndex(OpenSearchGenericClient client, String name, Options options, int dimension, float logitScale) {
    this.client = client;
    this.name = name;
    this.candidates = options.candidates;
    this.patience = options.patience;
    this.dimension = dimension;
    this.logitScale = logitScale;
    this.scale = Vectors.scale(logitScale);
  }

  /**
   * How an index is made and used.
   *
   * @param shards of a new index; each is searched by one thread of one node
   * @param replicas of every shard of a new index: as many nodes may fail
   * @param candidates images that every shard compares at least before it returns the best of them
   * @param patience how long a request is tried again
   */
  public record Options(int shards, int replicas, int candidates, Duration patience) {
    /** Three shards, one replica, 100 candidates, 30 seconds. */
    public static final Options DEFAULT = new Options(3, 1, 100, Duration.ofSeconds(30));

    /**
     * Checks the numbers.
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

  /** What would be refused again however often it is asked. */
  private static final class Refused extends GillException {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message);
    }
  }

  /**
   * Makes an empty index in a cluster.
   *
   * @param transport reaches the cluster; not closed here
   * @param name of the index, as OpenSearch allows it: lower-case letters, digits and hyphens are always right
   * @param dimension the embeddings' width, 1 to 16,000
   * @param logitScale the model's {@code logit_scale}; 0 for plain cosine similarity
   * @param options how
   * @return the index
   * @throws IllegalArgumentException if the name or the width is not allowed, or {@code exp(logitScale)} no positive
   *     number
   * @throws GillException if there is such an index, or the cluster cannot be reached or refuses
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
      // A request that was sent again finds what the one before has made after all.
      if (!index.meta(IF_THERE).path("gill_maker").asText().equals(maker)) {
        throw e;
      }
    }
    return index;
  }

  /**
   * Opens an index that {@link #create} made.
   *
   * @param transport reaches the cluster; not closed here
   * @param name of the index
   * @param options of which the shards and replicas do not matter
   * @return the index
   * @throws GillException if there is no such index or another one, or the cluster cannot be reached
   */
  public static OpenSearchIndex open(OpenSearchTransport transport, String name, Options options) {
    OpenSearchGenericClient client = new OpenSearchGenericClient(transport);
    OpenSearchIndex nameless = new OpenSearchIndex(client, checked(name), options, 1, 0);
    JsonNode meta = nameless.meta(Map.of());
    if (!meta.path("gill_dimension").isInt()) {
      throw new GillException("the index " + name + " was not made by gill");
    }
    return new OpenSearchIndex(client, name, options, meta.get("gill_dimension").asInt(),
        Float.parseFloat(meta.path("gill_logit_scale").asText()));
  }

  /**
   * Whether a cluster has an index.
   *
   * @param transport reaches the cluster; not closed here
   * @param name of the index
   * @param options of which the patience matters alone
   * @return whether there is one of that name, whoever made it
   * @throws GillException if the cluster cannot be reached
   */
  public static boolean exists(OpenSearchTransport transport, String name, Options options) {
    OpenSearchIndex nameless =
        new OpenSearchIndex(new OpenSearchGenericClient(transport), checked(name), options, 1, 0);
    return nameless.ask("GET", "/_mapping", IF_THERE, null).has(name);
  }

  /** What {@link #create} has noted in the index. */
  private JsonNode meta(Map<String, String> parameters) {
    return ask("GET", "/_mapping", parameters, null).path(name).path("mappings").path("_meta");
  }

  private static String checked(String name) {
    if (!name.matches("[a-z0-9][a-z0-9_-]{0,199}")) {
      throw new IllegalArgumentException(
          "an index's name has up to 200 lower-case letters, digits, hyphens and underscores: " + name);
    }
    return name;
  }

  @Override
  public List<Hit> search(float[] query, int k, ImageFilter filter, Set<String> excluded) {
    Vectors.checkCount(k);
    if (k > MAX_HITS) {
      throw new IllegalArgumentException("k is " + k + ": OpenSearch finds at most " + MAX_HITS);
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
   * Adds the images whose ids are not in the index and replaces those whose ids are: done twice, it is as if done once.
   * For loaders, whose work may be interrupted and done again.
   *
   * @param images no id twice among them; a few thousand at a time are quickest
   * @throws IllegalArgumentException if an id is twice among them, or an embedding has another width, is zero or not
   *     finite
   * @throws GillException if they cannot be written; it says how many were
   */
  public synchronized void put(List<IndexedImage> images) {
    checkOpen();
    List<IndexedImage> checked = Changes.units(images, dimension);
    meta(Map.of()); // an index that is not there would be made by the first image, and not as create makes it
    write(checked);
  }

  /** Which of some ids are in the index, whether or not a search sees them yet. */
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

  /** So many images at once as there may be, but fewer wide ones. */
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

  /** All of it, again and again as long as a node is too busy for a part. */
  private void bulk(String lines, int before, int all) {
    long deadline = System.nanoTime() + patience.toNanos();
    Duration pause = FIRST_PAUSE;
    while (true) {
      JsonNode answer;
      try {
        answer = send("POST", "/_bulk", Map.of(), lines, "application/x-ndjson");
      } catch (GillException e) {
        throw new GillException(e.getMessage() + "; " + before + " of " + all + " images were written before", e);
      } finally {
        written.incrementAndGet();
      }
      if (!answer.path("errors").asBoolean()) {
        return;
      }
      @Nullable String problem = null;
      boolean again = true;
      for (JsonNode item : answer.path("items")) {
        JsonNode result = item.elements().next(); // by the action's name
        int status = result.path("status").asInt();
        boolean gone = item.path("delete").path("result").asText().equals("not_found"); // what is deleted twice
        if (status >= 400 && !gone) {
          problem = result.path("_id").asText() + ": " + result.path("error").path("reason").asText();
          again &= isPassing(status);
        }
      }
      if (problem == null) {
        return;
      }
      if (!again || System.nanoTime() > deadline) {
        throw new GillException("the index " + name + " did not take all images (" + problem + "); at least " + before
            + " of " + all + " were written: look at the cluster's health, then add the rest");
      }
      pause = rest(pause);
    }
  }

  @Override
  public Optional<IndexedImage> find(String id) {
    ObjectNode body = JSON.createObjectNode();
    body.putArray("docs").addObject().put("_id", id); // in the body, where an id may have any letters
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
    checkOpen(); // what has returned is on disks
  }

  /** Ends the use of the index; the transport stays open. */
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
        throw new GillException("the index " + name + ": what answers at its address is not OpenSearch", e);
      } catch (InterruptedIOException e) {
        problem = String.valueOf(e.getMessage()); // a time-out
        cause = e;
      } catch (IOException e) {
        if (e instanceof TransportException || e.getCause() instanceof TransportException) {
          throw refused(String.valueOf(e.getMessage())); // who the user is, or what he may
        }
        problem = e.getClass().getSimpleName() + ": " + e.getMessage();
        cause = e;
      }
      if (System.nanoTime() > deadline) {
        throw new GillException("the index " + name + " cannot be reached, or not all of it (" + problem
            + "), tried for " + patience.toMillis() + " ms: check the cluster's health and the transport's hosts", cause);
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
    } catch (ResponseException e) { // what the transport makes of most refusals: a line of its own, then the answer
      String message = String.valueOf(e.getMessage());
      return new Answer(e.status(), message.substring(message.indexOf('\n') + 1));
    }
  }

  private Refused refused(String problem) {
    return new Refused("the index " + name + ": OpenSearch refuses (" + problem + ")");
  }

  /** What an answer lacks although its status is good; null if nothing. */
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

  /** Too many requests, or a gateway or node that fails or is not up: others may be, or this one soon. */
  private static boolean isPassing(int status) {
    return status == 429 || status >= 500;
  }

  /** Waits, not all clients equally long; returns the next pause. */
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
