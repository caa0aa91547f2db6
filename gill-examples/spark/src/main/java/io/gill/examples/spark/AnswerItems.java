package io.gill.examples.spark;

import io.gill.examples.evaluate.Answered;
import io.gill.examples.evaluate.ItemWorker;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.util.LongAccumulator;
import scala.collection.Iterator;
import scala.runtime.AbstractFunction1;

/** Answers the items of a partition, on an executor, which loads the data and the model once. */
final class AnswerItems extends AbstractFunction1<Iterator<String>, Answered[]> implements Serializable {
  private static final long serialVersionUID = 1;

  /** Released when the process ends. */
  private static final Map<Loaded, ItemWorker> LOADED = new ConcurrentHashMap<>();

  private final ArrayList<String> arguments;
  private final String folder;
  private final HashMap<String, String> inputs;
  private final LongAccumulator loads;

  /** Identifies a worker. */
  private record Loaded(List<String> arguments, Map<String, String> inputs) {}

  /**
   * Creates the task.
   *
   * @param arguments the arguments of {@code evaluate}
   * @param folder the driver's folder, which relative paths are relative to
   * @param inputs what the driver has loaded, which executors must load, too
   * @param loads counts how often executors load the model
   */
  AnswerItems(List<String> arguments, Path folder, Map<String, String> inputs, LongAccumulator loads) {
    this.arguments = new ArrayList<>(arguments);
    this.folder = folder.toString();
    this.inputs = new HashMap<>(inputs);
    this.loads = loads;
  }

  @Override
  public Answered[] apply(Iterator<String> ids) {
    ItemWorker worker = LOADED.computeIfAbsent(new Loaded(arguments, inputs), absent -> {
      loads.add(1);
      return ItemWorker.load(arguments, Path.of(folder), inputs);
    });
    List<String> items = new ArrayList<>();
    while (ids.hasNext()) {
      items.add(ids.next());
    }
    return worker.answer(items).toArray(Answered[]::new);
  }
}
