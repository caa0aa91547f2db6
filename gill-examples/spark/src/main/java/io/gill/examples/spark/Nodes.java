package io.gill.examples.spark;

import io.gill.GillException;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.message.BasicHeader;
import org.jspecify.annotations.Nullable;
import org.opensearch.client.transport.OpenSearchTransport;
import org.opensearch.client.transport.httpclient5.ApacheHttpClient5TransportBuilder;

/** The nodes of a cluster, for the driver and the executors. */
final class Nodes implements Serializable {
  private static final long serialVersionUID = 1;

  private final List<HttpHost> hosts;
  private final @Nullable String authorization;

  private Nodes(List<HttpHost> hosts, @Nullable String authorization) {
    this.hosts = List.copyOf(hosts);
    this.authorization = authorization;
  }

  /** Returns nodes without credentials; some of the cluster's nodes are enough. */
  static Nodes of(List<HttpHost> hosts) {
    return new Nodes(hosts, null);
  }

  /** Returns the same nodes with the credentials of a file: a user's name and password, separated by a colon. */
  Nodes as(Path credentials) {
    String line;
    try {
      line = Files.readString(credentials).strip();
    } catch (IOException e) {
      throw new GillException(credentials + " cannot be read: " + e.getMessage(), e);
    }
    if (line.indexOf(':') < 1 || line.lines().count() > 1) {
      throw new GillException(credentials + " must have one line, NAME:PASSWORD");
    }
    return new Nodes(hosts, "Basic " + Base64.getEncoder().encodeToString(line.getBytes(StandardCharsets.UTF_8)));
  }

  OpenSearchTransport transport() {
    ApacheHttpClient5TransportBuilder builder =
        ApacheHttpClient5TransportBuilder.builder(hosts.toArray(HttpHost[]::new));
    if (authorization != null) {
      builder.setDefaultHeaders(new Header[] {new BasicHeader(HttpHeaders.AUTHORIZATION, authorization, true)});
    }
    return builder.build();
  }
}
