package io.gill.examples.spark;

import io.gill.GillException;
import io.gill.retrieval.OpenSearchIndex;
import io.gill.retrieval.OpenSearchOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.CollectionAccumulator;
import org.apache.spark.util.LongAccumulator;
import org.jspecify.annotations.Nullable;
import org.opensearch.client.transport.OpenSearchTransport;

/**
 * The driver's view of a corpus in Parquet.
 *
 * @param spark the session that runs the tasks
 * @param parquet the folder, in any file system that Spark supports
 */
record Corpus(SparkSession spark, String parquet) {
  /**
   * The result of embedding.
   *
   * @param rows number of embedded images
   * @param skipped the skipped images, sorted
   * @param loads number of times that executors loaded the model
   */
  record Embedded(long rows, List<Skipped> skipped, long loads) {}

  /**
   * The result of loading.
   *
   * @param rows number of loaded images
   * @param size number of images in the index afterwards
   */
  record Loaded(long rows, long size) {}

  private boolean has(String name) throws IOException {
    var path = new org.apache.hadoop.fs.Path(parquet + name);
    return path.getFileSystem(spark.sparkContext().hadoopConfiguration()).exists(path);
  }

  /** Embeds files below a folder that all executors can read. Existing files are never replaced. */
  Embedded embed(Path folder, List<Path> files, @Nullable String model, int partitions) throws IOException {
    if (has("")) {
      throw new GillException(
          parquet + " exists already: name a new folder, or omit --pictures to load its content");
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    LongAccumulator loads = spark.sparkContext().longAccumulator("model loads");
    // For a task whose results go directly to a file or to the driver, Spark counts only one run.
    CollectionAccumulator<Skipped> skipped = spark.sparkContext().collectionAccumulator("unreadable pictures");
    Space space = context.parallelize(List.of(0), 1).map(any -> ExecutorModel.of(model, loads).space()).first();
    JavaRDD<Row> rows = context.parallelize(files.stream().map(Path::toString).toList(), partitions)
        .mapPartitions(new EmbedPictures(folder.toString(), model, skipped, loads));
    spark.createDataFrame(rows, CorpusTable.schema(space)).write().parquet(parquet);
    return new Embedded(
        spark.read().parquet(parquet).count(),
        skipped.value().stream().sorted(Comparator.comparing(Skipped::file)).toList(),
        loads.value());
  }

  /** Loads the corpus into an index, which is created if missing. */
  Loaded load(Nodes nodes, String name) throws IOException {
    if (!has("/_SUCCESS")) { // Spark writes this file last
      throw new GillException(parquet + " is not a complete corpus: embed the images into a new folder");
    }
    Dataset<Row> table = spark.read().parquet(parquet);
    Space space = CorpusTable.space(parquet, table.schema());
    try (OpenSearchTransport transport = nodes.transport();
        OpenSearchIndex index = open(transport, name, space)) {
      Space there = new Space(index.dimension(), index.logitScale());
      if (!there.equals(space)) {
        throw new GillException("the index " + name + " and " + parquet + " come from different models (" + there + ", "
            + space + "): name a new index");
      }
      LongAccumulator loaded = spark.sparkContext().longAccumulator("rows loaded");
      table.foreachPartition(new LoadImages(nodes, name, loaded));
      return new Loaded(loaded.value(), index.size());
    }
  }

  private static OpenSearchIndex open(OpenSearchTransport transport, String name, Space space) {
    OpenSearchOptions options = OpenSearchOptions.defaults();
    return OpenSearchIndex.exists(transport, name, options)
        ? OpenSearchIndex.open(transport, name, options)
        : OpenSearchIndex.create(transport, name, space.dimension(), space.logitScale(), options);
  }
}
