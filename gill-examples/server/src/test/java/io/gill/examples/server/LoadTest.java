package io.gill.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.gill.DiffusionOptions;
import io.gill.GillModel;
import io.gill.stage.Conditioning;
import io.gill.testing.FakeModel;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Limits of concurrency, time-outs, clients that go, and shutdown. */
@Timeout(60)
class LoadTest {
  /** Paints until it is let go or stopped. */
  private static final class Endless extends Painter {
    final CountDownLatch begun = new CountDownLatch(1);
    final CountDownLatch go = new CountDownLatch(1);
    final CountDownLatch stopped = new CountDownLatch(1);

    @Override
    public List<BufferedImage> generate(
        Conditioning conditioning, int count, DiffusionOptions options, Noise noise, StepListener listener) {
      begun.countDown();
      boolean ended = false;
      try {
        while (go.getCount() > 0) {
          if (!listener.onStep(1, 2)) {
            throw new CancellationException("stopped");
          }
          LockSupport.parkNanos(1_000_000);
        }
        ended = true;
      } finally {
        if (!ended) {
          stopped.countDown();
        }
      }
      return super.generate(conditioning, count, options, noise, listener);
    }
  }

  private static GillModel.Builder model(Endless generator) {
    return FakeModel.builder(TestServer::answer).imageGenerator(generator);
  }

  private static ServerOptions options(int running, int queued, Duration timeout) {
    Limits limits = new Limits(1 << 20, 1_000_000, 64, 64, 50, 4, running, queued);
    return new ServerOptions("127.0.0.1", 0, Optional.empty(), List.of(), limits, timeout);
  }

  private static CompletableFuture<HttpResponse<String>> ask(TestServer server, String more) {
    return CompletableFuture.supplyAsync(() -> {
      try {
        return server.post("/v1/chat/completions", TestServer.body(TestServer.user("draw a cat") + more));
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    });
  }

  @Test
  void aRequestMoreThanTheLimitsIsSentAwayWithATimeToWait() throws Exception {
    Endless generator = new Endless();
    try (TestServer server = TestServer.start(options(1, 0, Duration.ofMinutes(1)), model(generator))) {
      CompletableFuture<HttpResponse<String>> first = ask(server, "");
      generator.begun.await();
      HttpResponse<String> second = ask(server, "").get();
      assertThat(second.statusCode()).isEqualTo(429);
      assertThat(Integer.parseInt(second.headers().firstValue("Retry-After").orElseThrow())).isBetween(1, 30);
      assertThat(TestServer.json(second.body()).path("error").path("code").asText()).isEqualTo("server_busy");
      assertThat(server.get("/health").statusCode()).isEqualTo(200); // is still answered
      generator.go.countDown();
      assertThat(first.get().statusCode()).isEqualTo(200);
      assertThat(ask(server, "").get().statusCode()).isEqualTo(200);
    }
  }

  /** Opens connections that send the beginning of a request, and one more byte of it every 50 ms until they are closed. */
  private static final class Drips implements AutoCloseable {
    private final List<Socket> sockets = new ArrayList<>();
    private final char drop;
    private final Thread thread = new Thread(this::drip);
    private volatile boolean closed;

    /** Of bodies of 100,000 bytes. */
    Drips(TestServer server, int count, String path) throws IOException {
      this(server, count, "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n{", ' ');
    }

    Drips(TestServer server, int count, String begin, char drop) throws IOException {
      this.drop = drop;
      for (int i = 0; i < count; i++) {
        Socket socket = new Socket("127.0.0.1", server.server.uri().getPort());
        socket.setSoTimeout(20_000);
        socket.getOutputStream().write(TestServer.bytes(begin));
        sockets.add(socket);
      }
      thread.start();
    }

    private void drip() {
      while (!closed) {
        for (Socket socket : sockets) {
          try {
            socket.getOutputStream().write(drop);
          } catch (IOException e) { // the server has closed it
            continue;
          }
        }
        LockSupport.parkNanos(50_000_000);
      }
    }

    /** Reads from the first connection until the server closes it. */
    String response() {
      ByteArrayOutputStream response = new ByteArrayOutputStream();
      try {
        sockets.get(0).getInputStream().transferTo(response);
      } catch (SocketTimeoutException e) {
        throw new AssertionError("the connection stays open", e);
      } catch (IOException e) { // closed while it dripped
        return response.toString(StandardCharsets.UTF_8);
      }
      return response.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
      closed = true;
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  @Test
  void bodiesOfRefusedRequestsThatDripHoldNothingUp() throws Exception {
    try (TestServer server = TestServer.start();
        Drips drips = new Drips(server, 60, "/v1/nothing")) {
      for (int i = 0; i < 5; i++) {
        long start = System.nanoTime();
        assertThat(server.get("/health").statusCode()).isEqualTo(200);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
        Thread.sleep(100);
      }
      assertThat(drips.response()).startsWith("HTTP/1.1 404 ").contains("Connection: close");
    }
  }

  @Test
  void bodiesThatDripHoldNoPlaceAndEndAfterATime() throws Exception {
    Duration transfer = Duration.ofSeconds(3);
    try (TestServer server = TestServer.start(options(1, 0, Duration.ofMinutes(1)),
            FakeModel.builder(TestServer::answer), Duration.ofMinutes(1), transfer);
        Drips drips = new Drips(server, 60, "/v1/chat/completions")) {
      assertThat(ask(server, "").get().statusCode()).isEqualTo(200);
      assertThat(server.get("/metrics").body()).contains("gill_requests_active 0\n");
      assertThat(drips.response()).startsWith("HTTP/1.1 408 ").contains("request_timeout");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET /health HTTP/1.1\r\nHost: localhost\r\nA: ", "",
      "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET /health HTTP/1.1\r\nHost: localhost\r\nA: "})
  void headersThatDripEndAfterATime(String begin) throws Exception {
    Duration transfer = Duration.ofSeconds(1);
    try (TestServer server = TestServer.start(options(1, 0, Duration.ofMinutes(1)),
            FakeModel.builder(TestServer::answer), Duration.ofMinutes(1), transfer);
        Drips drips = new Drips(server, 20, begin, 'a')) {
      String response = drips.response();
      assertThat(response.split("HTTP/1.1 200 ", -1)).hasSize(begin.contains("\r\n\r\n") ? 2 : 1);
      assertThat(server.get("/health").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void neitherIdleConnectionsNorLongRequestsCountAsSlowHeaders() throws Exception {
    Endless generator = new Endless();
    Duration transfer = Duration.ofMillis(200);
    try (TestServer server = TestServer.start(options(2, 0, Duration.ofMinutes(1)), model(generator),
            Duration.ofMinutes(1), transfer);
        Socket socket = new Socket("127.0.0.1", server.server.uri().getPort())) {
      CompletableFuture<HttpResponse<String>> running = ask(server, "");
      byte[] health = TestServer.bytes("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
      for (int i = 0; i < 2; i++) {
        Thread.sleep(600);
        socket.getOutputStream().write(health);
        assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.UTF_8))
            .isEqualTo("HTTP/1.1 200");
        Thread.sleep(100); // until the rest is there
        assertThat(socket.getInputStream().skip(socket.getInputStream().available())).isPositive();
      }
      generator.go.countDown();
      assertThat(running.get().statusCode()).isEqualTo(200);
    }
  }

  @Test
  void thereAreConnectionsForAllRequestsThatMayRunAndWait() {
    assertThat(GillServer.connections(Limits.defaults())).isEqualTo(512);
    assertThat(GillServer.connections(new Limits(1 << 20, 1, 1, 1, 1, 1, 1000, 1000))).isGreaterThan(2000);
  }

  /** A request whose first byte was read while the server looked whether the client is gone cannot be answered. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aNextRequestThatComesTooEarlyIsNotReadWithoutItsFirstByte(boolean stream) throws Exception {
    Endless generator = new Endless();
    try (TestServer server = TestServer.start(options(1, 0, Duration.ofMinutes(1)), model(generator));
        Socket socket = new Socket("127.0.0.1", server.server.uri().getPort())) {
      byte[] body = TestServer.bytes(TestServer.body(TestServer.user("draw a cat") + ", 'stream': " + stream));
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(TestServer.bytes("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
          + "Content-Length: " + body.length + "\r\n\r\n"));
      socket.getOutputStream().write(body);
      generator.begun.await();
      socket.getOutputStream().write(TestServer.bytes("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"));
      Thread.sleep(300); // the server looks every 50 ms
      generator.go.countDown();
      ByteArrayOutputStream responses = new ByteArrayOutputStream();
      try {
        socket.getInputStream().transferTo(responses);
      } catch (SocketTimeoutException e) {
        throw new AssertionError("the connection stays open", e);
      } catch (IOException e) {
        assertThat(stream).as("broken off: " + e).isTrue(); // its header said nothing of closing
      }
      String text = responses.toString(StandardCharsets.UTF_8);
      assertThat(text.split("HTTP/1\\.1 ", -1)).hasSizeLessThanOrEqualTo(2);
      if (!stream) {
        assertThat(text).startsWith("HTTP/1.1 200 ").contains("Connection: close").endsWith("}");
      }
    }
  }

  /** An embedding that waits for its turn, which a reply without a time-out holds. */
  @Test
  void embeddingsWaitNoLongerThanTheirTimeAndTheirClient() throws Exception {
    for (Duration timeout : List.of(Duration.ofMillis(200), Duration.ofMinutes(1))) {
      Endless generator = new Endless();
      try (TestServer server = TestServer.start(options(4, 4, timeout), model(generator).limits(1, 4))) {
        GillModel model = server.model.orElseThrow();
        CompletableFuture<Void> holding = CompletableFuture.runAsync(() -> model.respond("draw a cat"));
        generator.begun.await();
        for (String path : List.of("/v1/embeddings", "/v1/gill/search")) {
          String fields = "'input': 'a cat', 'query': 'a cat'";
          if (timeout.toSeconds() == 0) {
            HttpResponse<String> late = server.post(path, TestServer.body(fields));
            assertThat(late.statusCode()).as(late.body()).isEqualTo(504);
          } else {
            byte[] body = TestServer.bytes(TestServer.body(fields));
            try (Socket socket = new Socket("127.0.0.1", server.server.uri().getPort())) {
              socket.getOutputStream().write(TestServer.bytes("POST " + path + " HTTP/1.1\r\nHost: localhost\r\n"
                  + "Content-Length: " + body.length + "\r\n\r\n"));
              socket.getOutputStream().write(body);
              awaitMetric(server, "gill_requests_active 1\n");
            }
            awaitMetric(server, "gill_requests_active 0\n");
          }
        }
        assertThat(holding.isDone()).isFalse();
        generator.go.countDown();
        holding.get();
      }
    }
  }

  private static void awaitMetric(TestServer server, String line) throws Exception {
    while (!server.get("/metrics").body().contains(line)) {
      Thread.sleep(10);
    }
  }

  @Test
  void idleConnectionsAreClosedSoonIfThereAreTooMany() throws Exception {
    List<Socket> sockets = new ArrayList<>();
    try (TestServer server = TestServer.start()) {
      for (int i = 0; i < 520; i++) {
        sockets.add(new Socket("127.0.0.1", server.server.uri().getPort()));
      }
      sockets.get(0).setSoTimeout(10_000); // the usual time is 30 s
      assertThat(sockets.get(0).getInputStream().read()).isEqualTo(-1);
      assertThat(server.get("/health").statusCode()).isEqualTo(200);
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  @Test
  void bodiesThatAreBeingReceivedTakeABoundedMemory() throws Exception {
    try (TestServer server =
            TestServer.start(options(1, 0, Duration.ofMinutes(1)), FakeModel.builder(TestServer::answer));
        Socket first = upload(server);
        Socket second = upload(server)) {
      Socket refused = null;
      while (refused == null) {
        refused = first.getInputStream().available() > 0 ? first
            : second.getInputStream().available() > 0 ? second : null;
        Thread.sleep(10);
      }
      assertThat(new String(refused.getInputStream().readNBytes(12), StandardCharsets.UTF_8))
          .isEqualTo("HTTP/1.1 429");
    }
  }

  /** Sends most of a body of the largest size. */
  private static Socket upload(TestServer server) throws IOException {
    Socket socket = new Socket("127.0.0.1", server.server.uri().getPort());
    socket.getOutputStream().write(TestServer.bytes("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
        + "Content-Length: " + (1 << 20) + "\r\n\r\n" + " ".repeat(700_000)));
    return socket;
  }

  @Test
  void theModelsOwnLimitIsReportedInTheSameWay() throws Exception {
    Endless generator = new Endless();
    try (TestServer server =
        TestServer.start(options(2, 2, Duration.ofMinutes(1)), model(generator).limits(1, 0))) {
      CompletableFuture<HttpResponse<String>> first = ask(server, "");
      generator.begun.await();
      HttpResponse<String> second = ask(server, ", 'stream': true").get();
      assertThat(second.statusCode()).isEqualTo(429);
      assertThat(second.headers().firstValue("Retry-After")).isPresent();
      generator.go.countDown();
      assertThat(first.get().statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aClientThatGoesEndsItsReplyWhetherItStreamsOrNot() throws Exception {
    for (String more : List.of("", ", 'stream': true")) {
      Endless generator = new Endless();
      try (TestServer server = TestServer.start(options(1, 0, Duration.ofMinutes(1)), model(generator))) {
        byte[] body = TestServer.bytes(TestServer.body(TestServer.user("draw a cat") + more));
        try (Socket socket = new Socket("127.0.0.1", server.server.uri().getPort())) {
          socket.getOutputStream().write(TestServer.bytes("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
              + "Content-Length: " + body.length + "\r\n\r\n"));
          socket.getOutputStream().write(body);
          socket.getOutputStream().flush();
          generator.begun.await();
        }
        assertThat(generator.stopped.await(20, TimeUnit.SECONDS)).as("streamed: " + more).isTrue();
        generator.go.countDown();
        HttpResponse<String> next;
        do { // the place is free a moment later
          next = ask(server, "").get();
        } while (next.statusCode() == 429);
        assertThat(next.statusCode()).isEqualTo(200);
        String metrics;
        do { // counted a moment later
          metrics = server.get("/metrics").body();
        } while (metrics.contains("gill_disconnects_total 0\n"));
        assertThat(metrics).contains("gill_disconnects_total 1\n");
      }
    }
  }

  /** Paints noise, which does not compress: a picture takes 2.5 MB of a reply, more than the system buffers. */
  private static final class Noisy extends Painter {
    @Override
    public List<BufferedImage> generate(
        Conditioning conditioning, int count, DiffusionOptions options, Noise noise, StepListener listener) {
      Random random = new Random(1);
      BufferedImage image = new BufferedImage(800, 800, BufferedImage.TYPE_INT_RGB);
      for (int i = 0; i < 800 * 800; i++) {
        image.setRGB(i % 800, i / 800, random.nextInt(1 << 24));
      }
      return Collections.nCopies(count, image);
    }
  }

  @ParameterizedTest
  @CsvSource({"false, true", "true, true", "false, false"})
  void aClientThatStopsReadingOrReadsSlowlyHoldsNoPlace(boolean reads, boolean stream) throws Exception {
    GillModel.Builder model = FakeModel.builder(TestServer::answer).imageGenerator(new Noisy()).limits(1, 0);
    Duration idle = reads ? Duration.ofMinutes(1) : Duration.ofMillis(300);
    Duration piece = reads ? Duration.ofMillis(300) : Duration.ofMinutes(1);
    try (TestServer server = TestServer.start(options(1, 0, Duration.ofMinutes(1)), model, idle, piece);
        Socket socket = new Socket()) {
      byte[] body = TestServer.bytes(TestServer.body(TestServer.user("draw a cat")
          + ", 'stream': " + stream + ", 'gill': {'pictures': 4, 'candidates': true}"));
      socket.setReceiveBufferSize(4096);
      socket.connect(new InetSocketAddress("127.0.0.1", server.server.uri().getPort()));
      socket.getOutputStream().write(TestServer.bytes("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
          + "Content-Length: " + body.length + "\r\n\r\n"));
      socket.getOutputStream().write(body);
      socket.getOutputStream().flush();
      byte[] buffer = new byte[2048];
      while (!server.get("/metrics").body().contains("gill_disconnects_total 1\n")) {
        if (reads) { // some 100 kB a second, without a pause that is longer than the limit
          assertThat(socket.getInputStream().read(buffer)).isPositive();
        }
        Thread.sleep(10);
      }
      HttpResponse<String> next;
      do { // the place is free a moment later
        next = ask(server, "").get();
      } while (next.statusCode() == 429);
      assertThat(next.statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aReplyWhoseTimePassesHoldsWhatIsThere() throws Exception {
    Endless generator = new Endless();
    try (TestServer server = TestServer.start(options(1, 0, Duration.ofMillis(300)), model(generator))) {
      JsonNode choice = TestServer.json(ask(server, "").get().body()).path("choices").path(0);
      assertThat(choice.path("message").path("content").asText()).isEqualTo("Here it is.");
      assertThat(choice.path("finish_reason").asText()).isEqualTo("length");
      assertThat(choice.path("message").path("gill").path("finish").asText()).isEqualTo("timed_out");
    }
  }

  @Test
  void aReplyMayTakeLongerThanAConnectionMayStandStill() throws Exception {
    FakeModel slow = FakeModel.saying("Hello.").delay(Duration.ofMillis(100));
    try (TestServer server = TestServer.start(options(1, 0, Duration.ofMinutes(1)), slow.builder(),
        Duration.ofMillis(200), Duration.ofMinutes(1))) {
      assertThat(ask(server, "").get().statusCode()).isEqualTo(200);
    }
  }

  @Test
  void shutdownLetsARunningReplyEnd() throws Exception {
    Endless generator = new Endless();
    TestServer server = TestServer.start(options(1, 0, Duration.ofMinutes(1)), model(generator));
    CompletableFuture<HttpResponse<String>> reply = ask(server, ", 'stream': true");
    generator.begun.await();
    CompletableFuture<Void> closing = CompletableFuture.runAsync(server.server::close);
    generator.go.countDown();
    assertThat(reply.get().statusCode()).isEqualTo(200);
    assertThat(reply.get().body()).endsWith("data: [DONE]\n\n");
    closing.get();
    server.close();
  }

  @Test
  void shutdownCancelsAReplyThatDoesNotEnd() throws Exception {
    Endless generator = new Endless();
    TestServer server = TestServer.start(options(1, 0, Duration.ofMinutes(1)), model(generator));
    CompletableFuture<HttpResponse<String>> reply = ask(server, ", 'stream': true");
    generator.begun.await();
    server.close();
    assertThat(generator.stopped.getCount()).isZero();
    assertThat(reply).failsWithin(Duration.ofSeconds(20));
  }

  @Test
  void aServerThatStillLoadsSaysSo() throws Exception {
    try (TestServer server = TestServer.loading(ServerOptions.defaults())) {
      HttpResponse<String> health = server.get("/health");
      assertThat(health.statusCode()).isEqualTo(503);
      assertThat(health.body()).contains("loading");
      HttpResponse<String> chat = ask(server, "").get();
      assertThat(chat.statusCode()).isEqualTo(503);
      assertThat(TestServer.json(chat.body()).path("error").path("message").asText()).contains("being loaded");
      assertThat(server.get("/").statusCode()).isEqualTo(200);
      assertThat(server.get("/metrics").body()).contains("gill_model_ready 0\n");
    }
  }
}
