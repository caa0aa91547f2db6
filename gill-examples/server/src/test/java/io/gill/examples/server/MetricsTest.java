package io.gill.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.torch.Tensor;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class MetricsTest {
  @Test
  void theMeanIsThatOfRequestsThatGotAReply() {
    Metrics metrics = new Metrics();
    assertThat(metrics.meanSeconds("/a")).isZero();
    metrics.request("/a", 200, 10);
    metrics.request("/a", 429, 0.001);
    metrics.request("/a", 500, 0.001);
    metrics.request("/b", 200, 1);
    assertThat(metrics.meanSeconds("/a")).isEqualTo(10);
    assertThat(metrics.text(() -> 0, true)).contains(
        "gill_request_seconds_count{path=\"/a\"} 3\n", "gill_tensors " + Tensor.live() + "\n");
  }

  @Test
  void theTimeToTheFirstTextIncludesReadingTheRequest() throws Exception {
    try (TestServer server = TestServer.start();
        Socket socket = new Socket("127.0.0.1", server.server.uri().getPort())) {
      byte[] body = TestServer.bytes(TestServer.body(TestServer.user("hello")));
      socket.getOutputStream().write(TestServer.bytes("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
          + "Content-Length: " + body.length + "\r\n\r\n"));
      Thread.sleep(500);
      socket.getOutputStream().write(body);
      assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.UTF_8))
          .isEqualTo("HTTP/1.1 200");
      Matcher sum = Pattern.compile("gill_first_token_seconds_sum ([0-9.]+)\n").matcher(server.get("/metrics").body());
      assertThat(sum.find()).isTrue();
      assertThat(Double.parseDouble(sum.group(1))).isGreaterThan(0.3);
    }
  }
}
