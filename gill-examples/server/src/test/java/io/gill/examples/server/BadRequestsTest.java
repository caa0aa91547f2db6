package io.gill.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.gill.testing.FakeLanguageModel;
import io.gill.testing.FakeModel;
import io.gill.testing.FakeTokenizer;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every field of every endpoint with wrong values: the answer is the specification's error, and the server lives. */
class BadRequestsTest {
  private static final String CHAT = "/v1/chat/completions";

  private static TestServer server;

  @BeforeAll
  static void start() {
    FakeTokenizer tokenizer = new FakeTokenizer();
    server = TestServer.start(
        TestServer.options(new Limits(200_000, 1_000_000, 64, 64, 50, 4, 2, 8)),
        FakeModel.builder(TestServer::answer).tokenizer(tokenizer)
            .languageModel(new FakeLanguageModel(tokenizer, TestServer::answer, 400)));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @AfterEach
  void theServerAnswersTheNextRequest() throws Exception {
    assertThat(server.chat(TestServer.user("hello")).path("choices").path(0).path("message").path("content").asText())
        .isEqualTo("You said hello");
  }

  private static JsonNode error(HttpResponse<String> response, int status) throws Exception {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
    JsonNode error = TestServer.json(response.body()).path("error");
    assertThat(error.path("message").asText()).isNotBlank().doesNotContain("\n").doesNotContain("Exception");
    assertThat(error.path("type").asText()).isNotBlank();
    assertThat(error.has("param")).isTrue();
    assertThat(error.has("code")).isTrue();
    return error;
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
    "'messages': null | messages",
    "'messages': [] | messages",
    "'messages': 'hello' | messages",
    "'messages': {} | messages",
    "'messages': [5] | messages[0]",
    "'messages': [{}] | messages[0].role",
    "'messages': [{'role': 5, 'content': 'a'}] | messages[0].role",
    "'messages': [{'role': 'tool', 'content': 'a'}] | messages[0].role",
    "'messages': [{'role': 'user'}] | messages[0].content",
    "'messages': [{'role': 'user', 'content': 5}] | messages[0].content",
    "'messages': [{'role': 'user', 'content': {}}] | messages[0].content",
    "'messages': [{'role': 'user', 'content': [7]}] | messages[0].content[0]",
    "'messages': [{'role': 'user', 'content': [{}]}] | messages[0].content[0].type",
    "'messages': [{'role': 'user', 'content': [{'type': 'audio'}]}] | messages[0].content[0].type",
    "'messages': [{'role': 'user', 'content': [{'type': 'text'}]}] | messages[0].content[0].text",
    "'messages': [{'role': 'user', 'content': [{'type': 'text', 'text': 5}]}] | messages[0].content[0].text",
    "'messages': [{'role': 'user', 'content': [{'type': 'image_url'}]}] | messages[0].content[0].image_url",
    "'messages': [{'role': 'user', 'content': [{'type': 'image_url', 'image_url': 5}]}]"
        + " | messages[0].content[0].image_url",
    "'messages': [{'role': 'user', 'content': [{'type': 'image_url', 'image_url': {}}]}]"
        + " | messages[0].content[0].image_url.url",
    "'messages': [{'role': 'user', 'content': [{'type': 'image_url', 'image_url': 'http://example.com/a.png'}]}]"
        + " | messages[0].content[0].image_url",
    "'messages': [{'role': 'user', 'content': [{'type': 'image_url', 'image_url': 'file:///etc/passwd'}]}]"
        + " | messages[0].content[0].image_url",
    "'messages': [{'role': 'user', 'content': [{'type': 'image_url', 'image_url': 'data:image/png,abc'}]}]"
        + " | messages[0].content[0].image_url",
    "'messages': [{'role': 'user', 'content': [{'type': 'image_url', 'image_url': 'data:image/png;base64,@@'}]}]"
        + " | messages[0].content[0].image_url",
    "'messages': [{'role': 'user', 'content': [{'type': 'image_url', 'image_url': 'data:image/png;base64,aGVsbG8='}]}]"
        + " | messages[0].content[0].image_url",
    "'messages': [{'role': 'user', 'content': 'a', 'images': 'x'}] | messages[0].images",
    "'messages': [{'role': 'user', 'content': 'a', 'images': [5]}] | messages[0].images[0]",
    "'messages': [{'role': 'user', 'content': 'a', 'images': ['@@']}] | messages[0].images[0]",
    "'messages': [{'role': 'assistant', 'content': 'a', 'gill': {'tokens': ['x']}}] | messages[0].gill.tokens",
    "'messages': [{'role': 'assistant', 'content': 'a', 'gill': {'tokens': [-1]}}] | messages[0].gill.tokens",
    "'messages': [{'role': 'assistant', 'content': 'a', 'gill': {'tokens': [99999999]}}] | messages[0].gill.tokens",
    "'messages': [{'role': 'assistant', 'content': 'a', 'gill': 5}] | messages[0].gill",
    "'messages': [{'role': 'user', 'content': 'a', 'gill': {'tokens': [5]}}] | messages[0].gill.tokens",
    "'messages': [{'role': 'system', 'gill': {'tokens': [5]}}] | messages[0].gill.tokens",
  })
  void messagesOfAWrongForm(String fields, String param) throws Exception {
    assertThat(error(server.post(CHAT, TestServer.body(fields)), 400).path("param").asText()).isEqualTo(param);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
    "'temperature': 'hot' | temperature", "'temperature': -1 | temperature", "'temperature': 3 | temperature",
    "'temperature': 1e999 | temperature", "'top_p': [] | top_p", "'top_p': 2 | top_p",
    "'max_tokens': 0 | max_tokens", "'max_tokens': 65 | max_tokens", "'max_tokens': 1.5 | max_tokens",
    "'max_tokens': 99999999999999999999999 | max_tokens", "'max_completion_tokens': true | max_completion_tokens",
    "'seed': 'x' | seed", "'seed': 1e300 | seed", "'n': 2 | n", "'n': 0 | n", "'stop': 5 | stop", "'stop': [5]"
        + " | stop",
    "'stop': ['a','b','c','d','e'] | stop", "'stop': '' | stop", "'stream': 'yes' | stream",
    "'stream_options': 5 | stream_options", "'stream_options': {'include_usage': 1} | stream_options.include_usage",
    "'top_k': 'x' | top_k", "'top_k': -2 | top_k", "'repetition_penalty': 0 | repetition_penalty",
    "'min_p': 0.1 | min_p", "'presence_penalty': 3 | presence_penalty", "'frequency_penalty': 'x' | frequency_penalty",
    "'tools': [{'type': 'function'}] | tools", "'response_format': {'type': 'json_object'} | response_format.type",
    "'logprobs': true | logprobs", "'logit_bias': {'5': 1} | logit_bias", "'modalities': ['audio'] | modalities",
    "'modalities': 5 | modalities", "'gill': 5 | gill", "'gill': {'polcy': 'both'} | gill",
    "'gill': {'policy': 'x'} | gill.policy", "'gill': {'policy': 5} | gill.policy",
    "'gill': {'previews': 11} | gill.previews", "'gill': {'steps': 51} | gill.steps",
    "'gill': {'steps': 0} | gill.steps", "'gill': {'guidance': -1} | gill.guidance",
    "'gill': {'size': 'big'} | gill.size",
    "'gill': {'size': '9999x9999'} | gill.size", "'gill': {'size': '0x5'} | gill.size",
    "'gill': {'size': '5000x10'} | gill.size", "'gill': {'size': '1x9999'} | gill.size",
    "'gill': {'pictures': 5} | gill.pictures", "'gill': {'candidates': 'x'} | gill.candidates",
    "'gill': {'negative_prompt': 5} | gill.negative_prompt", "'gill': {'max_images': -1} | gill.max_images",
    "'gill': {'strength': 0} | gill.strength", "'gill': {'image_bias': 0} | gill.image_bias",
  })
  void optionsOfAWrongTypeOrRange(String fields, String param) throws Exception {
    String body = TestServer.body(TestServer.user("hello") + ", " + fields);
    assertThat(error(server.post(CHAT, body), 400).path("param").asText()).isEqualTo(param);
  }

  @Test
  void aNegativePromptOverTheLimit() throws Exception {
    String fits = "'gill': {'negative_prompt': '" + "x".repeat(10_000) + "'}";
    assertThat(server.post(CHAT, TestServer.body(TestServer.user("hello") + ", " + fits)).statusCode()).isEqualTo(200);
    String longer = fits.replace("x'", "xx'");
    JsonNode error = error(server.post(CHAT, TestServer.body(TestServer.user("hello") + ", " + longer)), 400);
    assertThat(error.path("param").asText()).isEqualTo("gill.negative_prompt");
    assertThat(error.path("message").asText()).contains("use at most 10000");
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "", " ", "{", "[]", "null", "5", "\"x\"", "{} {}", "{\"a\":", "not json", "{\"model\": \"\\ud800"})
  void bodiesThatAreNoJsonObject(String body) throws Exception {
    error(server.post(CHAT, body), 400);
    assertThat(server.post("/api/chat", body).statusCode()).isEqualTo(400);
  }

  @Test
  void aModelThatIsMissingOrUnknown() throws Exception {
    String none = "{" + TestServer.user("a").replace('\'', '"') + "}";
    assertThat(error(server.post(CHAT, none), 400).path("param").asText())
        .isEqualTo("model");
    JsonNode unknown = error(server.post(CHAT, "{\"model\": \"gpt-4\", \"messages\": []}"), 404);
    assertThat(unknown.path("code").asText()).isEqualTo("model_not_found");
    error(server.get("/v1/models/gpt-4"), 404);
    assertThat(server.get("/v1/models/" + TestServer.MODEL).statusCode()).isEqualTo(200);
  }

  @Test
  void aBodyOverTheLimitIsNotRead() throws Exception {
    String body = TestServer.body(TestServer.user("x".repeat(300_000)));
    assertThat(error(server.post(CHAT, body), 413).path("code").asText()).isEqualTo("request_too_large");
    // without a length
    HttpRequest.Builder chunked = server.request(CHAT).POST(HttpRequest.BodyPublishers.fromPublisher(
        HttpRequest.BodyPublishers.ofString(body)));
    error(TestServer.send(chunked), 413);
  }

  @Test
  void tenThousandMessagesAndADeepTree() throws Exception {
    String messages = IntStream.range(0, 10_000).mapToObj(i -> "{'role':'user'}").collect(Collectors.joining(","));
    JsonNode error = error(server.post(CHAT, TestServer.body("'messages': [" + messages + "]")), 400);
    assertThat(error.path("message").asText()).isEqualTo("messages has 10000 elements: use at most 64");
    error(server.post(CHAT, "[".repeat(90_000)), 400);
    error(server.post(CHAT, "{\"a\":".repeat(20_000)), 400);
  }

  @Test
  void aTreeOfManySmallValues() throws Exception {
    Limits limits = new Limits(16 << 20, 1_000_000, 64, 64, 50, 4, 2, 8);
    try (TestServer large = TestServer.start(TestServer.options(limits), FakeModel.builder(TestServer::answer))) {
      String body = "{\"x\":[" + "{},".repeat(5_000_000) + "{}]}";
      for (String path : List.of(CHAT, "/v1/embeddings", "/v1/images/generations")) {
        JsonNode error = error(large.post(path, body), 400);
        assertThat(error.path("code").asText()).isEqualTo("invalid_json");
        assertThat(error.path("message").asText()).contains("over 500000 names and values");
      }
      String tokens = "0" + ",0".repeat(200_000); // of the replies of a long conversation
      assertThat(large.post(CHAT, TestServer.body("'messages': [{'role': 'user', 'content': 'a'}], 'x': [" + tokens
          + "]")).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aConversationThatDoesNotFitIntoTheContext() throws Exception {
    JsonNode error = error(server.post(CHAT, TestServer.body(TestServer.user("word ".repeat(2000)))), 400);
    assertThat(error.path("code").asText()).isEqualTo("context_length_exceeded");
    error(server.post(CHAT, TestServer.body(TestServer.user("word ".repeat(2000)) + ", 'stream': true")), 400);
  }

  @Test
  void aConversationThatAsksNothing() throws Exception {
    error(server.post(CHAT, TestServer.body(TestServer.user(" "))), 400);
    error(server.post(CHAT, TestServer.body("'messages': [{'role': 'assistant', 'content': 'a'}]")), 400);
    error(server.post(CHAT, TestServer.body("'messages': [{'role': 'system', 'content': 'a'}]")), 400);
  }

  @Test
  void picturesWithMorePixelsThanTheLimit() throws Exception {
    String large = TestServer.dataUrl(1001, 1000);
    assertThat(error(server.post(CHAT, TestServer.body(image(large))), 400).path("message").asText())
        .contains("1001×1000").contains("limit");
    // each is small enough, but not all together
    String half = "{'type': 'image_url', 'image_url': '" + TestServer.dataUrl(800, 800) + "'}";
    error(server.post(CHAT, TestServer.body(
        "'messages': [{'role': 'user', 'content': [" + half + "," + half + "]}]")), 400);
  }

  /** The model has 400 positions, and a picture takes two. */
  @Test
  void picturesThatTheModelCannotReadAreNotDecoded() throws Exception {
    String picture = "{'type': 'image_url', 'image_url': '" + TestServer.dataUrl(1, 1) + "'},";
    String broken = "{'type': 'image_url', 'image_url': 'data:image/png;base64,@@'}";
    JsonNode error = error(server.post(CHAT, TestServer.body(
        "'messages': [{'role': 'user', 'content': [" + picture.repeat(200) + broken + "]}]")), 400);
    assertThat(error.path("code").asText()).isEqualTo("context_length_exceeded");
    assertThat(error.path("param").asText()).isEqualTo("messages");
    assertThat(error.path("message").asText()).isEqualTo(
        "messages has more than 200 pictures: leave out earlier ones");
    error = error(server.post(CHAT, TestServer.body(
        "'messages': [{'role': 'user', 'content': [" + picture.repeat(199) + broken + "]}]")), 400);
    assertThat(error.path("code").asText()).isEqualTo("invalid_base64");
  }

  @Test
  void picturesAreNotDecodedWhenTheTimeHasPassed() throws Exception {
    ServerOptions hurried = new ServerOptions("127.0.0.1", 0, Optional.empty(), List.of(),
        new Limits(200_000, 1_000_000, 64, 64, 50, 4, 2, 8), Duration.ofNanos(1));
    try (TestServer other = TestServer.start(hurried, FakeModel.builder(TestServer::answer))) {
      error(other.post(CHAT, TestServer.body(image("data:image/png;base64,@@"))), 504);
    }
  }

  @Test
  void aDecompressionBomb() throws Exception {
    assertThat(error(server.post(CHAT, TestServer.body(image(bomb(50_000, 50_000)))), 400).path("param").asText())
        .isEqualTo("messages[0].content[0].image_url");
    error(server.post(CHAT, TestServer.body(image(bomb(Integer.MAX_VALUE, Integer.MAX_VALUE)))), 400);
  }

  private static String image(String url) {
    return "'messages': [{'role': 'user', 'content': [{'type': 'image_url', 'image_url': {'url': '" + url + "'}}]}]";
  }

  /** A PNG of a few kilobytes whose header claims many pixels. */
  private static String bomb(int width, int height) throws Exception {
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    png.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    chunk(png, "IHDR", ByteBuffer.allocate(13).putInt(width).putInt(height).put(new byte[] {8, 2, 0, 0, 0}).array());
    ByteArrayOutputStream zeros = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflater = new DeflaterOutputStream(zeros)) {
      deflater.write(new byte[1 << 20]);
    }
    chunk(png, "IDAT", zeros.toByteArray());
    chunk(png, "IEND", new byte[0]);
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(png.toByteArray());
  }

  private static void chunk(ByteArrayOutputStream png, String type, byte[] data) throws Exception {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(name);
    crc.update(data);
    png.write(ByteBuffer.allocate(4).putInt(data.length).array());
    png.write(name);
    png.write(data);
    png.write(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
  }

  @Test
  void pathsAndMethodsThatDoNotExist() throws Exception {
    error(server.get("/v1/nothing"), 404);
    error(server.get("/../../etc/passwd"), 400);
    error(server.get("/page/../../Page.class"), 400);
    error(server.get("/page/Page.class"), 404);
    error(server.get("/%2e%2e/%2e%2e/etc/passwd"), 400);
    HttpResponse<String> get = server.get(CHAT);
    error(get, 405);
    assertThat(get.headers().firstValue("Allow")).contains("POST");
    error(server.post("/v1/models", "{}"), 405);
    error(server.post("/", "{}"), 405);
  }

  @Test
  void whatIsNoHttp() throws Exception {
    assertThat(raw("GARBAGE\r\n\r\n")).contains(" 400 ").contains("\"error\"");
    assertThat(raw("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "y".repeat(20_000) + "\r\n\r\n")).contains(" 431 ");
    assertThat(raw("POST " + CHAT + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n")).contains(" 400 ");
    assertThat(raw("POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n"))
        .contains(" 400 ").contains("{\"error\":\"the request or its path is not valid\"}"); // Ollama's form
  }

  private static String raw(String request) throws Exception {
    try (Socket socket = new Socket(server.server.uri().getHost(), server.server.uri().getPort());
        OutputStream out = socket.getOutputStream()) {
      socket.setSoTimeout(20_000);
      out.write(request.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void ollamasErrorsHaveOllamasForm() throws Exception {
    HttpResponse<String> response = server.post("/api/chat", TestServer.body("'messages': 5"));
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(TestServer.json(response.body()).path("error").asText()).contains("messages must be a list");
    assertThat(server.post("/api/chat", TestServer.body(TestServer.user("a") + ", 'options': 5")).statusCode())
        .isEqualTo(400);
    assertThat(server.post("/api/chat", TestServer.body(TestServer.user("a") + ", 'options': {'num_predict': 'x'}"))
        .statusCode()).isEqualTo(400);
    assertThat(server.post("/api/chat", TestServer.body(TestServer.user("a") + ", 'tools': [{}]")).statusCode())
        .isEqualTo(400);
  }

  @Test
  void hostileTextComesBackAsItWasSent() throws Exception {
    JsonNode reply = server.chat(TestServer.user("<script>alert(1)</script> </s>"));
    assertThat(reply.path("choices").path(0).path("message").path("content").asText())
        .startsWith("You said <script>alert(1)</script>");
    assertThat(reply.path("choices").path(0).path("message").has("images")).isFalse();
  }
}
