import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Loads a running server: some clients stream replies, and every fifth request is broken off. Prints what was lost,
 * what was not freed, and how long a reply took.
 *
 * <pre>java ServerLoad.java http://127.0.0.1:8080/ [REQUESTS [CLIENTS [SEED]]]</pre>
 */
final class ServerLoad {
  private static final List<String> QUESTIONS = List.of(
      "draw a large blue star in the centre on a white background", "find a picture of a red circle",
      "what can you do?", "draw a small green square on the left on a black background");

  /** Requests of each client that are not measured. */
  private static final int WARM_UP = 4;

  private final HttpClient client = HttpClient.newHttpClient();
  private final URI server;
  private final String model;
  private final AtomicInteger whole = new AtomicInteger();
  private final AtomicInteger brokenOff = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private final List<String> lost = Collections.synchronizedList(new ArrayList<>());
  private final List<Long> nanos = Collections.synchronizedList(new ArrayList<>());
  private final List<Long> firstNanos = Collections.synchronizedList(new ArrayList<>());

  private ServerLoad(URI server) throws IOException, InterruptedException {
    this.server = server;
    model = get("v1/models").replaceFirst("(?s).*?\"id\":\"([^\"]+)\".*", "$1");
  }

  public static void main(String[] args) throws Exception {
    int requests = args.length > 1 ? Integer.parseInt(args[1]) : 1000;
    int clients = args.length > 2 ? Integer.parseInt(args[2]) : 16;
    long seed = args.length > 3 ? Long.parseLong(args[3]) : 1;
    ServerLoad load = new ServerLoad(URI.create(args[0]));
    boolean good = load.run(requests, clients, new SplittableRandom(seed));
    System.exit(good ? 0 : 1);
  }

  private boolean run(int requests, int clients, SplittableRandom random) throws Exception {
    send(WARM_UP * clients, clients, random); // fills the server's kept prompts
    List.of(whole, brokenOff, refused).forEach(count -> count.set(0));
    List.of(nanos, firstNanos, lost).forEach(List::clear);
    long tensors = idleTensors();
    long start = System.nanoTime();
    send(requests, clients, random);
    double seconds = (System.nanoTime() - start) / 1e9;
    long leaked = idleTensors() - tensors;
    System.out.printf(Locale.ROOT,
        "%d requests of %d clients in %.1f s: %d whole, %d broken off, %d times told to wait, %d lost%n",
        requests, clients, seconds, whole.get(), brokenOff.get(), refused.get(), lost.size());
    System.out.println("first text, " + percentiles(firstNanos));
    System.out.println("whole reply, " + percentiles(nanos));
    long active = metric("gill_requests_active");
    System.out.println("requests still active at the server: " + active);
    System.out.printf("tensors at the server: %d before, %+d afterwards%n", tensors, leaked);
    lost.stream().limit(5).forEach(System.out::println);
    return lost.isEmpty() && active == 0 && leaked <= 0 && whole.get() + brokenOff.get() == requests;
  }

  private void send(int requests, int clients, SplittableRandom random) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(clients);
    List<Callable<Void>> tasks = new ArrayList<>();
    for (int i = 0; i < requests; i++) {
      SplittableRandom own = random.split();
      tasks.add(() -> {
        one(own);
        return null;
      });
    }
    for (Future<Void> task : threads.invokeAll(tasks)) {
      task.get();
    }
    threads.shutdown();
  }

  /** Returns the number of tensors once the server answers no request. */
  private long idleTensors() throws Exception {
    for (int i = 0; i < 100 && metric("gill_requests_active") > 0; i++) {
      Thread.sleep(100);
    }
    return metric("gill_tensors");
  }

  private static String percentiles(List<Long> nanos) {
    long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
    StringBuilder text = new StringBuilder();
    for (int p : new int[] {50, 90, 99}) {
      text.append(String.format(Locale.ROOT, "p%d %.0f ms  ", p, sorted[(sorted.length - 1) * p / 100] / 1e6));
    }
    return text.toString().strip();
  }

  private void one(SplittableRandom random) throws Exception {
    String body = "{\"model\": \"" + model + "\", \"stream\": true, \"gill\": {\"steps\": " + random.nextInt(2, 11)
        + "}, \"messages\": [{\"role\": \"user\", \"content\": \""
        + QUESTIONS.get(random.nextInt(QUESTIONS.size())) + "\"}]}";
    if (random.nextInt(5) == 0) {
      breakOff(body, random.nextInt(150));
      return;
    }
    HttpRequest request = HttpRequest.newBuilder(server.resolve("v1/chat/completions"))
        .header("Content-Type", "application/json").timeout(Duration.ofMinutes(2))
        .POST(HttpRequest.BodyPublishers.ofString(body)).build();
    while (true) {
      long start = System.nanoTime();
      HttpResponse<Stream<String>> response = client.send(request, HttpResponse.BodyHandlers.ofLines());
      List<String> lines = new ArrayList<>();
      long[] first = {0};
      response.body().forEach(line -> {
        if (first[0] == 0 && line.matches(".*\"content\":\"[^\"].*")) {
          first[0] = System.nanoTime();
        }
        lines.add(line);
      });
      if (response.statusCode() == 429) {
        refused.incrementAndGet();
        Thread.sleep(1000 * Long.parseLong(response.headers().firstValue("Retry-After").orElse("1")));
        continue;
      }
      if (response.statusCode() == 200 && lines.contains("data: [DONE]")) {
        nanos.add(System.nanoTime() - start);
        if (first[0] > 0) {
          firstNanos.add(first[0] - start);
        }
        whole.incrementAndGet();
      } else {
        lost.add(response.statusCode() + " " + String.join(" ", lines));
      }
      return;
    }
  }

  /** Sends a request and closes the connection after a while. */
  private void breakOff(String body, int millis) throws Exception {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    try (Socket socket = new Socket(server.getHost(), server.getPort())) {
      socket.getOutputStream().write(("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
          + bytes.length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
      Thread.sleep(millis);
      InputStream in = socket.getInputStream();
      in.skipNBytes(Math.min(in.available(), 100));
    }
    brokenOff.incrementAndGet();
  }

  private String get(String path) throws IOException, InterruptedException {
    return client.send(HttpRequest.newBuilder(server.resolve(path)).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private long metric(String name) throws IOException, InterruptedException {
    return Arrays.stream(get("metrics").split("\n")).filter(line -> line.startsWith(name + " "))
        .mapToLong(line -> Long.parseLong(line.substring(name.length() + 1))).findFirst().orElse(-1);
  }
}
