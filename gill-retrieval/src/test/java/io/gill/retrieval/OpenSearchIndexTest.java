package io.gill.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.gill.GillException;
import io.gill.stage.ImageRetriever.Hit;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.ClientTlsStrategyBuilder;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.message.BasicHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensearch.client.transport.OpenSearchTransport;
import org.opensearch.client.transport.httpclient5.ApacheHttpClient5TransportBuilder;

/** Tests the handling of responses against a scripted node. */
class OpenSearchIndexTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final OpenSearchOptions PATIENT = new OpenSearchOptions(1, 0, 100, Duration.ofSeconds(60));
  private static final OpenSearchOptions IMPATIENT = new OpenSearchOptions(1, 0, 100, Duration.ofMillis(150));

  private static final String MAPPING = "GET /pictures/_mapping";
  private static final String REFRESH = "POST /pictures/_refresh";
  private static final String SEARCH = "POST /pictures/_search";
  private static final String COUNT = "GET /pictures/_count";
  private static final String MGET = "POST /pictures/_mget";
  private static final String BULK = "POST /pictures/_bulk";

  private static final String HITS = "'hits': {'hits': [{'_id': '7', '_score': 0.9, '_source': {'uri': '7.png'}}]}";
  private static final String ALL_SHARDS = "'_shards': {'total': 3, 'successful': 3, 'failed': 0}";
  private static final String SOME_SHARDS = "'_shards': {'total': 3, 'successful': 2, 'failed': 1, 'failures': "
      + "[{'shard': 1, 'reason': {'type': 'no_shard_available_action_exception', 'reason': null}}]}";
  private static final String NO_SHARD =
      "{'docs': [{'_id': '1', 'error': {'type': 'no_shard_available_action_exception', 'reason': 'no shard'}}]}";

  private final Map<String, Function<Request, Answer>> answers = new ConcurrentHashMap<>();
  private final List<Request> requests = Collections.synchronizedList(new ArrayList<>());
  private HttpServer server;
  private OpenSearchTransport transport;

  @TempDir private Path folder;

  private record Request(String what, String query, String authorization, String body) {}

  private record Answer(int status, String body) {}

  @BeforeEach
  void serve() throws IOException {
    server = serving(HttpServer.create(loopback(), 0));
    transport = ApacheHttpClient5TransportBuilder.builder(node("http", server)).build();
    say(MAPPING, ok(mapping(4)));
    say(REFRESH, ok("{" + ALL_SHARDS + "}"));
    say(SEARCH, ok("{'timed_out': false, " + ALL_SHARDS + ", " + HITS + "}"));
    say(COUNT, ok("{'count': 9, " + ALL_SHARDS + "}"));
    say(MGET, request -> ok("{'docs': [{'_id': '1', 'found': false}]}"));
    say(BULK, ok("{'errors': false, 'items': []}"));
  }

  @AfterEach
  void stop() throws IOException {
    transport.close();
    server.stop(0);
  }

  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private static HttpHost node(String scheme, HttpServer server) {
    return new HttpHost(scheme, "localhost", server.getAddress().getPort());
  }

  private HttpServer serving(HttpServer server) {
    server.createContext("/", this::answer);
    server.start();
    return server;
  }

  private void answer(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    Request request = new Request(exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath(),
        String.valueOf(exchange.getRequestURI().getQuery()),
        String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")), body);
    requests.add(request);
    Answer answer = answers.getOrDefault(request.what, any -> new Answer(404, "{'error': {'reason': 'what?'}}"))
        .apply(request);
    byte[] bytes = answer.body.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(answer.status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private void say(String what, Function<Request, Answer> answer) {
    answers.put(what, answer);
  }

  /** Scripts the responses in order; the last one is repeated. */
  private void say(String what, Answer... inTurn) {
    Deque<Answer> left = new ArrayDeque<>(Arrays.asList(inTurn));
    say(what, request -> left.size() > 1 ? left.remove() : left.element());
  }

  private static Answer ok(String body) {
    return new Answer(200, body);
  }

  private static Answer error(int status, String reason) {
    return new Answer(status, "{'error': {'root_cause': [{'reason': '" + reason + "'}]}}");
  }

  private static String mapping(int dimension) {
    return "{'pictures': {'mappings': {'_meta': {'gill_dimension': " + dimension + ", 'gill_logit_scale': '0.0'}}}}";
  }

  private OpenSearchIndex open(OpenSearchOptions options) {
    return OpenSearchIndex.open(transport, "pictures", options);
  }

  private List<Request> requests(String what) {
    return requests.stream().filter(request -> request.what.equals(what)).toList();
  }

  private static float[] ones(int width) {
    float[] ones = new float[width];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static List<IndexedImage> image() {
    return List.of(new IndexedImage("1", "1.png", ones(4)));
  }

  private static List<String> search(OpenSearchIndex index) {
    return index.search(ones(4), 10, Set.of()).stream().map(Hit::id).toList();
  }

  @Test
  void searchesWithFailedShardsAreRetried() {
    OpenSearchIndex index = open(PATIENT);
    say(REFRESH, ok("{" + SOME_SHARDS + "}"), ok("{" + ALL_SHARDS + "}"));
    say(SEARCH, ok("{'timed_out': false, " + SOME_SHARDS + ", 'hits': {'hits': []}}"),
        ok("{'timed_out': true, " + ALL_SHARDS + ", 'hits': {'hits': []}}"),
        ok("{'timed_out': false, " + ALL_SHARDS + ", " + HITS + "}"));
    assertThat(search(index)).containsExactly("7");
    assertThat(requests(REFRESH)).hasSize(2);
    say(COUNT, ok("{'count': 6, " + SOME_SHARDS + "}"), ok("{'count': 9, " + ALL_SHARDS + "}"));
    assertThat(index.size()).isEqualTo(9);
    Answer there = ok("{'docs': [{'_id': '1', 'found': true, '_source': {'id': '1', 'uri': '1.png'}}]}");
    say(MGET, ok(NO_SHARD), there);
    assertThat(index.find("1")).isPresent();
    say(MGET, ok(NO_SHARD), there);
    assertThat(index.delete(List.of("1"))).isEqualTo(1);
    say(MGET, ok(NO_SHARD), there);
    assertThatIllegalArgumentException().isThrownBy(() -> index.add(image())).withMessageContaining("already");
  }

  @Test
  void aPatienceOfCenturiesNeverEnds() {
    OpenSearchIndex index = open(new OpenSearchOptions(1, 0, 100, ChronoUnit.FOREVER.getDuration()));
    say(SEARCH, error(503, "later"), ok("{'timed_out': false, " + ALL_SHARDS + ", " + HITS + "}"));
    assertThat(search(index)).containsExactly("7");
    String busy = "{'errors': true, 'items': [{'create': {'_id': '1', 'status': 429, 'error': {'reason': 'busy'}}}]}";
    say(BULK, ok(busy), ok("{'errors': false, 'items': []}"));
    index.add(image());
    assertThat(requests(BULK)).hasSize(2);
  }

  @Test
  void incompleteResponsesAreErrors() {
    say(SEARCH, ok("{'timed_out': false, " + SOME_SHARDS + ", " + HITS + "}"));
    assertIncomplete(index -> search(index), "1 of 3 shards failed: no_shard_available");
    say(SEARCH, ok("{'timed_out': true, " + ALL_SHARDS + ", " + HITS + "}"));
    assertIncomplete(index -> search(index), "in time");
    say(COUNT, ok("{'count': 6, " + SOME_SHARDS + "}"));
    assertIncomplete(OpenSearchIndex::size, "1 of 3 shards failed");
    say(REFRESH, ok("{" + SOME_SHARDS + "}"));
    assertIncomplete(index -> search(index), "1 of 3 shards failed");
    say(MGET, ok(NO_SHARD));
    assertIncomplete(index -> index.find("1"), "1: no shard");
    assertIncomplete(index -> index.delete(List.of("1")), "1: no shard");
    assertIncomplete(index -> index.add(image()), "1: no shard");
    assertIncomplete(index -> index.update(image()), "1: no shard");
    assertThat(requests(BULK)).isEmpty();
  }

  private void assertIncomplete(Consumer<OpenSearchIndex> action, String reason) {
    OpenSearchIndex index = open(IMPATIENT);
    assertThatThrownBy(() -> action.accept(index)).isInstanceOf(GillException.class)
        .hasMessageContaining("some of its shards").hasMessageContaining(reason).hasMessageContaining("health");
  }

  @Test
  void readsRequireAllShards() {
    say("POST /pictures/_search/point_in_time", ok("{'pit_id': 'p', " + ALL_SHARDS + "}"));
    say("POST /_search", ok("{'timed_out': false, " + ALL_SHARDS + ", 'hits': {'hits': []}}"));
    say("DELETE /_search/point_in_time", ok("{}"));
    OpenSearchIndex index = open(PATIENT);
    search(index);
    index.forEach(image -> {});
    for (String what : List.of(SEARCH, "POST /_search")) {
      assertThat(requests(what)).extracting(Request::query).containsExactly("allow_partial_search_results=false");
    }
    assertThat(requests("POST /pictures/_search/point_in_time").get(0).query)
        .contains("allow_partial_pit_creation=false");
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 500, 502, 503, 504})
  void requestsToBusyNodesAreRetried(int status) {
    OpenSearchIndex index = open(PATIENT);
    say(SEARCH, error(status, "not now"), error(status, "not now"), ok("{" + ALL_SHARDS + ", " + HITS + "}"));
    assertThat(search(index)).containsExactly("7");
    assertThat(requests(SEARCH)).hasSize(3);
    say(SEARCH, error(status, "not now"));
    assertThatThrownBy(() -> search(open(IMPATIENT))).isInstanceOf(GillException.class)
        .hasMessageContaining(status + ", not now").hasMessageContaining("tried for 150 ms");
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 404, 413})
  void rejectedRequestsAreNotRetried(int status) {
    OpenSearchIndex index = open(PATIENT);
    say(SEARCH, error(status, "a bad question"));
    assertThatThrownBy(() -> search(index)).isInstanceOf(GillException.class)
        .hasMessageContaining("OpenSearch rejected").hasMessageContaining("(" + status + ", a bad question)");
    assertThat(requests(SEARCH)).hasSize(1);
    say(SEARCH, ok("<html>"));
    assertThatThrownBy(() -> search(index)).isInstanceOf(GillException.class).hasMessageContaining("not OpenSearch");
  }

  @Test
  void partlyRejectedBulksAreRetried() {
    OpenSearchIndex index = open(PATIENT);
    say(BULK, ok("{'errors': true, 'items': [{'index': {'_id': '1', 'status': 201}}, "
        + "{'index': {'_id': '2', 'status': 429, 'error': {'reason': 'full'}}}]}"),
        ok("{'errors': false, 'items': []}"));
    index.put(List.of(new IndexedImage("1", "", ones(4)), new IndexedImage("2", "", ones(4))));
    assertThat(requests(BULK)).hasSize(2).extracting(Request::body).allMatch(body -> body.lines().count() == 4);
  }

  @Test
  void aPartialFailureSaysHowManyImagesWereWritten() {
    OpenSearchIndex index = open(PATIENT);
    say(BULK, ok("{'errors': false, 'items': []}"),
        ok("{'errors': true, 'items': [{'index': {'_id': '500', 'status': 400, 'error': {'reason': 'bad'}}}]}"));
    List<IndexedImage> images =
        IntStream.range(0, 501).mapToObj(i -> new IndexedImage("" + i, "", ones(4))).toList();
    assertThatThrownBy(() -> index.put(images)).isInstanceOf(GillException.class)
        .hasMessageContaining("500: bad").hasMessageContaining("at least 500 of 501");
    assertThat(requests(BULK)).hasSize(2);
  }

  @Test
  void changesOfAMissingIndexFail() {
    OpenSearchIndex index = open(PATIENT);
    String missing = "{'errors': true, 'items': [{'%s': {'_id': '1', 'status': 404, "
        + "'error': {'type': 'index_not_found_exception', 'reason': 'no such index'}}}]}";
    say(BULK, ok(missing.formatted("index")));
    assertThatThrownBy(() -> index.put(image())).isInstanceOf(GillException.class)
        .hasMessageContaining("no such index");
    assertThatThrownBy(() -> index.add(image())).isInstanceOf(GillException.class)
        .hasMessageContaining("no such index");
    say(MGET, ok("{'docs': [{'_id': '1', 'found': true}]}"));
    say(BULK, ok(missing.formatted("delete")));
    assertThatThrownBy(() -> index.delete(List.of("1"))).isInstanceOf(GillException.class)
        .hasMessageContaining("no such index");
    say(BULK, ok("{'errors': true, 'items': [{'delete': {'_id': '1', 'status': 404, 'result': 'not_found'}}]}"));
    assertThat(index.delete(List.of("1"))).isEqualTo(1);
  }

  /** A bulk would create the index with a dynamic mapping. */
  @Test
  void putDoesNotCreateAMissingIndex() {
    OpenSearchIndex index = open(PATIENT);
    say(MAPPING, error(404, "no such index"));
    assertThatThrownBy(() -> index.put(image())).isInstanceOf(GillException.class)
        .hasMessageContaining("no such index");
    assertThat(requests(BULK)).isEmpty();
  }

  @Test
  void createAcceptsAnIndexMadeByItsFailedRequest() {
    say("PUT /pictures", error(503, "too late"), error(400, "index [pictures] already exists"));
    say(MAPPING, request -> ok("{'pictures': " + sent("PUT /pictures", 0) + "}"));
    try (OpenSearchIndex index = OpenSearchIndex.create(transport, "pictures", 4, 0, PATIENT)) {
      assertThat(search(index)).containsExactly("7");
    }
    assertThat(requests("PUT /pictures")).hasSize(2);
  }

  @Test
  void createRejectsAnIndexMadeByOthers() {
    say("PUT /pictures", error(503, "too late"), error(400, "index [pictures] already exists"));
    assertThatThrownBy(() -> OpenSearchIndex.create(transport, "pictures", 4, 0, PATIENT))
        .isInstanceOf(GillException.class).hasMessageContaining("already exists");
    say("PUT /pictures", ok("{}"));
    OpenSearchIndex.create(transport, "pictures", 4, 0, PATIENT);
    String first = sent("PUT /pictures", 2);
    say("PUT /pictures", error(400, "index [pictures] already exists"));
    say(MAPPING, ok("{'pictures': " + first + "}"));
    assertThatThrownBy(() -> OpenSearchIndex.create(transport, "pictures", 4, 0, PATIENT))
        .isInstanceOf(GillException.class).hasMessageContaining("already exists");
    say(MAPPING, ok("{}"));
    say("PUT /pictures", error(400, "too many shards"));
    assertThatThrownBy(() -> OpenSearchIndex.create(transport, "pictures", 4, 0, PATIENT))
        .isInstanceOf(GillException.class).hasMessageContaining("too many shards");
  }

  private String sent(String what, int index) {
    return requests(what).get(index).body;
  }

  @Test
  void limitsOfOpenSearchAreChecked() {
    OpenSearchIndex index = open(PATIENT);
    assertThat(index.search(ones(4), 10_000, Set.of())).hasSize(1);
    assertThatIllegalArgumentException().isThrownBy(() -> index.search(ones(4), 10_001, Set.of()))
        .withMessageContaining("k is 10001").withMessageContaining("10000");
    assertThatIllegalArgumentException().isThrownBy(() -> new OpenSearchOptions(1, 0, 10_001, Duration.ZERO))
        .withMessageContaining("candidates");
    assertThat(requests(SEARCH)).hasSize(1);
  }

  /** OpenSearch accepts 1,024 clauses. */
  @Test
  void manyValuesAreFewClauses() throws IOException {
    OpenSearchIndex index = open(PATIENT);
    ImageFilter[] folders = IntStream.range(0, 70_000).mapToObj(i -> ImageFilter.is("folder", "" + i))
        .toArray(ImageFilter[]::new);
    ImageFilter[] others = Stream.of(folders).map(ImageFilter::not).toArray(ImageFilter[]::new);
    index.search(ones(4), 1, ImageFilter.any(folders), Set.of());
    index.search(ones(4), 1, ImageFilter.all(others), Set.of());
    for (int i = 0; i < 2; i++) {
      JsonNode filter = JSON.readTree(sent(SEARCH, i)).findValue("filter").path("bool").path("filter").path(0);
      JsonNode any = i == 0 ? filter : filter.path("bool").path("must_not").path(0);
      assertThat(any.path("bool").path("should").size()).isEqualTo(2);
      assertThat(any.path("bool").path("should").path(0).path("terms").path("attributes").size()).isEqualTo(65_536);
      assertThat(any.path("bool").path("should").path(1).path("terms").path("attributes").size()).isEqualTo(4_464);
    }
  }

  /** Nodes accept and the client reads 100 MB. */
  @Test
  void requestsHoldFewerWideImages() throws IOException {
    int width = 16_000;
    say(MAPPING, ok(mapping(width)));
    say("POST /pictures/_search/point_in_time", ok("{'pit_id': 'p', " + ALL_SHARDS + "}"));
    say("POST /_search", ok("{" + ALL_SHARDS + ", 'hits': {'hits': []}}"));
    say("DELETE /_search/point_in_time", ok("{}"));
    OpenSearchIndex index = open(PATIENT);
    float[] values = ones(width);
    index.put(IntStream.range(0, 40).mapToObj(i -> new IndexedImage("" + i, "", values)).toList());
    assertThat(requests(BULK)).extracting(request -> request.body.lines().count() / 2).containsExactly(32L, 8L);
    index.forEach(image -> {});
    JsonNode asked = JSON.readTree(sent("POST /_search", 0));
    assertThat(asked.path("size").asInt()).isEqualTo(32);

    requests.clear();
    say(MAPPING, ok(mapping(256)));
    open(PATIENT).forEach(image -> {});
    assertThat(JSON.readTree(sent("POST /_search", 0)).path("size").asInt()).isEqualTo(1000);
  }

  @Test
  void theTransportAuthenticates() throws IOException {
    Function<Request, Answer> guarded = request ->
        request.authorization.equals("Basic dTpw") ? ok(mapping(4)) : error(401, "who is it?");
    say(MAPPING, guarded);
    assertThatThrownBy(() -> open(PATIENT)).isInstanceOf(GillException.class)
        .hasMessageContaining("OpenSearch rejected").hasMessageContaining("(Unauthorized access)");
    assertThat(requests).hasSize(1);
    try (OpenSearchTransport known = ApacheHttpClient5TransportBuilder.builder(node("http", server))
        .setDefaultHeaders(new Header[] {new BasicHeader("Authorization", "Basic dTpw", true)}).build()) {
      assertThat(OpenSearchIndex.open(known, "pictures", PATIENT).dimension()).isEqualTo(4);
    }
  }

  @Test
  void theTransportDeterminesTls() throws Exception {
    SSLContext context = LocalhostTls.context(folder);
    HttpsServer secure = HttpsServer.create(loopback(), 0);
    secure.setHttpsConfigurator(new HttpsConfigurator(context));
    serving(secure);
    try (OpenSearchTransport stranger = ApacheHttpClient5TransportBuilder.builder(node("https", secure)).build();
        OpenSearchTransport trusting = ApacheHttpClient5TransportBuilder.builder(node("https", secure))
            .setHttpClientConfigCallback(client -> client.setConnectionManager(
                PoolingAsyncClientConnectionManagerBuilder.create().setTlsStrategy(
                    ClientTlsStrategyBuilder.create().setSslContext(context).buildAsync()).build())).build()) {
      assertThatThrownBy(() -> OpenSearchIndex.open(stranger, "pictures", IMPATIENT))
          .isInstanceOf(GillException.class).hasMessageContaining("SSLHandshakeException");
      assertThat(requests).isEmpty();
      assertThat(search(OpenSearchIndex.open(trusting, "pictures", PATIENT))).containsExactly("7");
    } finally {
      secure.stop(0);
    }
  }

  @Test
  void errorsSayWhatToDo() throws IOException {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OpenSearchIndex.create(transport, "../etc", 8, 0, PATIENT))
        .withMessageContaining("lower-case");
    try (OpenSearchTransport nobody =
        ApacheHttpClient5TransportBuilder.builder(new HttpHost("http", "127.0.0.1", 1)).build()) {
      assertThatThrownBy(() -> OpenSearchIndex.open(nobody, "any", IMPATIENT))
          .isInstanceOf(GillException.class).hasMessageContaining("cannot be reached")
          .hasMessageContaining("check the cluster");
    }
    say(MAPPING, ok("{'pictures': {'mappings': {}}}"));
    assertThatThrownBy(() -> open(PATIENT)).isInstanceOf(GillException.class)
        .hasMessageContaining("not created by gill");
    say(MAPPING, ok(mapping(4)));
    OpenSearchIndex closed = open(PATIENT);
    closed.close();
    assertThatThrownBy(() -> closed.add(List.of())).isInstanceOf(IllegalStateException.class);
  }
}
