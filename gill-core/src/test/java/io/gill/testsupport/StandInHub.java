package io.gill.testsupport;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.hash.Hashing;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Two servers on loopback that behave like the Hugging Face Hub: the Hub itself, which lists repositories and serves
 * small files, and the storage of large files on another port, to which the Hub redirects.
 */
public final class StandInHub implements AutoCloseable {
  /** Files of at least this length are in large-file storage. */
  public static final int LARGE = 1_000;

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern LISTING = Pattern.compile("/api/models/(.+)/revision/(.+)");
  private static final Pattern FILE = Pattern.compile("/(.+)/resolve/([^/]+)/(.+)");
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d+)");

  static {
    System.setProperty("sun.net.httpserver.nodelay", "true"); // otherwise small responses wait for an acknowledgement
  }

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer hub = server(this::answer);
  private final HttpServer storage = server(this::store);
  private final Map<String, Repository> repositories = new ConcurrentHashMap<>();
  private final Map<String, byte[]> large = new ConcurrentHashMap<>();
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private volatile Fault fault = (exchange, request) -> false;

  /** A repository at its newest commit. */
  private record Repository(String commit, String license, Map<String, byte[]> files) {}

  /** A request that arrived. */
  public record Request(boolean toStorage, String method, String path, String authorization, String range) {}

  /** Answers some requests in place of the servers. */
  @FunctionalInterface
  public interface Fault {
    /** Returns whether the request was answered. */
    boolean answers(HttpExchange exchange, Request request) throws IOException;
  }

  private interface Handler {
    void handle(HttpExchange exchange) throws IOException;
  }

  /** Starts both servers. */
  public StandInHub() throws IOException {
    hub.start();
    storage.start();
  }

  private HttpServer server(Handler handler) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", exchange -> {
      try (exchange) {
        handler.handle(exchange);
      } catch (IOException e) {
        // The client has gone.
      }
    });
    return server;
  }

  /** Address of the Hub. */
  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + hub.getAddress().getPort());
  }

  /** Adds a repository, or a new commit of it. Returns the commit. */
  public String put(String repository, String license, Map<String, byte[]> files) {
    String commit = sha1(files.entrySet().stream().map(file -> file.getKey() + id(file.getValue()))
        .collect(Collectors.joining()).getBytes(StandardCharsets.UTF_8));
    repositories.put(repository, new Repository(commit, license, new LinkedHashMap<>(files)));
    files.values().stream().filter(content -> content.length >= LARGE).forEach(this::keep);
    return commit;
  }

  private void keep(byte[] content) {
    large.put(id(content), content);
  }

  /** Serves another content than the one that is listed. */
  public void corrupt(byte[] listed, byte[] served) {
    large.put(id(listed), served);
  }

  /** Sets a fault, which sees every request first. */
  public void fault(Fault value) {
    fault = value;
  }

  /** All requests so far, in the order of their arrival. */
  public List<Request> requests() {
    return requests;
  }

  /** Requests to the storage so far. */
  public List<Request> stored() {
    return requests.stream().filter(Request::toStorage).toList();
  }

  /** Name of a content in the cache. */
  public static String id(byte[] content) {
    return content.length >= LARGE ? Hashing.sha256().hashBytes(content).toString() : gitSha1(content);
  }

  /** Git's SHA-1 of a content. */
  public static String gitSha1(byte[] content) {
    byte[] header = ("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII);
    byte[] all = Arrays.copyOf(header, header.length + content.length);
    System.arraycopy(content, 0, all, header.length, content.length);
    return sha1(all);
  }

  @SuppressWarnings("deprecation") // git's checksum
  private static String sha1(byte[] content) {
    return Hashing.sha1().hashBytes(content).toString();
  }

  private boolean isFaulty(HttpExchange exchange, boolean toStorage) throws IOException {
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    String range = exchange.getRequestHeaders().getFirst("Range");
    Request request = new Request(toStorage, exchange.getRequestMethod(), exchange.getRequestURI().getPath(),
        authorization == null ? "" : authorization, range == null ? "" : range);
    requests.add(request);
    return fault.answers(exchange, request);
  }

  private void answer(HttpExchange exchange) throws IOException {
    if (isFaulty(exchange, false)) {
      return;
    }
    String path = exchange.getRequestURI().getPath();
    Matcher listing = LISTING.matcher(path);
    Matcher file = FILE.matcher(path);
    if (listing.matches() && repositories.containsKey(listing.group(1))) {
      respond(exchange, 200, json(repositories.get(listing.group(1))));
    } else if (file.matches() && repositories.containsKey(file.group(1))) {
      Repository repository = repositories.get(file.group(1));
      byte[] content = repository.files.get(file.group(3));
      exchange.getResponseHeaders().set("X-Repo-Commit", repository.commit);
      exchange.getResponseHeaders().set("X-Linked-Etag", '"' + id(content) + '"');
      exchange.getResponseHeaders().set("X-Linked-Size", String.valueOf(content.length));
      if (content.length >= LARGE) {
        exchange.getResponseHeaders().set("Location",
            "http://127.0.0.1:" + storage.getAddress().getPort() + "/" + id(content) + "?signature=secret");
        respond(exchange, 302, "Found".getBytes(StandardCharsets.UTF_8));
      } else {
        respond(exchange, 200, content);
      }
    } else {
      exchange.getResponseHeaders().set("X-Error-Code", "RepoNotFound");
      respond(exchange, 401, new byte[0]); // what the Hub answers without a token
    }
  }

  private static byte[] json(Repository repository) throws IOException {
    ObjectNode root = JSON.createObjectNode().put("sha", repository.commit);
    root.putObject("cardData").put("license", repository.license);
    ArrayNode siblings = root.putArray("siblings");
    repository.files.forEach((name, content) -> {
      ObjectNode file = siblings.addObject()
          .put("rfilename", name).put("size", content.length).put("blobId", gitSha1(content));
      if (content.length >= LARGE) {
        file.putObject("lfs").put("sha256", id(content)).put("size", content.length);
      }
    });
    return JSON.writeValueAsBytes(root);
  }

  private void store(HttpExchange exchange) throws IOException {
    if (isFaulty(exchange, true)) {
      return;
    }
    byte[] content = large.get(exchange.getRequestURI().getPath().substring(1));
    String requested = exchange.getRequestHeaders().getFirst("Range");
    Matcher range = RANGE.matcher(requested == null ? "" : requested);
    if (!range.matches()) {
      respond(exchange, 200, content);
      return;
    }
    int from = Integer.parseInt(range.group(1));
    int to = Math.min(Integer.parseInt(range.group(2)), content.length - 1);
    exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + to + "/" + content.length);
    respond(exchange, 206, Arrays.copyOfRange(content, from, to + 1));
  }

  /** Content of a file in the storage. */
  public byte[] content(String id) {
    return large.get(id);
  }

  /** Sends a response. */
  public static void respond(HttpExchange exchange, int status, byte[] body) throws IOException {
    boolean head = exchange.getRequestMethod().equals("HEAD");
    if (head) {
      exchange.getResponseHeaders().set("Content-Length", String.valueOf(body.length));
    }
    exchange.sendResponseHeaders(status, head || body.length == 0 ? -1 : body.length);
    if (!head && body.length > 0) {
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(body);
      }
    }
  }

  /** Promises a body and closes the connection within it. */
  public static void cut(HttpExchange exchange, int status, byte[] body, int sent) throws IOException {
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body, 0, sent);
    exchange.getResponseBody().flush();
  }

  @Override
  public void close() {
    hub.stop(0);
    storage.stop(0);
    threads.shutdownNow();
  }
}
