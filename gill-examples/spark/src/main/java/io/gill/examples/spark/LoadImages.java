package io.gill.examples.spark;

import com.google.common.collect.Iterators;
import io.gill.retrieval.IndexedImage;
import io.gill.retrieval.OpenSearchIndex;
import io.gill.retrieval.OpenSearchOptions;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.ForeachPartitionFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.util.LongAccumulator;
import org.opensearch.client.transport.OpenSearchTransport;

/** Loads the rows of a partition into OpenSearch, on an executor. */
final class LoadImages implements ForeachPartitionFunction<Row> {
  private static final long serialVersionUID = 1;
  private static final int GROUP = 1000;

  private final Nodes nodes;
  private final String name;
  private final LongAccumulator loaded;

  LoadImages(Nodes nodes, String name, LongAccumulator loaded) {
    this.nodes = nodes;
    this.name = name;
    this.loaded = loaded;
  }

  @Override
  public void call(Iterator<Row> rows) throws IOException {
    try (OpenSearchTransport transport = nodes.transport();
        OpenSearchIndex index = OpenSearchIndex.open(transport, name, OpenSearchOptions.defaults())) {
      Iterator<List<IndexedImage>> groups =
          Iterators.partition(Iterators.transform(rows, CorpusTable::image), GROUP);
      while (groups.hasNext()) {
        List<IndexedImage> group = groups.next();
        index.put(group); // a task may run twice
        loaded.add(group.size());
      }
    }
  }
}
