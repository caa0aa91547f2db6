package io.gill.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.gill.DiffusionOptions;
import io.gill.GillException;
import io.gill.image.Images;
import io.gill.stage.Conditioning;
import io.gill.testing.FakeModel;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImagesAndEmbeddingsTest {
  private static final String GENERATIONS = "/v1/images/generations";
  private static final String EDITS = "/v1/images/edits";

  private static final AtomicReference<DiffusionOptions> LAST = new AtomicReference<>();

  private static TestServer server;

  @BeforeAll
  static void start() {
    server = TestServer.start(ServerOptions.defaults(),
        FakeModel.builder(TestServer::answer).imageGenerator(new Recording()));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /** Remembers the options. */
  private static final class Recording extends Painter {
    @Override
    public List<BufferedImage> generate(
        Conditioning conditioning, int count, DiffusionOptions options, Noise noise, StepListener listener) {
      LAST.set(options);
      return super.generate(conditioning, count, options, noise, listener);
    }
  }

  private static String json(String fields) {
    return ("{" + fields + "}").replace('\'', '"');
  }

  @Test
  void picturesAreDrawnOfAPrompt() throws Exception {
    JsonNode body = TestServer.json(server.post(GENERATIONS,
        json("'prompt': 'a cat', 'n': 2, 'size': '32x48', 'seed': 3, 'gill': {'steps': 4}")).body());
    assertThat(body.path("created").asLong()).isPositive();
    assertThat(body.path("data").size()).isEqualTo(2);
    BufferedImage picture = Images.read(
        Base64.getDecoder().decode(body.path("data").path(0).path("b64_json").asText()), "picture");
    assertThat(List.of(picture.getWidth(), picture.getHeight())).containsExactly(32, 48);
    assertThat(body.path("data").path(0)).isNotEqualTo(body.path("data").path(1));
    assertThat(LAST.get().steps()).isEqualTo(4);
    JsonNode again = TestServer.json(server.post(GENERATIONS,
        json("'prompt': 'a cat', 'n': 2, 'size': '32x48', 'seed': 3, 'gill': {'steps': 4}")).body());
    assertThat(again.path("data")).isEqualTo(body.path("data"));
    assertThat(TestServer.json(server.post(GENERATIONS, json("'prompt': 'a cat', 'response_format': 'url'")).body())
        .path("data").path(0).path("url").asText()).startsWith("data:image/png;base64,");
  }

  @Test
  void picturesComeAsEvents() throws Exception {
    HttpResponse<String> response =
        server.post(GENERATIONS, json("'prompt': 'a cat', 'stream': true, 'partial_images': 1, 'gill': {'steps': 2}"));
    assertThat(response.headers().firstValue("Content-Type")).contains("text/event-stream");
    assertThat(response.body()).contains(": step 1 of 2\n\n").contains("event: image_generation.completed\ndata: {");
    assertThat(response.body()).containsSubsequence("event: image_generation.partial_image\n",
        "\"partial_image_index\":0", "event: image_generation.completed\n");
    String data = response.body().substring(response.body().lastIndexOf("data: ") + 6).strip();
    JsonNode event = TestServer.json(data);
    assertThat(event.path("type").asText()).isEqualTo("image_generation.completed");
    assertThat(event.path("size").asText()).isEqualTo("64x64");
    assertThat(event.path("usage").path("total_tokens").asInt()).isPositive();
  }

  @Test
  void aPictureIsEditedWhereTheMaskIsTransparent() throws Exception {
    BufferedImage mask = new BufferedImage(8, 8, BufferedImage.TYPE_INT_ARGB);
    mask.setRGB(2, 3, 0xFF000000); // opaque: kept
    HttpResponse<String> response = form(
        part("image", "a.png", png(new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB))),
        part("mask", "m.png", png(mask)), part("prompt", null, TestServer.bytes("a hat")),
        part("n", null, TestServer.bytes("1")), part("model", null, TestServer.bytes(TestServer.MODEL)));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(TestServer.json(response.body()).path("data").size()).isEqualTo(1);
    assertThat(LAST.get().startImage().orElseThrow().getWidth()).isEqualTo(8);
    BufferedImage white = LAST.get().mask().orElseThrow();
    assertThat(white.getRaster().getSample(0, 0, 0)).isEqualTo(255);
    assertThat(white.getRaster().getSample(2, 3, 0)).isZero();
  }

  private static byte[] png(BufferedImage image) {
    return Images.toPng(image, Map.of());
  }

  private static byte[] part(String name, String file, byte[] content) {
    ByteArrayOutputStream part = new ByteArrayOutputStream();
    part.writeBytes(TestServer.bytes("--xyz\r\nContent-Disposition: form-data; name=\"" + name + "\""
        + (file == null ? "" : "; filename=\"" + file + "\"") + "\r\n\r\n"));
    part.writeBytes(content);
    part.writeBytes(TestServer.bytes("\r\n"));
    return part.toByteArray();
  }

  private static HttpResponse<String> form(byte[]... parts) throws Exception {
    List<byte[]> body = new ArrayList<>(List.of(parts));
    body.add(TestServer.bytes("--xyz--\r\n"));
    return TestServer.send(server.request(EDITS).header("Content-Type", "multipart/form-data; boundary=xyz")
        .POST(HttpRequest.BodyPublishers.ofByteArrays(body)));
  }

  @Test
  void damagedFormsAreRefused() throws Exception {
    byte[] picture = part("image", "../../a.png", png(new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB)));
    byte[] prompt = part("prompt", null, TestServer.bytes("a hat"));
    for (HttpResponse<String> response : List.of(
        server.post(EDITS, "{}"), form(), form(prompt), form(picture), form(part("image", "a", new byte[9]), prompt),
        form(picture, prompt, part("mask", "m", png(new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB)))),
        form(picture, prompt, part("n", null, TestServer.bytes("many"))),
        TestServer.send(server.request(EDITS).header("Content-Type", "multipart/form-data; boundary=xyz")
            .POST(HttpRequest.BodyPublishers.ofString("--xyz\r\nContent-Dispo"))),
        TestServer.send(server.request(EDITS).header("Content-Type", "multipart/form-data")
            .POST(HttpRequest.BodyPublishers.ofString("x"))))) {
      assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
      assertThat(TestServer.json(response.body()).path("error").path("message").asText()).isNotBlank();
    }
    byte[][] many = new byte[100][];
    for (int i = 0; i < many.length; i++) {
      many[i] = part("n" + i, null, TestServer.bytes("1"));
    }
    assertThat(form(many).statusCode()).isEqualTo(400);
    assertThat(form(picture, prompt).statusCode()).isEqualTo(200); // the server lives
  }

  @Test
  void picturesThatWouldBeIgnoredAreRefused() throws Exception {
    byte[] png = png(new BufferedImage(4, 4, BufferedImage.TYPE_INT_ARGB));
    byte[] image = part("image", "a.png", png);
    byte[] list = part("image[]", "a.png", png);
    byte[] mask = part("mask", "m.png", png);
    byte[] prompt = part("prompt", null, TestServer.bytes("a hat"));
    assertThat(form(list, mask, prompt).statusCode()).isEqualTo(200);
    refused("image", form(image, image, prompt));
    refused("image[]", form(list, list, prompt));
    refused("image[]", form(image, list, prompt));
    refused("mask", form(image, mask, mask, prompt));
    refused("mask", form(image, part("mask", null, png), prompt));
    refused("image", form(part("image", null, png), prompt));
    refused("background", form(image, prompt, part("background", null, TestServer.bytes("transparent"))));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
    "n | many", "n | 5", "n | 1.5", "seed | x", "partial_images | 9", "partial_images | few", "stream | maybe",
    "size | huge", "response_format | gif", "output_format | webp", "quality | hd", "input_fidelity | high"})
  void wrongFieldsOfAnEdit(String name, String value) throws Exception {
    refused(name, edit(part(name, null, TestServer.bytes(value))));
  }

  @Test
  void aFormsOwnFieldIsNamedIfItIsNoJson() throws Exception {
    HttpResponse<String> broken = edit(part("gill", null, TestServer.bytes("{'steps")));
    refused("gill", broken);
    JsonNode error = TestServer.json(broken.body()).path("error");
    assertThat(error.path("message").asText()).startsWith("gill is not valid JSON at line 1");
    assertThat(error.path("code").asText()).isEqualTo("invalid_json");
    HttpResponse<String> list = edit(part("gill", null, TestServer.bytes("[]")));
    refused("gill", list);
    assertThat(list.body()).contains("gill must be a JSON object");
    refused("gill.steps", edit(part("gill", null, TestServer.bytes("{\"steps\": \"x\"}"))));
    assertThat(edit(part("gill", null, TestServer.bytes("{\"steps\": 3}"))).statusCode()).isEqualTo(200);
    assertThat(LAST.get().steps()).isEqualTo(3);
  }

  /** Sends a valid edit with another part. */
  private static HttpResponse<String> edit(byte[] more) throws Exception {
    return form(part("image", "a.png", png(new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB))),
        part("prompt", null, TestServer.bytes("a hat")), more);
  }

  private static void refused(String param, HttpResponse<String> response) throws Exception {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    assertThat(TestServer.json(response.body()).path("error").path("param").asText()).isEqualTo(param);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
    "'n': 1 | prompt", "'prompt': 5 | prompt", "'prompt': 'a', 'n': 5 | n", "'prompt': 'a', 'n': 'x' | n",
    "'prompt': 'a', 'size': '5000x10' | size", "'prompt': 'a', 'size': '1x9999' | size",
    "'prompt': 'a', 'size': 5 | size", "'prompt': 'a', 'size': 'huge' | size",
    "'prompt': 'a', 'response_format': 'gif' | response_format", "'prompt': 'a', 'output_format': 'webp'"
        + " | output_format", "'prompt': 'a', 'background': 'transparent' | background",
    "'prompt': 'a', 'quality': 'hd' | quality", "'prompt': 'a', 'style': 'natural' | style",
    "'prompt': 'a', 'output_compression': 50 | output_compression", "'prompt': 'a', 'output_format': 'jpeg'"
        + " | output_format", "'prompt': 'a', 'stream': 1 | stream",
    "'prompt': 'a', 'partial_images': 9 | partial_images",
    "'prompt': 'a', 'gill': {'steps': 'x'} | gill.steps"})
  void wrongFieldsOfADrawing(String fields, String param) throws Exception {
    HttpResponse<String> response = server.post(GENERATIONS, json(fields));
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(TestServer.json(response.body()).path("error").path("param").asText()).isEqualTo(param);
  }

  @Test
  void aBlankOrFarTooLongPromptIsRefused() throws Exception {
    assertThat(server.post(GENERATIONS, json("'prompt': ' '")).statusCode()).isEqualTo(400);
    HttpResponse<String> response = server.post(GENERATIONS, json("'prompt': '" + "word ".repeat(3000) + "'"));
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(TestServer.json(response.body()).path("error").path("code").asText())
        .isEqualTo("context_length_exceeded");
    assertThat(server.post(GENERATIONS, json("'prompt': 'a', 'model': 'dall-e-3'")).statusCode()).isEqualTo(404);
  }

  @Test
  void aPictureThatCannotBeDrawnIsAFailure() throws Exception {
    try (TestServer other = TestServer.start(ServerOptions.defaults(),
        FakeModel.builder(TestServer::answer).textImageGenerator((request, listener) -> {
          throw new IOException("the painter is away");
        }))) {
      HttpResponse<String> whole = other.post(GENERATIONS, json("'prompt': 'a cat'"));
      assertThat(whole.statusCode()).isEqualTo(500);
      assertThat(TestServer.json(whole.body()).path("error").path("message").asText())
          .isEqualTo("the image could not be generated: the painter is away");
      HttpResponse<String> stream = other.post(GENERATIONS, json("'prompt': 'a cat', 'stream': true"));
      assertThat(stream.body()).startsWith("event: error\ndata: {").contains("the painter is away")
          .doesNotContain("completed");
    }
  }

  @Test
  void asManyTextsAsOpenAiAllowsAreEmbedded() throws Exception {
    String texts = "'input': ['a'" + ", 'a'".repeat(2047);
    JsonNode body = TestServer.json(server.post("/v1/embeddings", TestServer.body(texts + "]")).body());
    assertThat(body.path("data").size()).isEqualTo(2048);
    refused("input", server.post("/v1/embeddings", TestServer.body(texts + ", 'a']")));
  }

  @Test
  void textsAndPicturesAreEmbedded() throws Exception {
    JsonNode body = TestServer.json(server.post("/v1/embeddings", TestServer.body(
        "'input': ['a cat', 'a dog', '" + TestServer.dataUrl(4, 4) + "']")).body());
    assertThat(body.path("object").asText()).isEqualTo("list");
    assertThat(body.path("data").size()).isEqualTo(3);
    JsonNode floats = body.path("data").path(1);
    assertThat(floats.path("object").asText()).isEqualTo("embedding");
    assertThat(floats.path("index").asInt()).isEqualTo(1);
    assertThat(floats.path("embedding").size()).isEqualTo(4);
    assertThat(body.path("usage").path("prompt_tokens").asInt()).isPositive();

    JsonNode base64 = TestServer.json(server.post("/v1/embeddings",
        TestServer.body("'input': 'a dog', 'encoding_format': 'base64'")).body()).path("data").path(0);
    ByteBuffer bytes =
        ByteBuffer.wrap(Base64.getDecoder().decode(base64.path("embedding").asText())).order(ByteOrder.LITTLE_ENDIAN);
    for (JsonNode value : floats.path("embedding")) {
      assertThat(bytes.getFloat()).isEqualTo((float) value.asDouble());
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
    "'x': 1 | input", "'input': [] | input", "'input': 5 | input", "'input': [5] | input", "'input': {} | input",
    "'input': '' | input", "'input': ['a', ' '] | input[1]", "'input': 'a', 'encoding_format': 'int8'"
        + " | encoding_format",
    "'input': 'a', 'dimensions': 2 | dimensions", "'input': 'data:image/x' | input",
    "'input': 'DATA:IMAGE/png,x' | input"})
  void wrongFieldsOfAnEmbedding(String fields, String param) throws Exception {
    HttpResponse<String> response = server.post("/v1/embeddings", TestServer.body(fields));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    assertThat(TestServer.json(response.body()).path("error").path("param").asText()).isEqualTo(param);
  }

  @Test
  void aTextMayBeginLikeAUrl() throws Exception {
    JsonNode body = TestServer.json(server.post("/v1/embeddings",
        TestServer.body("'input': ['data: what we know', '"
            + TestServer.dataUrl(4, 4).replace("data:image", "Data:IMAGE")
            + "']")).body());
    assertThat(body.path("data").size()).isEqualTo(2);
    assertThat(body.path("usage").path("prompt_tokens").asInt())
        .isEqualTo("data: what we know".length() + 1); // with the beginning token
  }

  @Test
  void aFailureOfAStageIsNoFaultOfTheClient() throws Exception {
    FakeModel fake = FakeModel.saying("");
    try (TestServer other = TestServer.start(ServerOptions.defaults(), fake.builder())) {
      for (String path : List.of("/v1/embeddings", "/v1/gill/search")) {
        String body = TestServer.body("'input': 'a cat', 'query': 'a cat'");
        fake.failingAfter(0, new GillException("out of order"));
        HttpResponse<String> failed = other.post(path, body);
        assertThat(failed.statusCode()).isEqualTo(500);
        assertThat(TestServer.json(failed.body()).path("error").path("message").asText()).isEqualTo("out of order");
        fake.failingAfter(0, new CancellationException("closed"));
        assertThat(other.post(path, body).statusCode()).isEqualTo(503);
        assertThat(other.post(path, body).statusCode()).isEqualTo(200);
      }
    }
  }

  @Test
  void whereTheServerKeepsItsFilesIsNotSaid() throws Exception {
    FakeModel fake = FakeModel.saying("[IMG0]");
    try (TestServer other = TestServer.start(ServerOptions.defaults(), fake.builder().imageSource(uri -> {
      throw new IOException("/srv/our models/images/cat.png: no such file");
    }))) {
      fake.failingAfter(0, new GillException("/srv/our models/gill.safetensors was changed while it was read"));
      assertThat(TestServer.json(other.post("/v1/embeddings", TestServer.body("'input': 'a cat'")).body())
          .path("error").path("message").asText()).isEqualTo("gill.safetensors was changed while it was read");
      JsonNode problems = other.chat(TestServer.user("hello") + ", 'gill': {'policy': 'retrieve'}")
          .path("choices").path(0).path("message").path("gill").path("problems");
      assertThat(problems.path(0).asText()).endsWith("the last failure: cat.png: no such file");
    }
  }

  @Test
  void aCollectionThatFailsIsNoFaultOfTheClient() throws Exception {
    AtomicReference<RuntimeException> failure = new AtomicReference<>(new GillException("the index is away"));
    try (TestServer other = TestServer.start(ServerOptions.defaults(),
        FakeModel.builder(TestServer::answer).imageRetriever((query, k, excluded) -> {
          throw failure.get();
        }))) {
      String body = TestServer.body("'query': 'a cat'");
      HttpResponse<String> failed = other.post("/v1/gill/search", body);
      assertThat(failed.statusCode()).isEqualTo(500);
      assertThat(TestServer.json(failed.body()).path("error").path("message").asText())
          .isEqualTo("the index is away");
      failure.set(new CancellationException("closed"));
      assertThat(other.post("/v1/gill/search", body).statusCode()).isEqualTo(503);
      failure.set(new UncheckedIOException(new IOException("the disk is away"))); // not the client's connection
      assertThat(other.post("/v1/gill/search", body).statusCode()).isEqualTo(500);
      assertThat(other.get("/metrics").body()).contains("gill_disconnects_total 0\n");
    }
  }

  @Test
  void aTextThatDoesNotFitIsTheClientsFault() throws Exception {
    String text = "word ".repeat(3000);
    HttpResponse<String> embedded = server.post("/v1/embeddings", TestServer.body("'input': ['a', '" + text + "']"));
    assertThat(embedded.statusCode()).isEqualTo(400);
    JsonNode error = TestServer.json(embedded.body()).path("error");
    assertThat(error.path("code").asText()).isEqualTo("context_length_exceeded");
    assertThat(error.path("param").asText()).isEqualTo("input[1]");
    assertThat(server.post("/v1/gill/search", TestServer.body("'query': '" + text + "'")).statusCode()).isEqualTo(400);
  }

  @Test
  void whatAModelCannotEmbedIsRefused() throws Exception {
    try (TestServer other = TestServer.start(ServerOptions.defaults(),
        FakeModel.builder(TestServer::answer).withoutVisionEncoder())) {
      HttpResponse<String> response =
          other.post("/v1/embeddings", TestServer.body("'input': '" + TestServer.dataUrl(4, 4) + "'"));
      assertThat(response.statusCode()).isEqualTo(400);
      assertThat(response.body()).contains("cannot embed pictures");
    }
  }

  @Test
  void embeddingsEndWhenTheirTimePasses() throws Exception {
    requireTimeout(Duration.ofMillis(120), "/v1/embeddings", "'input': ['a', 'b', 'c', 'd', 'e', 'f']");
  }

  /** A long text is read in pieces. */
  @ParameterizedTest
  @ValueSource(strings = {"/v1/embeddings", "/v1/gill/search"})
  void aSingleInputEndsWhenItsTimePasses(String path) throws Exception {
    FakeModel slow = FakeModel.saying("");
    slow.failingAfter(4, new GillException("the text was read to its end")); // of eight pieces
    String text = "x".repeat(2000);
    requireTimeout(slow, Duration.ofMillis(150), path, "'input': '" + text + "', 'query': '" + text + "'");
  }

  @Test
  void aPictureThatTakesTooLongIsATimeout() throws Exception {
    requireTimeout(Duration.ofMillis(300), "/v1/images/generations", "'prompt': 'a star'");
  }

  private static void requireTimeout(Duration delay, String path, String fields) throws Exception {
    requireTimeout(FakeModel.saying(""), delay, path, fields);
  }

  private static void requireTimeout(FakeModel slow, Duration delay, String path, String fields) throws Exception {
    ServerOptions defaults = ServerOptions.defaults();
    ServerOptions options = new ServerOptions(defaults.host(), 0, defaults.apiKey(), defaults.origins(),
        defaults.limits(), Duration.ofMillis(200));
    try (TestServer other = TestServer.start(options, slow.delay(delay).builder())) {
      HttpResponse<String> response = other.post(path, TestServer.body(fields));
      assertThat(response.statusCode()).as(response.body()).isEqualTo(504);
      assertThat(TestServer.json(response.body()).path("error").path("code").asText()).isEqualTo("timeout");
    }
  }

  @Test
  void largePicturesOfTheCollectionAreReduced() throws Exception {
    BufferedImage photograph = new BufferedImage(3000, 1500, BufferedImage.TYPE_3BYTE_BGR);
    try (TestServer other = TestServer.start(ServerOptions.defaults(),
        FakeModel.builder(TestServer::answer).imageSource(uri -> photograph))) {
      JsonNode found = TestServer.json(other.post("/v1/gill/search", TestServer.body("'query': 'a cat'")).body());
      assertThat(found.path("data").size()).isEqualTo(10);
      for (JsonNode hit : found.path("data")) {
        requireSize(hit.path("image").asText(), 512, 256);
      }
      String retrieving = TestServer.user("draw a cat") + ", 'stream': false,"
          + " 'gill': {'policy': 'retrieve', 'pictures': 2, 'candidates': true}";
      JsonNode images = other.chat(retrieving).path("choices").path(0).path("message").path("images");
      assertThat(images.size()).isEqualTo(2);
      for (JsonNode image : images) {
        requireSize(image.path("image_url").path("url").asText(), 1024, 512);
      }
      assertThat(images.path(0).path("gill").path("chosen").asBoolean()).isTrue();
      JsonNode ollama = TestServer.json(other.post("/api/chat", TestServer.body(retrieving)).body());
      requireSize("data:image/png;base64," + ollama.path("message").path("images").path(0).asText(), 1024, 512);
    }
  }

  private static void requireSize(String url, int width, int height) {
    BufferedImage picture = Images.read(Base64.getDecoder().decode(url.substring(url.indexOf(',') + 1)), "picture");
    assertThat(List.of(picture.getWidth(), picture.getHeight())).containsExactly(width, height);
  }

  @Test
  void theCollectionIsSearchedByTextAndByPicture() throws Exception {
    for (String query : List.of("'query': 'a cat'", "'image': '" + TestServer.dataUrl(4, 4) + "'")) {
      JsonNode body = TestServer.json(
          server.post("/v1/gill/search", TestServer.body(query + ", 'k': 3")).body());
      assertThat(body.path("object").asText()).isEqualTo("list");
      JsonNode data = body.path("data");
      assertThat(data.size()).isEqualTo(3);
      assertThat(data.path(0).fieldNames()).toIterable().containsExactly("image", "source", "score");
      assertThat(data.path(0).path("source").asText()).isEqualTo("fake:0");
      assertThat(data.path(0).path("image").asText()).startsWith("data:image/png;base64,");
      assertThat(data.path(0).path("score").asDouble()).isGreaterThan(data.path(1).path("score").asDouble());
    }
    for (String wrong : List.of("'k': 3", "'query': 5", "'query': ' '", "'query': 'a', 'k': 0", "'image': 'x'")) {
      assertThat(server.post("/v1/gill/search", TestServer.body(wrong)).statusCode()).as(wrong).isEqualTo(400);
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
    "'k': 3 | query", "'query': 5 | query", "'query': ['a'] | query", "'query': ' ' | query",
    "'query': 'a', 'k': 51 | k", "'query': 'a', 'k': 1.5 | k", "'query': 'a', 'k': '3' | k", "'image': 5 | image",
    "'image': 'x' | image", "'image': 'data:image/png;base64,@@' | image"})
  void wrongFieldsOfASearch(String fields, String param) throws Exception {
    refused(param, server.post("/v1/gill/search", TestServer.body(fields)));
  }

  @Test
  void aSearchOfAnotherModelOrWithoutJson() throws Exception {
    assertThat(server.post("/v1/gill/search", json("'query': 'a', 'model': 'other'")).statusCode()).isEqualTo(404);
    HttpResponse<String> broken = server.post("/v1/gill/search", "{'query'");
    assertThat(broken.statusCode()).isEqualTo(400);
    JsonNode error = TestServer.json(broken.body()).path("error");
    assertThat(error.fieldNames()).toIterable().containsExactly("message", "type", "param", "code");
    assertThat(error.path("code").asText()).isEqualTo("invalid_json");
  }
}
