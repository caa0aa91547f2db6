package io.gill.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.gill.GillException;
import io.gill.Sampler;
import io.gill.Sampling;
import io.gill.testing.FakeModel;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ChatCompletionsTest {
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
  void aQuestionIsAnsweredInOpenAisForm() throws Exception {
    JsonNode reply = server.chat(TestServer.user("hello"));
    assertThat(reply.path("object").asText()).isEqualTo("chat.completion");
    assertThat(reply.path("id").asText()).startsWith("chatcmpl-");
    assertThat(reply.path("created").asLong()).isPositive();
    assertThat(reply.path("model").asText()).isEqualTo(TestServer.MODEL);
    JsonNode choice = reply.path("choices").path(0);
    assertThat(choice.path("index").asInt()).isZero();
    assertThat(choice.path("message").path("role").asText()).isEqualTo("assistant");
    assertThat(choice.path("message").path("content").asText()).isEqualTo("You said hello");
    assertThat(choice.path("message").has("images")).isFalse();
    assertThat(choice.path("finish_reason").asText()).isEqualTo("stop");
    JsonNode usage = reply.path("usage");
    assertThat(usage.path("prompt_tokens").asInt()).isPositive();
    assertThat(usage.path("completion_tokens").asInt()).isPositive();
    assertThat(usage.path("total_tokens").asInt())
        .isEqualTo(usage.path("prompt_tokens").asInt() + usage.path("completion_tokens").asInt());
  }

  @Test
  void picturesOfTheUserAreReadInEveryForm() throws Exception {
    String url = TestServer.dataUrl(8, 6);
    String base64 = url.substring(url.indexOf(',') + 1);
    for (String content : List.of(
        "'content': [{'type': 'image_url', 'image_url': {'url': '" + url + "', 'detail': 'low'}},"
            + "{'type': 'text', 'text': 'what'}]",
        "'content': [{'type': 'image_url', 'image_url': '" + url + "'}, {'type': 'text', 'text': 'what'}]",
        "'content': 'what', 'images': ['" + base64 + "']")) {
      JsonNode reply = server.chat("'messages': [{'role': 'user', " + content + "}]");
      assertThat(reply.path("choices").path(0).path("message").path("content").asText()).as(content)
          .startsWith("You said").contains("what");
      assertThat(reply.path("usage").path("prompt_tokens").asInt()).isPositive();
    }
    JsonNode one = server.chat("'messages': [{'role': 'user', 'content': [{'type': 'text', 'text': 'b'},"
        + "{'type': 'image_url', 'image_url': {'url': '" + url + "'}}]}]");
    assertThat(one.path("choices").path(0).path("message").path("content").asText()).isEqualTo("You said ba picture");
  }

  @Test
  void aGeneratedAndARetrievedPictureComeWithTheirFacts() throws Exception {
    JsonNode message = server.chat(TestServer.user("draw a cat") + ", 'seed': 5, 'gill': {'steps': 3, 'size': '32x16'}")
        .path("choices").path(0).path("message");
    assertThat(message.path("content").asText()).isEqualTo("Here it is.");
    JsonNode image = message.path("images").path(0);
    assertThat(message.path("images").size()).isEqualTo(1);
    assertThat(TestServer.picture(image).getWidth()).isEqualTo(32);
    assertThat(image.path("gill").path("origin").asText()).isEqualTo("generated");
    assertThat(image.path("gill").path("decision").path("generate").asDouble()).isEqualTo(0.75);
    assertThat(image.path("gill").path("decision").path("retrieve").asDouble()).isEqualTo(0.25);
    assertThat(message.path("gill").path("seed").asLong()).isEqualTo(5);
    assertThat(message.path("gill").path("tokens").size()).isPositive();

    image = server.chat(TestServer.user("draw a cat") + ", 'gill': {'policy': 'retrieve'}")
        .path("choices").path(0).path("message").path("images").path(0);
    assertThat(image.path("gill").path("origin").asText()).isEqualTo("retrieved");
    assertThat(image.path("gill").path("source").asText()).isEqualTo("fake:0");
    assertThat(image.path("gill").path("score").asDouble()).isEqualTo(1);
    assertThat(TestServer.picture(image).getWidth()).isEqualTo(64);
  }

  @Test
  void equalSeedsGiveEqualPicturesAndCandidatesComeOnRequest() throws Exception {
    String request = TestServer.user("draw a cat") + ", 'gill': {'pictures': 3, 'policy': 'both', 'candidates': true}";
    JsonNode first = server.chat(request + ", 'seed': 7").path("choices").path(0).path("message").path("images");
    JsonNode again = server.chat(request + ", 'seed': 7").path("choices").path(0).path("message").path("images");
    assertThat(first).isEqualTo(again);
    assertThat(first.size()).isEqualTo(6);
    assertThat(first.path(0).path("gill").path("chosen").asBoolean()).isTrue();
    assertThat(first.path(1).path("gill").path("chosen").asBoolean()).isFalse();
  }

  @Test
  void aClientThatTakesTextOnlyGetsNoPicture() throws Exception {
    JsonNode message = server.chat(TestServer.user("draw a cat") + ", 'modalities': ['text']")
        .path("choices").path(0).path("message");
    assertThat(message.has("images")).isFalse();
  }

  @Test
  void theOptionsOfARequestReachTheModel() throws Exception {
    JsonNode reply = server.chat(TestServer.user("one two three four") + ", 'max_tokens': 2");
    assertThat(reply.path("choices").path(0).path("finish_reason").asText()).isEqualTo("length");
    assertThat(reply.path("usage").path("completion_tokens").asInt()).isEqualTo(2);
    reply = server.chat(TestServer.user("one two three four") + ", 'stop': ['three']");
    assertThat(reply.path("choices").path(0).path("message").path("content").asText()).isEqualTo("You said one two");
    assertThat(reply.path("choices").path(0).path("finish_reason").asText()).isEqualTo("stop");
  }

  @Test
  void theSamplingOfOtherServersIsHonoured() throws Exception {
    FakeModel fake = FakeModel.saying("Hello.");
    try (TestServer other = TestServer.start(ServerOptions.defaults(), fake.builder())) {
      other.chat(TestServer.user("hello") + ", 'top_k': 40, 'temperature': 0.5, 'repetition_penalty': 1.25");
      other.chat(TestServer.user("hello") + ", 'top_k': 3");
      other.chat(TestServer.user("hello") + ", 'top_k': -1, 'min_p': 0");
    }
    assertThat(fake.calls()).extracting(call -> call.options().sampler())
        .containsExactly(new Sampling(0.5, 1, 40), new Sampling(1, 1, 3), Sampler.greedy());
    assertThat(fake.calls()).extracting(call -> call.options().repetitionPenalty()).containsExactly(1.25, 1.0, 1.0);
  }

  @Test
  void aFailureWithinAStreamIsItsLastEvent() throws Exception {
    FakeModel fake = FakeModel.saying("Hello there.");
    try (TestServer other = TestServer.start(ServerOptions.defaults(), fake.builder())) {
      fake.failingAfter(6, new GillException("out of order"));
      HttpResponse<String> response = other.post(
          "/v1/chat/completions", TestServer.body(TestServer.user("hello") + ", 'stream': true"));
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.body()).doesNotContain("[DONE]");
      List<JsonNode> events = TestServer.events(response.body());
      assertThat(events.get(1).path("choices").path(0).path("delta").path("content").asText()).isEqualTo("H");
      assertThat(events.get(events.size() - 1)).isEqualTo(TestServer.json(
          "{'error': {'message': 'out of order', 'type': 'server_error', 'param': null, 'code': null}}"
              .replace('\'', '"')));
      assertThat(events.subList(0, events.size() - 1)).noneMatch(event -> event.has("error"));
    }
  }

  @Test
  void aConversationHasInstructionsAndEarlierReplies() throws Exception {
    JsonNode drawn = server.chat(TestServer.user("draw a cat")).path("choices").path(0).path("message");
    JsonNode reply = server.chat("'messages': [{'role': 'system', 'content': 'be brief'},"
        + "{'role': 'user', 'content': 'draw a cat'},"
        + "{'role': 'assistant', 'content': 'Here it is.', 'gill': {'tokens': " + drawn.path("gill").path("tokens")
        + "}}, {'role': 'user', 'content': 'thanks'}, {'role': 'assistant', 'content': 'Gladly'},"
        + "{'role': 'user', 'content': 'and now'}]");
    assertThat(reply.path("choices").path(0).path("message").path("content").asText()).isEqualTo("You said and now");
  }

  @Test
  void aStreamHasTheSameTextAsTheWholeReply() throws Exception {
    HttpResponse<String> response = server.post("/v1/chat/completions",
        TestServer.body(TestServer.user("hello there")
            + ", 'stream': true, 'stream_options': {'include_usage': true}"));
    assertThat(response.headers().firstValue("Content-Type")).contains("text/event-stream");
    assertThat(response.body()).endsWith("data: [DONE]\n\n");
    List<JsonNode> chunks = TestServer.events(response.body());
    assertThat(chunks.stream().map(chunk -> chunk.path("id").asText()).distinct()).hasSize(1);
    assertThat(chunks.stream().map(chunk -> chunk.path("created").asLong()).distinct()).hasSize(1);
    assertThat(chunks).allMatch(chunk -> chunk.path("object").asText().equals("chat.completion.chunk"));
    assertThat(chunks.get(0).path("choices").path(0).path("delta").path("role").asText()).isEqualTo("assistant");
    assertThat(chunks.stream().map(chunk -> chunk.path("choices").path(0).path("delta").path("content").asText())
        .collect(Collectors.joining())).isEqualTo("You said hello there");
    assertThat(chunks.stream().filter(chunk -> !chunk.path("choices").path(0).path("delta").path("content").asText()
        .isEmpty()).count()).isGreaterThan(2);
    JsonNode end = chunks.get(chunks.size() - 2).path("choices").path(0);
    assertThat(end.path("finish_reason").asText()).isEqualTo("stop");
    assertThat(chunks.get(0).path("choices").path(0).path("finish_reason").isNull()).isTrue();
    JsonNode usage = chunks.get(chunks.size() - 1);
    assertThat(usage.path("choices").isArray()).isTrue();
    assertThat(usage.path("choices")).isEmpty();
    assertThat(usage.path("usage").path("total_tokens").asInt()).isPositive();
  }

  @Test
  void aStreamShowsTheDecisionTheStepsAndThePicture() throws Exception {
    List<JsonNode> chunks = TestServer.events(server.post("/v1/chat/completions",
        TestServer.body(TestServer.user("draw a cat") + ", 'stream': true, 'gill': {'steps': 2}")).body());
    List<String> order = new ArrayList<>();
    for (JsonNode chunk : chunks) {
      JsonNode choice = chunk.path("choices").path(0);
      if (choice.path("gill").has("wanted")) {
        order.add("wanted " + choice.path("gill").path("wanted").path("action").asText());
      } else if (choice.path("gill").has("progress")) {
        order.add("step " + choice.path("gill").path("progress").path("step").asInt());
      } else if (choice.path("delta").has("images")) {
        order.add("picture " + TestServer.picture(choice.path("delta").path("images").path(0)).getWidth());
      }
    }
    assertThat(order).containsExactly("wanted generate", "step 1", "step 2", "picture 64");
    chunks = TestServer.events(server.post("/v1/chat/completions", TestServer.body(TestServer.user("draw a cat")
        + ", 'stream': true, 'gill': {'steps': 9, 'previews': 2}")).body());
    assertThat(chunks.stream().map(chunk -> chunk.path("choices").path(0).path("gill").path("progress"))
        .filter(progress -> progress.path("preview").asText().startsWith("data:image/png;base64,"))
        .map(progress -> progress.path("step").asInt())).containsExactly(3, 6);
  }

  /** The picture is another object in each request. */
  @Test
  void aLongerConversationReadsOnlyWhatIsNew() throws Exception {
    String first = "{'role': 'user', 'content': [{'type': 'image_url', 'image_url': {'url': '"
        + TestServer.dataUrl(8, 8) + "'}}, {'type': 'text', 'text': 'and a long question about this picture'}]}";
    try (TestServer keeping = TestServer.start(
        ServerOptions.defaults(), FakeModel.builder(TestServer::answer).cachedConversations(2))) {
      JsonNode reply = keeping.chat("'messages': [" + first + "]");
      assertThat(cached(reply)).isZero();
      String answer = reply.path("choices").path(0).path("message").path("content").asText();
      JsonNode next = keeping.chat("'messages': [" + first + ", {'role': 'assistant', 'content': '" + answer
          + "'}, {'role': 'user', 'content': 'go on'}]");
      assertThat(cached(next)).isGreaterThanOrEqualTo(reply.path("usage").path("prompt_tokens").asInt());
    }
  }

  private static int cached(JsonNode reply) {
    return reply.path("usage").path("prompt_tokens_details").path("cached_tokens").asInt(-1);
  }
}
