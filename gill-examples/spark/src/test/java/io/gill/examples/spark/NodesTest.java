package io.gill.examples.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.gill.GillException;
import io.gill.retrieval.OpenSearchIndex;
import io.gill.retrieval.OpenSearchOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hc.core5.http.HttpHost;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opensearch.client.transport.OpenSearchTransport;

class NodesTest {
  @TempDir private Path folder;

  @Test
  void anExecutorSaysWhoTheUserIs() throws Exception {
    Set<String> heard = ConcurrentHashMap.newKeySet();
    HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", exchange -> {
      heard.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
      byte[] nothing = "{}".getBytes(StandardCharsets.UTF_8); // there is no such index
      exchange.getResponseHeaders().add("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, nothing.length);
      exchange.getResponseBody().write(nothing);
      exchange.close();
    });
    server.start();
    try {
      Nodes nobody = Nodes.of(List.of(new HttpHost("http", "localhost", server.getAddress().getPort())));
      assertThat(exists(nobody)).isFalse();
      assertThat(heard).containsExactly("null");
      heard.clear();
      assertThat(exists(sent(nobody.as(file("indexer:pass:wörd\n"))))).isFalse();
      assertThat(heard).containsExactly("Basic "
          + Base64.getEncoder().encodeToString("indexer:pass:wörd".getBytes(StandardCharsets.UTF_8)));
    } finally {
      server.stop(0);
    }
  }

  @Test
  void aFileWithoutAUserIsNamed() throws Exception {
    Nodes nodes = Nodes.of(List.of(new HttpHost("localhost")));
    for (String wrong : List.of("", "secret", ":secret", "user:secret\nuser:secret")) {
      assertThatThrownBy(() -> nodes.as(file(wrong))).isInstanceOf(GillException.class)
          .hasMessage(folder.resolve("credentials") + " must have one line, NAME:PASSWORD");
    }
    assertThatThrownBy(() -> nodes.as(folder.resolve("nothing"))).isInstanceOf(GillException.class)
        .hasMessageContaining(folder.resolve("nothing") + " cannot be read");
  }

  private Path file(String content) throws Exception {
    return Files.writeString(folder.resolve("credentials"), content);
  }

  private static boolean exists(Nodes nodes) throws Exception {
    try (OpenSearchTransport transport = nodes.transport()) {
      return OpenSearchIndex.exists(transport, "pictures", OpenSearchOptions.defaults());
    }
  }

  /** Serializes and deserializes nodes, as Spark does. */
  private static Nodes sent(Nodes nodes) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(nodes);
    }
    try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return (Nodes) in.readObject();
    }
  }
}
