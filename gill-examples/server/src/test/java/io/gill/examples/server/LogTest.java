package io.gill.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.GillException;
import io.gill.GillModel;
import io.gill.Session;
import io.gill.stage.ImageRetriever;
import io.gill.testing.FakeLanguageModel;
import io.gill.testing.FakeModel;
import io.gill.testing.FakeTokenizer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Nothing that users send is logged at level INFO or above. The log of the tests is standard error, with exceptions and
 * their messages; what is logged with the JDK's loggers is added.
 */
class LogTest {
  /** What users send. It is a file name, a header and a word of HTTP as well. */
  private static final String SECRET = "tellnobody";

  private static final ByteArrayOutputStream LOGGED = new ByteArrayOutputStream();
  private static final PrintStream BEFORE = System.err;
  private static final Handler JDK = new Handler() {
    private final SimpleFormatter formatter = new SimpleFormatter();

    @Override
    public void publish(LogRecord record) {
      if (record.getLevel().intValue() >= Level.INFO.intValue()) {
        LOGGED.writeBytes(formatter.format(record).getBytes(StandardCharsets.UTF_8));
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  };

  private static TestServer server;

  /** Answers, or fails with a message that quotes the prompt. */
  private static String answer(String prompt) {
    if (prompt.contains("fail")) {
      throw new GillException("cannot answer " + prompt, new IllegalStateException("cause: " + prompt));
    }
    if (prompt.contains("break")) {
      throw new IllegalStateException("cannot answer " + prompt);
    }
    if (prompt.contains("wait")) {
      try {
        Thread.sleep(200); // until the server sees that the client is gone
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    if (prompt.contains("memory")) {
      throw new OutOfMemoryError("for " + prompt);
    }
    return TestServer.answer(prompt);
  }

  @BeforeAll
  static void start() {
    System.setErr(new PrintStream(LOGGED, true, StandardCharsets.UTF_8));
    Logger.getLogger("").addHandler(JDK);
    FakeTokenizer tokenizer = new FakeTokenizer();
    ImageRetriever retriever = (embedding, k, excluded) -> {
      throw new GillException("cannot search for " + SECRET);
    };
    server = TestServer.start(TestServer.options(new Limits(200_000, 1_000_000, 64, 64, 50, 4, 2, 8)),
        FakeModel.builder(LogTest::answer).tokenizer(tokenizer).imageRetriever(retriever)
            .languageModel(new FakeLanguageModel(tokenizer, LogTest::answer, 400)));
  }

  @AfterAll
  static void stop() {
    server.close();
    Logger.getLogger("").removeHandler(JDK);
    System.setErr(BEFORE);
  }

  private static String logged() {
    return LOGGED.toString(StandardCharsets.UTF_8);
  }

  private static void assertSilent() {
    assertThat(logged()).doesNotContainIgnoringCase(SECRET);
  }

  /** Waits for the line of a request, which follows its response. */
  private static void awaitLine(String id) throws InterruptedException {
    for (int i = 0; i < 500 && !logged().contains(id); i++) {
      Thread.sleep(10);
    }
    assertThat(logged()).contains(id);
  }

  private static int send(String id, HttpRequest.Builder request) throws Exception {
    HttpResponse<String> response = TestServer.send(request.header("X-Request-Id", id));
    awaitLine(id + " ");
    assertSilent();
    return response.statusCode();
  }

  private static HttpRequest.Builder posting(String path, String fields) {
    return server.request(path).header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(TestServer.body(fields)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"tellnobody", "fail tellnobody", "break tellnobody", "memory tellnobody", "draw tellnobody"})
  void nothingOfAConversationIsLoggedWhetherItIsAnsweredOrFails(String text) throws Exception {
    int expected = text.startsWith("fail") || text.startsWith("break") ? 500 : text.startsWith("memory") ? 503 : 200;
    String id = text.split(" ")[0].replace(SECRET, "plain");
    assertThat(send(id + "-whole", posting("/v1/chat/completions", TestServer.user(text)))).isEqualTo(expected);
    send(id + "-stream", posting("/v1/chat/completions", TestServer.user(text) + ", 'stream': true"));
    send(id + "-ollama", posting("/api/chat", TestServer.user(text) + ", 'stream': false"));
    send(id + "-lines", posting("/api/chat", TestServer.user(text)));
    send(id + "-draw", posting("/v1/images/generations", "'prompt': '" + text + "'"));
    send(id + "-embed", posting("/v1/embeddings", "'input': ['" + text + "']"));
    assertThat(send(id + "-search", posting("/v1/gill/search", "'query': '" + text + "'"))).isGreaterThanOrEqualTo(400);
    if (expected != 200) { // where and what, without the message
      assertThat(logged()).contains(id + "-whole", "at io.gill.examples.server.LogTest.answer");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "'messages': [{'role': 'tellnobody', 'content': 'a'}]",
    "'messages': [{'role': 'user', 'content': 'tellnobody', 'images': ['tellnobody']}]",
    "'messages': [{'role': 'user', 'content': [{'type': 'tellnobody'}]}]",
    "'messages': [{'role': 'user', 'content': [{'type': 'image_url',"
        + " 'image_url': 'data:image/png;base64,tellnobody'}]}]",
    "'messages': [{'role': 'user', 'content': [{'type': 'image_url', 'image_url': 'file:///tellnobody.png'}]}]",
    "'messages': [{'role': 'user', 'content': 'a'}], 'gill': {'tellnobody': 1}",
    "'messages': [{'role': 'user', 'content': 'a'}], 'stop': {'tellnobody': 1}",
    "'messages': 'tellnobody",
  })
  void nothingOfAnInvalidRequestIsLogged(String fields) throws Exception {
    String id = "invalid-" + Integer.toHexString(fields.hashCode());
    assertThat(send(id, posting("/v1/chat/completions", fields))).isEqualTo(400);
  }

  @Test
  void nothingOfATooLongConversationIsLogged() throws Exception {
    assertThat(send("long", posting("/v1/chat/completions", TestServer.user((SECRET + " ").repeat(300)))))
        .isEqualTo(400);
  }

  @Test
  void nothingOfAFormIsLogged() throws Exception {
    String form = "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"" + SECRET + ".png\"\r\n\r\n"
        + SECRET + "\r\n--b\r\nContent-Disposition: form-data; name=\"" + SECRET + "\"\r\n\r\n" + SECRET + "\r\n--b--";
    assertThat(send("form", server.request("/v1/images/edits").header("Content-Type", "multipart/form-data; boundary=b")
        .POST(HttpRequest.BodyPublishers.ofString(form)))).isEqualTo(400);
    assertThat(send("no-form", server.request("/v1/images/edits").header("Content-Type", SECRET + "/" + SECRET)
        .POST(HttpRequest.BodyPublishers.ofString(SECRET)))).isEqualTo(400);
  }

  @Test
  void nothingOfPathsMethodsAndHeadersIsLogged() throws Exception {
    assertThat(send("path", server.request("/" + SECRET + "?q=" + SECRET))).isEqualTo(404);
    assertThat(send("model", server.request("/v1/models/" + SECRET))).isEqualTo(404);
    assertThat(send("method", server.request("/health").method(SECRET, HttpRequest.BodyPublishers.noBody())))
        .isEqualTo(405);
    assertThat(send("origin", server.request("/health").header("Origin", "http://" + SECRET))).isEqualTo(403);
    assertThat(send("key", server.request("/health").header("Authorization", "Bearer " + SECRET))).isEqualTo(200);
    HttpResponse<String> response = TestServer.send(server.request("/health").header("X-Request-Id", "to " + SECRET));
    awaitLine(response.headers().firstValue("X-Request-Id").orElseThrow());
    assertSilent();
  }

  @Test
  void nothingOfInvalidHttpIsLogged() throws Exception {
    for (String request : List.of(
        "GET /" + SECRET + " HTTP/7.1\r\n\r\n",
        "GET /%zz" + SECRET + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
        SECRET + "\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\n" + SECRET + "\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nA: " + SECRET.repeat(3000) + "\r\n\r\n",
        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n" + SECRET)) {
      try (Socket socket = new Socket("127.0.0.1", server.server.uri().getPort())) {
        socket.getOutputStream().write(TestServer.bytes(request));
        socket.shutdownOutput();
        String response = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(response.isEmpty() || response.matches("(?s)HTTP/1.1 [45].*")).as(response).isTrue();
      }
      assertSilent();
    }
  }

  @Test
  void nothingOfARequestWhoseClientGoesIsLogged() throws Exception {
    byte[] body = TestServer.bytes(TestServer.body(TestServer.user("wait " + SECRET)));
    try (Socket socket = new Socket("127.0.0.1", server.server.uri().getPort())) {
      socket.getOutputStream().write(TestServer.bytes("POST /v1/chat/completions?" + SECRET + " HTTP/1.1\r\n"
          + "Host: localhost\r\nX-Request-Id: gone\r\nContent-Length: " + body.length + "\r\n\r\n"));
      socket.getOutputStream().write(body);
    }
    awaitLine("gone POST /v1/chat/completions 499");
    assertSilent();
  }

  @Test
  void nothingOfAChatWithoutAServerIsLogged() {
    FakeModel fake = FakeModel.saying("It is " + SECRET + ". [IMG0]");
    try (GillModel model = fake.build(); Session session = model.session()) {
      session.respond(SECRET);
      fake.failingAfter(0, new GillException("cannot answer " + SECRET));
      try {
        session.respond(SECRET);
      } catch (GillException e) {
        assertThat(e).hasMessageContaining(SECRET);
      }
      assertThat(session.respond(SECRET).text()).contains(SECRET);
    }
    assertSilent();
  }
}
