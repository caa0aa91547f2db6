package io.gill.examples.spark;

import com.google.common.collect.Iterators;
import io.gill.retrieval.ExactIndex;
import io.gill.retrieval.ImageIndex;
import io.gill.retrieval.ImageLibrary;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.util.CollectionAccumulator;
import org.apache.spark.util.LongAccumulator;
import org.jspecify.annotations.Nullable;

/** Converts the paths of a partition to rows, on an executor. */
final class EmbedPictures implements FlatMapFunction<Iterator<String>, Row> {
  private static final long serialVersionUID = 1;

  /** Number of images whose embeddings are in memory at a time. */
  private static final int GROUP = 1024;

  private final String folder;
  private final @Nullable String model;
  private final CollectionAccumulator<Skipped> skipped;
  private final LongAccumulator loads;

  EmbedPictures(
      String folder, @Nullable String model, CollectionAccumulator<Skipped> skipped, LongAccumulator loads) {
    this.folder = folder;
    this.model = model;
    this.skipped = skipped;
    this.loads = loads;
  }

  @Override
  public Iterator<Row> call(Iterator<String> files) {
    return Iterators.concat(Iterators.transform(Iterators.partition(files, GROUP), this::embed));
  }

  private Iterator<Row> embed(List<String> files) {
    ExecutorModel shared = ExecutorModel.of(model, loads);
    List<Row> rows = new ArrayList<>();
    try (ImageIndex index = ExactIndex.inMemory(shared.space().dimension(), shared.space().logitScale())) {
      ImageLibrary library = new ImageLibrary(shared.model(), index);
      library.index(Path.of(folder), files.stream().map(Path::of).toList(), (done, total) -> true).unreadable()
          .forEach(one -> skipped.add(new Skipped(one.file().toString(), one.reason())));
      index.forEach(image -> rows.add(CorpusTable.row(image)));
    }
    return rows.iterator();
  }
}
