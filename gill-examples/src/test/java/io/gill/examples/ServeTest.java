package io.gill.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gill.examples.server.ServerOptions;
import io.gill.image.Images;
import io.gill.testsupport.JavaProcess;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The server as a process, with the bundled model. */
@Timeout(120)
class ServeTest {
  @TempDir private Path folder;

  @Test
  void theBundledModelIsServedUntilTheProcessIsToldToEnd() throws Exception {
    Path log = folder.resolve("log");
    Process process = JavaProcess.of(Main.class, List.of("-Xmx1g", "-XX:+UseSerialGC"), "serve", "--port", "0")
        .redirectError(log.toFile()).start();
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      Matcher address = Pattern.compile("http://127\\.0\\.0\\.1:\\d+/").matcher(out.readLine());
      assertThat(address.find()).isTrue();
      assertThat(out.readLine()).isEqualTo("gill: ready");
      String body = """
          {"model": "small-world", "seed": 1, "gill": {"policy": "generate", "steps": 2}, "messages": [
           {"role": "user", "content": "draw a large blue star in the centre on a white background"}]}""";
      HttpURLConnection connection = (HttpURLConnection)
          URI.create(address.group()).resolve("v1/chat/completions").toURL().openConnection();
      connection.setRequestProperty("X-Request-Id", "the-request");
      connection.setDoOutput(true);
      connection.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
      assertThat(connection.getResponseCode()).isEqualTo(200);
      JsonNode message =
          new ObjectMapper().readTree(connection.getInputStream()).path("choices").path(0).path("message");
      String url = message.path("images").path(0).path("image_url").path("url").asText();
      BufferedImage picture =
          Images.read(Base64.getDecoder().decode(url.substring(url.indexOf(',') + 1)), "the reply's picture");
      assertThat(picture.getWidth()).isEqualTo(64);

      process.toHandle().destroy(); // Process.destroy would close the output
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(out.readLine()).isEqualTo("gill: ended");
    } finally {
      process.destroyForcibly();
    }
    // The log names the request and nothing of its content.
    assertThat(Files.readString(log)).contains("the-request POST /v1/chat/completions 200").doesNotContain("star")
        .doesNotContain("gill: warning");
  }

  @Test
  void aServerThatIsOpenToOthersWarns() {
    assertThat(warning("0.0.0.0", Optional.empty())).hasValueSatisfying(line ->
        assertThat(line).contains("0.0.0.0").contains("--api-key").doesNotContain("\n"));
    assertThat(warning("example.com", Optional.empty())).isPresent();
    assertThat(warning("::", Optional.empty())).isPresent();
    assertThat(warning("0.0.0.0", Optional.of("key"))).isEmpty();
    for (String loopback : List.of("127.0.0.1", "127.1.2.3", "localhost", "LocalHost", "::1", "[::1]")) {
      assertThat(warning(loopback, Optional.empty())).as(loopback).isEmpty();
    }
  }

  private static Optional<String> warning(String host, Optional<String> key) {
    ServerOptions defaults = ServerOptions.defaults();
    return Serve.warning(
        new ServerOptions(host, 8080, key, defaults.origins(), defaults.limits(), defaults.timeout()));
  }
}
