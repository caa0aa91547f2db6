package io.gill.examples.spark;

import io.gill.GillModel;
import io.gill.LoadOptions;
import io.gill.smallworld.SmallWorld;
import io.gill.retrieval.ImageIndex;
import io.gill.retrieval.ImageLibrary;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.util.LongAccumulator;
import org.jspecify.annotations.Nullable;

/**
 * The model of an executor: loaded for the first task, shared by all tasks and released when the process ends.
 *
 * @param model the model that embeds images
 * @param space the space of its embeddings
 */
record ExecutorModel(GillModel model, Space space) {
  private static final Map<Path, ExecutorModel> LOADED = new ConcurrentHashMap<>();

  /** Returns the model of a directory, or the bundled one. */
  static ExecutorModel of(@Nullable String directory, LongAccumulator loads) {
    Path path = directory == null ? SmallWorld.directory() : Path.of(directory);
    return LOADED.computeIfAbsent(path, absent -> {
      loads.add(1);
      return load(absent);
    });
  }

  private static ExecutorModel load(Path directory) {
    GillModel model =
        GillModel.load(directory, LoadOptions.builder().retrieval(false).generation(false).build());
    try (ImageIndex index = ImageLibrary.newIndex(model)) {
      return new ExecutorModel(model, new Space(index.dimension(), index.logitScale()));
    } catch (RuntimeException | Error e) {
      model.close();
      throw e;
    }
  }
}
