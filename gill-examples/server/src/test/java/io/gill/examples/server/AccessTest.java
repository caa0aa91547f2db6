package io.gill.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import io.gill.testing.FakeModel;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The key, web pages of other origins, names of the host. */
class AccessTest {
  private static final String FRIEND = "https://chat.example.com";

  private static TestServer server;

  @BeforeAll
  static void start() {
    server = TestServer.start(
        new ServerOptions("127.0.0.1", 0, Optional.of("secret"), List.of(FRIEND), Limits.defaults(),
            Duration.ofMinutes(1)),
        FakeModel.builder(TestServer::answer));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void onlyTheKeyOpensWhatComputesOrTells() throws Exception {
    for (String path : List.of("/v1/models", "/metrics", "/api/tags", "/api/version")) {
      HttpResponse<String> none = server.get(path);
      assertThat(none.statusCode()).as(path).isEqualTo(401);
      assertThat(none.headers().firstValue("WWW-Authenticate")).contains("Bearer");
      for (String wrong : List.of("Bearer secret2", "Bearer ", "Basic secret", "secret")) {
        assertThat(TestServer.send(server.request(path).header("Authorization", wrong)).statusCode()).isEqualTo(401);
      }
      assertThat(TestServer.send(server.request(path).header("Authorization", "Bearer secret")).statusCode())
          .isEqualTo(200);
    }
    assertThat(server.post("/v1/chat/completions", TestServer.body(TestServer.user("a"))).statusCode()).isEqualTo(401);
    assertThat(server.get("/health").statusCode()).isEqualTo(200);
    assertThat(server.get("/").statusCode()).isEqualTo(200);
  }

  @Test
  void pagesOfOtherOriginsMayUseTheServerOnlyIfTheyAreNamed() throws Exception {
    HttpResponse<String> foreign = TestServer.send(server.request("/health").header("Origin", "https://evil.example"));
    assertThat(foreign.statusCode()).isEqualTo(403);
    assertThat(foreign.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
    assertThat(TestServer.send(server.request("/health").header("Origin", "null")).statusCode()).isEqualTo(403);

    HttpResponse<String> friend = TestServer.send(server.request("/health").header("Origin", FRIEND));
    assertThat(friend.statusCode()).isEqualTo(200);
    assertThat(friend.headers().firstValue("Access-Control-Allow-Origin")).contains(FRIEND);
    HttpResponse<String> preflight = TestServer.send(server.request("/v1/chat/completions")
        .method("OPTIONS", HttpRequest.BodyPublishers.noBody()).header("Origin", FRIEND)
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "authorization, content-type"));
    assertThat(preflight.statusCode()).isEqualTo(204);
    assertThat(preflight.headers().firstValue("Access-Control-Allow-Headers")).contains("authorization, content-type");

    String own = server.server.uri().toString().replaceFirst("/$", "");
    assertThat(TestServer.send(server.request("/health").header("Origin", own)).statusCode()).isEqualTo(200);
  }

  @Test
  void originsAreReadAsBrowsersSendThem() {
    assertThat(origin("HTTPS://Chat.Example.COM")).isEqualTo("https://chat.example.com");
    assertThat(origin("https://chat.example.com:443")).isEqualTo("https://chat.example.com");
    assertThat(origin("http://LOCALHOST:80")).isEqualTo("http://localhost");
    assertThat(origin("http://localhost:3000")).isEqualTo("http://localhost:3000");
    assertThat(origin("http://[::1]:8080")).isEqualTo("http://[::1]:8080");
    assertThat(origin("app://gill")).isEqualTo("app://gill");
  }

  @ParameterizedTest
  @ValueSource(strings = {"*", "", "null", "chat.example.com", "chat.example.com:443", "//chat.example.com",
    "https://", "https:chat.example.com", "https://chat.example.com/", "https://chat.example.com/page",
    "https://chat.example.com?x", "https://chat.example.com#x", "https://*.example.com", "https://me@chat.example.com",
    "https://chat.example.com,https://other.example.com", "https://chat example.com"})
  void whatIsNoOriginIsRefused(String given) {
    assertThatThrownBy(() -> origin(given)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("the origin " + given + " is not of the form https://chat.example.com");
  }

  private static String origin(String given) {
    return new ServerOptions("127.0.0.1", 0, Optional.empty(), List.of(given), Limits.defaults(), Duration.ofMinutes(1))
        .origins().get(0);
  }

  @Test
  void onLoopbackOtherHostNamesAreRejected() throws Exception {
    assertThat(raw("evil.example")).startsWith("HTTP/1.1 403");
    assertThat(raw("localhost:" + server.server.uri().getPort())).startsWith("HTTP/1.1 200");
    assertThat(raw("[::1]:80")).startsWith("HTTP/1.1 200");
    assertThat(raw("chat.example.com")).startsWith("HTTP/1.1 200"); // of a proxy that --origin names
    assertThat(raw("Chat.Example.com:443")).startsWith("HTTP/1.1 200");
    assertThat(raw("chat.example.com.evil.example")).startsWith("HTTP/1.1 403");
  }

  private static String raw(String host) throws Exception {
    try (Socket socket = new Socket("127.0.0.1", server.server.uri().getPort());
        OutputStream out = socket.getOutputStream()) {
      out.write(("GET /health HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
          .getBytes(StandardCharsets.US_ASCII));
      out.flush();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void thePageMayContactNothingElse() throws Exception {
    for (String file : List.of("/", "/app.js", "/style.css")) {
      HttpResponse<String> response = server.get(file);
      assertThat(response.headers().firstValue("Content-Security-Policy").orElseThrow())
          .contains("default-src 'none'").contains("script-src 'self'").doesNotContain("unsafe");
      assertThat(response.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
      String tag = response.headers().firstValue("ETag").orElseThrow();
      assertThat(TestServer.send(server.request(file).header("If-None-Match", tag)).statusCode()).isEqualTo(304);
    }
  }

  @Test
  void requestIdsOfClientsAreKeptIfTheyAreHarmless() throws Exception {
    assertThat(TestServer.send(server.request("/health").header("X-Request-Id", "job-17.a_b")).headers()
        .firstValue("X-Request-Id")).contains("job-17.a_b");
    assertThat(TestServer.send(server.request("/health").header("X-Request-Id", "a b<c>")).headers()
        .firstValue("X-Request-Id").orElseThrow()).matches("[a-z0-9]{13}");
  }

  @Test
  void aPortThatIsTakenIsReportedInOneLine() {
    int taken = server.server.uri().getPort();
    ServerOptions same = new ServerOptions(
        "127.0.0.1", taken, Optional.empty(), List.of(), Limits.defaults(), Duration.ofMinutes(1));
    assertThatThrownBy(() -> GillServer.start(same)).isInstanceOf(GillException.class)
        .hasMessageContaining("port " + taken).hasMessageContaining("--port");
  }
}
