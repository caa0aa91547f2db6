package io.gill.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.gill.GillException;
import io.gill.Sampling;
import io.gill.image.Images;
import io.gill.testing.FakeModel;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class OllamaTest {
  private static TestServer server;

  @BeforeAll
  static void start() {
    server = TestServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void aChatIsAStreamOfLinesUnlessItIsRefused() throws Exception {
    HttpResponse<String> response = server.post("/api/chat", TestServer.body(TestServer.user("draw a cat")));
    assertThat(response.headers().firstValue("Content-Type")).contains("application/x-ndjson");
    List<JsonNode> lines = new ArrayList<>();
    for (String line : response.body().split("\n")) {
      lines.add(TestServer.json(line));
    }
    assertThat(lines).allMatch(line -> line.path("model").asText().equals(TestServer.MODEL) && line.has("created_at"));
    assertThat(lines.stream().map(line -> line.path("message").path("content").asText()).collect(Collectors.joining()))
        .isEqualTo("Here it is.");
    String picture = lines.stream().map(line -> line.path("message").path("images").path(0).asText())
        .filter(text -> !text.isEmpty()).findFirst().orElseThrow();
    assertThat(Images.read(Base64.getDecoder().decode(picture), "picture").getWidth()).isEqualTo(64);
    JsonNode last = lines.get(lines.size() - 1);
    assertThat(last.path("done").asBoolean()).isTrue();
    assertThat(last.path("done_reason").asText()).isEqualTo("stop");
    assertThat(last.path("prompt_eval_count").asInt()).isPositive();
    assertThat(lines.get(0).path("done").asBoolean()).isFalse();
  }

  @Test
  void aWholeReplyWithAPictureOfTheUser() throws Exception {
    String url = TestServer.dataUrl(4, 4);
    JsonNode reply = TestServer.json(server.post("/api/chat", ("{'model': 'fake:latest', 'stream': false,"
        + " 'options': {'num_predict': 3, 'temperature': 0}, 'messages': [{'role': 'user', 'content': 'b', 'images': ['"
        + url.substring(url.indexOf(',') + 1) + "']}]}").replace('\'', '"')).body());
    assertThat(reply.path("done").asBoolean()).isTrue();
    assertThat(reply.path("done_reason").asText()).isEqualTo("length");
    assertThat(reply.path("message").path("content").asText()).isEqualTo("Yo");
    assertThat(reply.path("eval_count").asInt()).isEqualTo(3);
  }

  @Test
  void ollamasOwnOptionsAreRead() throws Exception {
    FakeModel fake = FakeModel.saying("Hello.");
    Limits limits = new Limits(200_000, 1_000_000, 64, 300, 50, 4, 2, 8);
    try (TestServer other = TestServer.start(TestServer.options(limits), fake.builder())) {
      for (String options : List.of("'num_predict': -1, 'top_k': 0, 'min_p': 0.0, 'num_ctx': 4096",
          "'num_predict': -2, 'repeat_penalty': 1.25", "'num_predict': 300, 'top_k': 40, 'temperature': 0.8",
          "'num_predict': 300, 'top_k': 3")) {
        assertThat(chat(other, options).statusCode()).as(options).isEqualTo(200);
      }
      for (String wrong : List.of("'num_predict': 301", "'num_predict': '-1'", "'repeat_penalty': 0",
          "'repeat_penalty': 1001", "'repeat_penalty': 'x'", "'top_k': -2", "'top_k': 'x'", "'min_p': 0.05",
          "'typical_p': 0.7", "'mirostat': 1", "'tfs_z': 0.9")) {
        assertThat(chat(other, wrong).statusCode()).as(wrong).isEqualTo(400);
      }
    }
    assertThat(fake.calls()).extracting(call -> call.options().maxTokens()).containsExactly(300, 300, 300, 300);
    assertThat(fake.calls()).extracting(call -> call.options().repetitionPenalty())
        .containsExactly(1.0, 1.25, 1.0, 1.0);
    assertThat(fake.calls().get(2).options().sampler()).isEqualTo(new Sampling(0.8, 1, 40));
    assertThat(fake.calls().get(3).options().sampler()).isEqualTo(new Sampling(1, 1, 3));
  }

  @Test
  void aFailureWithinAStreamIsItsLastLine() throws Exception {
    FakeModel fake = FakeModel.saying("Hello there.");
    try (TestServer other = TestServer.start(ServerOptions.defaults(), fake.builder())) {
      fake.failingAfter(6, new GillException("out of order"));
      HttpResponse<String> response = other.post("/api/chat", TestServer.body(TestServer.user("hello")));
      assertThat(response.statusCode()).isEqualTo(200);
      List<String> lines = response.body().lines().toList();
      assertThat(TestServer.json(lines.get(0)).path("message").path("content").asText()).isEqualTo("H");
      assertThat(lines.get(lines.size() - 1)).isEqualTo("{\"error\":\"out of order\"}");
      assertThat(response.body()).doesNotContain("\"done\":true");
    }
  }

  @Test
  void anEmptyFormatIsNoneAndNoMessagesLoadTheModel() throws Exception {
    JsonNode reply = TestServer.json(server.post(
        "/api/chat", TestServer.body(TestServer.user("hello") + ", 'stream': false, 'format': ''")).body());
    assertThat(reply.path("message").path("content").asText()).isEqualTo("You said hello");
    assertThat(server.post("/api/chat", TestServer.body(TestServer.user("hello") + ", 'format': 'json'")).statusCode())
        .isEqualTo(400);
    for (String none : List.of("'messages': []", "'stream': false", "'messages': null, 'keep_alive': -1")) {
      JsonNode loaded = TestServer.json(server.post("/api/chat", TestServer.body(none)).body());
      assertThat(loaded.path("done").asBoolean()).as(none).isTrue();
      assertThat(loaded.path("done_reason").asText()).isEqualTo("load");
      assertThat(loaded.path("message").path("role").asText()).isEqualTo("assistant");
      assertThat(loaded.path("message").path("content").asText()).isEmpty();
      assertThat(loaded.path("model").asText()).isEqualTo(TestServer.MODEL);
    }
  }

  @Test
  void theVersionIsThreeNumbers() throws Exception {
    assertThat(TestServer.json(server.get("/api/version").body()).path("version").asText())
        .matches("\\d+\\.\\d+\\.\\d+");
  }

  private static HttpResponse<String> chat(TestServer to, String options) throws Exception {
    return to.post("/api/chat", TestServer.body(TestServer.user("hello") + ", 'options': {" + options + "}"));
  }

  @Test
  void theModelIsListed() throws Exception {
    JsonNode model = TestServer.json(server.get("/api/tags").body()).path("models").path(0);
    assertThat(model.path("name").asText()).isEqualTo(TestServer.MODEL);
    JsonNode openAi = TestServer.json(server.get("/v1/models").body());
    assertThat(openAi.path("object").asText()).isEqualTo("list");
    assertThat(openAi.path("data").path(0).path("id").asText()).isEqualTo(TestServer.MODEL);
    assertThat(openAi.path("data").path(0).path("created").asLong()).isEqualTo(1_700_000_000L);
  }

  @Test
  void metricsAreInPrometheusFormat() throws Exception {
    server.post("/v1/chat/completions", TestServer.body(TestServer.user("hello")));
    server.get("/v1/nothing");
    String metrics = server.get("/metrics").body();
    assertThat(metrics).contains("# TYPE gill_requests_total counter\n")
        .contains("gill_request_seconds_bucket{path=\"/v1/chat/completions\",le=\"+Inf\"}")
        .contains("gill_first_token_seconds_count ").contains("gill_tokens_total{kind=\"prompt\"} ")
        .contains("gill_model_ready 1\n");
    assertThat(metrics.lines()).allMatch(line ->
        line.matches("# (HELP|TYPE) gill_\\w+ .+|gill_\\w+(\\{\\w+=\"[^\"]*\"(,\\w+=\"[^\"]*\")*})? -?[0-9.]+"));
  }
}
