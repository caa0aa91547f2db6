package io.gill.retrieval;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.Iterables;
import io.gill.GillException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.opensearch.client.transport.OpenSearchTransport;

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
  private static final int GROUP = 500;
  private static final int PAGE = 1000;

  /** Maximum bytes of the embeddings in a bulk or page. Nodes accept and the client reads 100 MB, including URIs. */
  private static final int MOST_BYTES = 8 << 20;

  /** Maximum length of a number in JSON, with its comma. */
  private static final int BYTES_OF_A_NUMBER = 16;

  private static final int MAX_DIMENSION = 16_000;

  /** OpenSearch's default {@code index.max_result_window}. */
  static final int MAX_HITS = 10_000;

  private static final String KEEP_ALIVE = "5m";

  /** Makes OpenSearch fail instead of returning results from the remaining shards. */
  private static final Map<String, String> WHOLE = Map.of("allow_partial_search_results", "false");

  private static final Map<String, String> IF_THERE = Map.of("ignore_unavailable", "true");

  private final OpenSearchRequests requests;
  private final String name;
  private final int candidates;
  private final int dimension;
  private final float logitScale;
  private final float scale;
  private final AtomicLong written = new AtomicLong();
  private volatile long visible = -1; // another client may just have written
  private volatile boolean closed;

  private OpenSearchIndex(OpenSearchRequests requests, String name, int candidates, int dimension, float logitScale) {
    this.requests = requests;
    this.name = name;
    this.candidates = candidates;
    this.dimension = dimension;
    this.logitScale = logitScale;
    this.scale = Vectors.scale(logitScale);
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
      OpenSearchTransport transport, String name, int dimension, float logitScale, OpenSearchOptions options) {
    if (dimension < 1 || dimension > MAX_DIMENSION) {
      throw new IllegalArgumentException("dimension must be between 1 and " + MAX_DIMENSION + ": " + dimension);
    }
    OpenSearchRequests requests = requests(transport, name, options);
    OpenSearchIndex index = new OpenSearchIndex(requests, name, options.candidates(), dimension, logitScale);
    OpenSearchJson.Meta meta = new OpenSearchJson.Meta(dimension, logitScale, UUID.randomUUID().toString());
    try {
      requests.send("PUT", "", Map.of("wait_for_active_shards", "1"), OpenSearchJson.index(options, meta));
    } catch (OpenSearchRequests.Rejected e) {
      // A retry fails if the first request created the index after all.
      if (!meta.equals(meta(requests, name, IF_THERE))) {
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
  public static OpenSearchIndex open(OpenSearchTransport transport, String name, OpenSearchOptions options) {
    OpenSearchRequests requests = requests(transport, name, options);
    OpenSearchJson.@Nullable Meta meta = meta(requests, name, Map.of());
    if (meta == null) {
      throw new GillException("the index " + name + " was not created by gill: choose another name");
    }
    return new OpenSearchIndex(requests, name, options.candidates(), meta.dimension(), meta.logitScale());
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
  public static boolean exists(OpenSearchTransport transport, String name, OpenSearchOptions options) {
    return requests(transport, name, options).send("GET", "/_mapping", IF_THERE, null).has(name);
  }

  /** The metadata that {@link #create} stored in an index; null if there is none. */
  private static OpenSearchJson.@Nullable Meta meta(
      OpenSearchRequests requests, String name, Map<String, String> parameters) {
    return OpenSearchJson.Meta.of(requests.send("GET", "/_mapping", parameters, null), name);
  }

  private static OpenSearchRequests requests(OpenSearchTransport transport, String name, OpenSearchOptions options) {
    if (!name.matches("[a-z0-9][a-z0-9_-]{0,199}")) {
      throw new IllegalArgumentException(
          "an index's name must be up to 200 lower-case letters, digits, hyphens and underscores, and start with a "
              + "letter or digit: " + name);
    }
    return new OpenSearchRequests(transport, name, options.patience());
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
    JsonNode body = OpenSearchJson.search(unit, Math.max(k, candidates), filter, excluded);
    List<Hit> hits = new ArrayList<>();
    for (JsonNode hit : ask("POST", "/_search", WHOLE, body).path("hits").path("hits")) {
      // OpenSearch's score of cosines is (1 + cosine) / 2.
      double score = (2 * hit.path("_score").asDouble() - 1) * scale;
      hits.add(new Hit(hit.path("_id").asText(), hit.path("_source").path("uri").asText(), score));
    }
    hits.sort(Vectors.BEST_FIRST);
    return List.copyOf(hits.subList(0, Math.min(k, hits.size())));
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
    ask("GET", "/_mapping", Map.of(), null); // a bulk would create a missing index without our mapping
    write(checked);
  }

  /** The ids that the index contains, whether or not searches see them yet. */
  private Set<String> known(Collection<String> ids) {
    Set<String> known = new HashSet<>();
    for (List<String> group : Iterables.partition(ids, GROUP)) {
      JsonNode body = OpenSearchJson.documents(group, false);
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
      bulk(OpenSearchJson.writing(group), made, images.size());
      made += group.size();
    }
  }

  @Override
  public synchronized int delete(Collection<String> ids) {
    checkOpen();
    Set<String> known = known(Set.copyOf(ids));
    int made = 0;
    for (List<String> group : Iterables.partition(known, GROUP)) {
      bulk(OpenSearchJson.deleting(group), made, known.size());
      made += group.size();
    }
    return known.size();
  }

  private void bulk(String lines, int before, int all) {
    try { // a failed bulk may also have written images
      requests.bulk(lines, before, all);
    } finally {
      written.incrementAndGet();
    }
  }

  @Override
  public Optional<IndexedImage> find(String id) {
    JsonNode body = OpenSearchJson.documents(List.of(id), true); // in the body, where an id needs no escaping
    JsonNode doc = ask("POST", "/_mget", Map.of(), body).path("docs").path(0);
    return doc.path("found").asBoolean()
        ? Optional.of(OpenSearchJson.image(doc.path("_source"), dimension)) : Optional.empty();
  }

  @Override
  public void forEach(Consumer<IndexedImage> action) {
    makeVisible();
    Map<String, String> parameters = Map.of("keep_alive", KEEP_ALIVE, "allow_partial_pit_creation", "false");
    String point = ask("POST", "/_search/point_in_time", parameters, null).path("pit_id").asText();
    try {
      visit(point, action);
    } finally {
      requests.sendToCluster("DELETE", "/_search/point_in_time", Map.of(), OpenSearchJson.release(point));
    }
  }

  private void visit(String point, Consumer<IndexedImage> action) {
    int page = atOnce(PAGE);
    @Nullable String last = null;
    JsonNode hits;
    do {
      JsonNode body = OpenSearchJson.page(point, KEEP_ALIVE, page, last);
      hits = requests.sendToCluster("POST", "/_search", WHOLE, body).path("hits").path("hits");
      for (JsonNode hit : hits) {
        action.accept(OpenSearchJson.image(hit.path("_source"), dimension));
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
    return requests.send(method, path, parameters, body);
  }
}
