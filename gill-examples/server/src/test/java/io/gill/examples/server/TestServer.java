package io.gill.examples.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gill.GillModel;
import io.gill.RespondOptions;
import io.gill.image.Images;
import io.gill.testing.FakeModel;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A server with a model of fakes, and a client. */
final class TestServer implements AutoCloseable {
  static final String MODEL = "fake";
  static final ObjectMapper JSON = new ObjectMapper();

  /** Answers "draw …" with a picture, and everything else with the question. */
  static final String PICTURE_ANSWER = " Here it is. [IMG0]";

  private static final HttpClient CLIENT = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

  final GillServer server;
  final Optional<GillModel> model;

  private TestServer(GillServer server, Optional<GillModel> model) {
    this.server = server;
    this.model = model;
  }

  static TestServer start() {
    return start(ServerOptions.defaults(), FakeModel.builder(TestServer::answer));
  }

  /** Running requests are cancelled after half a second of shutdown. */
  static TestServer start(ServerOptions options, GillModel.Builder builder) {
    return start(options, builder, Duration.ofSeconds(30), Duration.ofSeconds(30));
  }

  static TestServer start(ServerOptions options, GillModel.Builder builder, Duration idle, Duration piece) {
    GillServer server = GillServer.start(options, Duration.ofMillis(500), idle, piece);
    GillModel model = builder.build();
    RespondOptions defaults = RespondOptions.builder().maxTokens(200).build();
    server.ready(new ServedModel(MODEL, model, defaults, Instant.ofEpochSecond(1_700_000_000)));
    return new TestServer(server, Optional.of(model));
  }

  static TestServer loading(ServerOptions options) {
    return new TestServer(GillServer.start(options), Optional.empty());
  }

  static ServerOptions options(Limits limits) {
    ServerOptions defaults = ServerOptions.defaults();
    return new ServerOptions(
        defaults.host(), 0, defaults.apiKey(), defaults.origins(), limits, defaults.timeout());
  }

  static String answer(String prompt) {
    if (!prompt.contains("Q: ")) {
      return "";
    }
    String question = prompt.substring(prompt.lastIndexOf("Q: ") + 3, prompt.lastIndexOf("\nA:"));
    return question.startsWith("draw") ? PICTURE_ANSWER : " You said " + question.replaceAll("(<image>)+", "a picture");
  }

  URI uri(String path) {
    return server.uri().resolve(path);
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(30));
  }

  static HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
    return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return send(request(path));
  }

  HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
    return send(request(path).header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  /** Sends a chat request with these fields and returns its body. */
  JsonNode chat(String fields) throws IOException, InterruptedException {
    HttpResponse<String> response = post("/v1/chat/completions", body(fields));
    if (response.statusCode() != 200) {
      throw new AssertionError(response.statusCode() + " " + response.body());
    }
    return json(response.body());
  }

  static String body(String fields) {
    return ("{'model': '" + MODEL + "', " + fields + "}").replace('\'', '"');
  }

  static String user(String text) {
    return "'messages': [{'role': 'user', 'content': '" + text + "'}]";
  }

  static JsonNode json(String text) throws JsonProcessingException {
    return JSON.readTree(text);
  }

  /** Returns the data of a stream's events, without the end marker. */
  static List<JsonNode> events(String stream) throws JsonProcessingException {
    List<JsonNode> events = new ArrayList<>();
    for (String event : stream.split("\n\n")) {
      String data = event.replaceFirst("^data: ", "");
      if (!data.equals("[DONE]")) {
        events.add(json(data));
      }
    }
    return events;
  }

  static BufferedImage picture(JsonNode image) {
    String url = image.path("image_url").path("url").asText();
    byte[] png = Base64.getDecoder().decode(url.substring("data:image/png;base64,".length()));
    return Images.read(png, "the reply's picture");
  }

  static String dataUrl(int width, int height) {
    byte[] png = Images.toPng(new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR), Map.of());
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(png);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    server.close();
    model.ifPresent(GillModel::close);
  }
}
