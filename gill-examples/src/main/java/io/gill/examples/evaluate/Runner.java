package io.gill.examples.evaluate;

import io.gill.GillException;
import io.gill.weights.AtomicFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Asks a model all items of a benchmark that are not finished yet, several at a time. Concurrent items share the
 * model's batches of decoding steps. An item whose files cannot be read, or that the model refuses, is skipped.
 */
final class Runner {
  private final Path folder;
  private final Journal journal;
  private final Function<Item, Answer> model;
  private final EvaluationProgress progress;
  private final Map<String, String> skipped = new ConcurrentHashMap<>();

  /**
   * Creates a run.
   *
   * @param folder the run's folder
   * @param journal the finished items
   * @param model answers an item; throws {@link GillException} to skip it
   * @param progress receives the progress
   */
  Runner(Path folder, Journal journal, Function<Item, Answer> model, EvaluationProgress progress) {
    this.folder = folder;
    this.journal = journal;
    this.model = model;
    this.progress = progress;
  }

  /**
   * The result of a run.
   *
   * @param outcomes outcome by id, in the order of the items
   * @param skipped reason by id of each skipped item, in the order of the items
   */
  record Finished(Map<String, Outcome> outcomes, Map<String, String> skipped) {}

  /**
   * Runs to the end.
   *
   * @param items all items, also those that are finished
   * @param parallel number of items at a time, from 1
   * @return the result
   * @throws GillException if this thread is interrupted; finished items are kept
   * @throws IllegalStateException if a file cannot be written; finished items are kept
   */
  Finished run(List<Item> items, int parallel) {
    Workers.run(begin(items).values(), parallel, this::work,
        "the evaluation was interrupted: give the same command to resume it");
    return finished(items);
  }

  /** Starts the progress and returns the items that are not finished yet, by id. */
  private Map<String, Item> begin(List<Item> items) {
    Map<String, Outcome> before = journal.finished();
    Map<String, Item> left = new LinkedHashMap<>();
    items.stream().filter(item -> !before.containsKey(item.id())).forEach(item -> left.put(item.id(), item));
    progress.start(items.size() - left.size(), items.size());
    return left;
  }

  private void work(Item item) {
    take(item, ItemWorker.answer(item, model));
  }

  private void take(Item item, Answered answered) {
    if (answered.problem() != null) {
      skipped.put(item.id(), answered.problem());
      progress.skipped(item.id(), answered.problem());
      return;
    }
    String picture = "";
    if (answered.png() != null && item.request() instanceof Item.AnyPicture wanted) {
      picture = wanted.file();
      AtomicFile.write(folder.resolve(picture), ByteBuffer.wrap(answered.png()));
    }
    journal.add(new Outcome(item.id(), answered.text(), picture));
    progress.finished();
  }

  /**
   * Runs to the end in other processes.
   *
   * @param items all items, also those that are finished
   * @param elsewhere answers those that are not: receives their ids, and passes on each answer once
   * @return the result
   * @throws GillException if the other processes fail; finished items are kept
   * @throws IllegalStateException if a file cannot be written; finished items are kept
   */
  Finished run(List<Item> items, BiConsumer<List<String>, Consumer<Answered>> elsewhere) {
    Map<String, Item> left = begin(items);
    if (!left.isEmpty()) {
      elsewhere.accept(List.copyOf(left.keySet()), one -> take(Objects.requireNonNull(left.get(one.id())), one));
    }
    return finished(items);
  }

  private Finished finished(List<Item> items) {
    Map<String, Outcome> all = journal.finished();
    Map<String, Outcome> outcomes = new LinkedHashMap<>();
    Map<String, String> reasons = new LinkedHashMap<>();
    for (Item item : items) {
      Outcome outcome = all.get(item.id());
      String reason = skipped.get(item.id());
      if (outcome != null) {
        outcomes.put(item.id(), outcome);
      } else if (reason != null) {
        reasons.put(item.id(), reason);
      }
    }
    return new Finished(outcomes, reasons);
  }
}
