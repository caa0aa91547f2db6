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
  private static final String RESUME = ": when the judge answers again, give the same command to resume";

  /** In place of a status: the connection is closed without a response. */
  private static final int CUT = 0;

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
      if (next.status == CUT) {
        exchange.close();
        return;
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

  /** Otherwise every other picture would wait as long, and a run without verdicts would look like a score. */
  @Test
  void aServerThatStaysBusyEndsTheRunAfterFiveTries() {
    served.add(new Served(429, "", "no quota"));
    assertThatThrownBy(this::asked).isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith("/v1/chat/completions answered with status 429: no quota" + RESUME);
    assertThat(pauses).containsExactly(
        Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(4), Duration.ofSeconds(8));
  }

  @Test
  void aServerThatIsNotReachedIsAskedAgain() {
    served.add(new Served(CUT, "", ""));
    served.add(new Served(CUT, "", ""));
    served.add(new Served(200, "", YES));
    assertThat(asked()).isTrue();
    assertThat(pauses).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(2));
    server.stop(0);
    assertThatThrownBy(this::asked).isInstanceOf(IllegalStateException.class)
        .hasMessageMatching("http://127.0.0.1:\\d+/v1/chat/completions does not answer: .+" + RESUME);
  }

  @Test
  void aRefusedKeyEndsTheRunAtOnce() {
    served.add(new Served(401, "1", "no key"));
    assertThatThrownBy(this::asked).isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith("answered with status 401: no key" + RESUME);
    assertThat(pauses).isEmpty();
  }

  @Test
  void aRefusedPictureIsNotRepeated() {
    served.add(new Served(400, "1", "too " + "l".repeat(300) + "arge"));
    assertThatThrownBy(this::asked).isInstanceOf(GillException.class)
        .hasMessageEndingWith("answered with status 400: too " + "l".repeat(196) + "…");
    assertThat(pauses).isEmpty();
  }
}
