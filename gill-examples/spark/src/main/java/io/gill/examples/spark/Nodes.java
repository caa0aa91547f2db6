package io.gill.examples.spark;

import java.io.Serializable;
import java.util.List;
import org.apache.hc.core5.http.HttpHost;
import org.opensearch.client.transport.OpenSearchTransport;
import org.opensearch.client.transport.httpclient5.ApacheHttpClient5TransportBuilder;

/**
 * The nodes of a cluster, as driver and executors reach them.
 *
 * @param hosts some of them at least
 */
record Nodes(List<HttpHost> hosts) implements Serializable {
  Nodes {
    hosts = List.copyOf(hosts);
  }

  OpenSearchTransport transport() {
    return ApacheHttpClient5TransportBuilder.builder(hosts.toArray(HttpHost[]::new)).build();
  }
}
