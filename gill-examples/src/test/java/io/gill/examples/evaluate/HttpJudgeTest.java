package io.gill.examples.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.gill.GillException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpJudgeTest {
  private static final String YES = "{\"choices\":[{\"message\":{\"content\":\"Yes.\"}}]}";

  /** A response of the server; without Retry-After if it is empty. */
  private record Served(int status, String retryAfter, String body) {}

  private final Deque<Served> served = new ArrayDeque<>();
  private final List<Duration> pauses = new ArrayList<>();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/v1/chat/completions", exchange -> {
      Served next = served.size() > 1 ? served.remove() : served.getFirst();
      if (!next.retryAfter.isEmpty()) {
        exchange.getResponseHeaders().set("Retry-After", next.retryAfter);
      }
      byte[] body = next.body.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(next.status, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private boolean asked() {
    InetSocketAddress address = server.getAddress();
    URI base = URI.create("http://" + address.getAddress().getHostAddress() + ":" + address.getPort() + "/v1");
    return new HttpJudge(base, "m", null, pauses::add)
        .contains(new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB), "a dax");
  }

  @Test
  void aBusyServerIsAskedAgainAfterThePauseThatItNames() {
    served.add(new Served(429, "7", "slow down"));
    served.add(new Served(503, "", "busy"));
    served.add(new Served(429, "3600", "slow down"));
    served.add(new Served(500, "Wed, 21 Oct 2026 07:28:00 GMT", "broken"));
    served.add(new Served(200, "", YES));
    assertThat(asked()).isTrue();
    assertThat(pauses).containsExactly(Duration.ofSeconds(7), Duration.ofSeconds(2), Duration.ofMinutes(1),
        Duration.ofSeconds(8));
  }

  @Test
  void aServerThatStaysBusyFailsAfterFiveTries() {
    served.add(new Served(429, "", "no quota"));
    assertThatThrownBy(this::asked).isInstanceOf(GillException.class)
        .hasMessageEndingWith("/v1/chat/completions answered with status 429: no quota");
    assertThat(pauses).containsExactly(
        Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(4), Duration.ofSeconds(8));
  }

  @Test
  void aWrongRequestIsNotRepeated() {
    served.add(new Served(401, "1", "no key"));
    assertThatThrownBy(this::asked).hasMessageEndingWith("answered with status 401: no key");
    assertThat(pauses).isEmpty();
  }
}
