package io.gill.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiImageModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that people use, each against the real server. */
@Timeout(120)
class ClientsTest {
  private static final String OPENAI_VERSION = "6.49.0";

  private static TestServer server;

  @BeforeAll
  static void start() {
    server = TestServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String baseUrl() {
    return server.uri("/v1").toString();
  }

  @Test
  void langchain4jChatsWithAPicture() {
    OpenAiChatModel model = OpenAiChatModel.builder()
        .baseUrl(baseUrl()).apiKey("none").modelName(TestServer.MODEL).maxTokens(20).temperature(0.0).build();
    String url = TestServer.dataUrl(6, 6);
    ChatResponse response = model.chat(UserMessage.from(TextContent.from("b"),
        ImageContent.from(url.substring(url.indexOf(',') + 1), "image/png")));
    assertThat(response.aiMessage().text()).isEqualTo("You said ba picture");
    assertThat(response.tokenUsage().outputTokenCount()).isPositive();
  }

  @Test
  void langchain4jStreams() throws Exception {
    OpenAiStreamingChatModel model = OpenAiStreamingChatModel.builder()
        .baseUrl(baseUrl()).apiKey("none").modelName(TestServer.MODEL).build();
    StringBuilder pieces = new StringBuilder();
    CompletableFuture<ChatResponse> done = new CompletableFuture<>();
    model.chat("draw a cat", new StreamingChatResponseHandler() {
      @Override
      public void onPartialResponse(String piece) {
        pieces.append(piece);
      }

      @Override
      public void onCompleteResponse(ChatResponse response) {
        done.complete(response);
      }

      @Override
      public void onError(Throwable error) {
        done.completeExceptionally(error);
      }
    });
    ChatResponse response = done.get(30, TimeUnit.SECONDS);
    assertThat(response.aiMessage().text()).isEqualTo("Here it is.").isEqualTo(pieces.toString());
    assertThat(response.tokenUsage().totalTokenCount()).isPositive();
  }

  @Test
  void langchain4jDrawsAndEmbeds() {
    OpenAiImageModel images = OpenAiImageModel.builder()
        .baseUrl(baseUrl()).apiKey("none").modelName(TestServer.MODEL).build();
    assertThat(images.generate("a cat").content().base64Data()).isNotBlank();
    OpenAiEmbeddingModel embeddings = OpenAiEmbeddingModel.builder()
        .baseUrl(baseUrl()).apiKey("none").modelName(TestServer.MODEL).build();
    assertThat(embeddings.embed("a cat").content().vector()).hasSize(4);
  }

  @Test
  void curlStreams() throws Exception {
    Programs.require("curl");
    String out = run(null, "curl", "-sS", "-N", "--max-time", "30", baseUrl() + "/chat/completions",
        "-H", "Content-Type: application/json",
        "-d", TestServer.body(TestServer.user("hello") + ", 'stream': true"));
    assertThat(out).startsWith("data: {").endsWith("data: [DONE]\n\n");
    assertThat(TestServer.events(out)).hasSizeGreaterThan(3);
  }

  /** Installs OpenAI's client below the build folder, where a later run finds it. */
  @Test
  void openAisOwnClientStreamsTextAndAPicture() throws Exception {
    Programs.require("node");
    Programs.require("npm");
    Path folder = Path.of("target", "openai-client-" + OPENAI_VERSION).toAbsolutePath();
    if (!Files.isDirectory(folder.resolve("node_modules").resolve("openai"))) {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("package.json"), "{\"private\": true}");
      Process install = new ProcessBuilder("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts",
          "openai@" + OPENAI_VERSION).directory(folder.toFile()).redirectErrorStream(true).start();
      String log = new String(install.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (install.waitFor() != 0) {
        Programs.missing("npm could not install the client: " + log);
      }
    }
    Path script = folder.resolve("client.mjs");
    try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("openai-client.mjs"))) {
      Files.write(script, in.readAllBytes());
    }
    JsonNode result = TestServer.json(
        run(folder.toFile(), "node", script.toString(), baseUrl(), TestServer.dataUrl(5, 5)));
    assertThat(result.path("models").path(0).asText()).isEqualTo(TestServer.MODEL);
    assertThat(result.path("text").asText()).isEqualTo("Here it is.");
    assertThat(result.path("pictures").asInt()).isEqualTo(1);
    assertThat(result.path("tokens").asInt()).isPositive();
    assertThat(result.path("whole").asText()).isEqualTo("You said hia picture");
    assertThat(result.path("vectors")).hasToString("[4,4]");
    assertThat(result.path("drawn").asBoolean()).isTrue();
    assertThat(result.path("edited")).hasToString("[true,true]");
    assertThat(result.path("events")).hasToString("[\"image_generation.partial_image\","
        + "\"image_generation.completed\",\"image_edit.completed\"]");
    assertThat(result.path("error")).hasToString("[404,\"model_not_found\",\"NotFoundError\"]");
  }

  private static String run(File folder, String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).directory(folder).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(out).isZero();
    return out;
  }
}
