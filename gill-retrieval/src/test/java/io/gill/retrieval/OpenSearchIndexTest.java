package io.gill.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import io.gill.retrieval.OpenSearchIndex.Options;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.apache.hc.core5.http.HttpHost;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.opensearch.client.transport.OpenSearchTransport;
import org.opensearch.client.transport.httpclient5.ApacheHttpClient5TransportBuilder;

/** Against a running cluster, whose nodes the property names: {@code 127.0.0.1:9200,127.0.0.2:9200}. */
@EnabledIfSystemProperty(named = "gill.opensearch", matches = ".+")
class OpenSearchIndexTest extends ImageIndexContract {
  private static OpenSearchTransport transport;

  @BeforeAll
  static void connect() {
    transport = ApacheHttpClient5TransportBuilder.builder(
        Arrays.stream(System.getProperty("gill.opensearch").split(","))
            .map(node -> new HttpHost("http", node.split(":")[0], Integer.parseInt(node.split(":")[1])))
            .toArray(HttpHost[]::new)).build();
  }

  @AfterAll
  static void disconnect() throws IOException {
    transport.close();
  }

  @Override
  ImageIndex create(int dimension, float logitScale) {
    return OpenSearchIndex.create(transport, name(), dimension, logitScale, new Options(2, 0, 100, Duration.ofSeconds(20)));
  }

  private static String name() {
    return "test-" + UUID.randomUUID();
  }

  @Test
  void anIndexIsOpenedByItsName() {
    String name = name();
    try (OpenSearchIndex index = OpenSearchIndex.create(transport, name, 8, 3, Options.DEFAULT)) {
      index.add(images(1200)); // more than a group
      assertThatThrownBy(() -> OpenSearchIndex.create(transport, name, 8, 3, Options.DEFAULT))
          .isInstanceOf(GillException.class).hasMessageContaining(name).hasMessageContaining("already exists");
    }
    try (OpenSearchIndex index = OpenSearchIndex.open(transport, name, Options.DEFAULT)) {
      assertThat(index.size()).isEqualTo(1200);
      assertThat(index.dimension()).isEqualTo(8);
      assertThat(index.logitScale()).isEqualTo(3);
      int[] seen = {0};
      index.forEach(image -> {
        assertThat(image.uri()).isEqualTo(image.id() + ".png");
        seen[0]++;
      });
      assertThat(seen[0]).isEqualTo(1200);
    }
    assertThatThrownBy(() -> OpenSearchIndex.open(transport, name(), Options.DEFAULT))
        .isInstanceOf(GillException.class).hasMessageContaining("no such index");
  }

  @Test
  void errorsSayWhatToDo() throws IOException {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OpenSearchIndex.create(transport, "../etc", 8, 0, Options.DEFAULT))
        .withMessageContaining("lower-case");
    try (OpenSearchTransport nobody =
        ApacheHttpClient5TransportBuilder.builder(new HttpHost("http", "127.0.0.1", 1)).build()) {
      assertThatThrownBy(() -> OpenSearchIndex.open(nobody, "any", new Options(1, 0, 1, Duration.ofMillis(300))))
          .isInstanceOf(GillException.class).hasMessageContaining("cannot be reached")
          .hasMessageContaining("check the cluster");
    }
    OpenSearchIndex closed = (OpenSearchIndex) create(8, 0);
    closed.close();
    assertThatThrownBy(() -> closed.add(List.of())).isInstanceOf(IllegalStateException.class);
  }
}
