package io.gill.examples.evaluate;

import io.gill.GillException;
import io.gill.GillModel;
import io.gill.image.Images;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine;

/**
 * Answers items of an evaluation in a process of its own: it loads the data and the model. Concurrent items share the
 * model's batches of decoding steps, as in {@link Runner}. Thread-safe.
 */
public final class ItemWorker implements AutoCloseable {
  private final Map<String, Item> items;
  private final GillModel model;
  private final Function<Item, Answer> asker;
  private final int parallel;

  /**
   * Creates a worker.
   *
   * @param all all items
   * @param model closed with the worker
   * @param asker asks the model an item
   * @param parallel number of items at a time, from 1
   */
  ItemWorker(List<Item> all, GillModel model, Function<Item, Answer> asker, int parallel) {
    items = all.stream().collect(Collectors.toMap(Item::id, Function.identity()));
    this.model = model;
    this.asker = asker;
    this.parallel = parallel;
  }

  /**
   * Loads what an evaluation needs to answer items.
   *
   * @param arguments the arguments of {@code evaluate}
   * @param folder the folder that relative paths of the data and the model are relative to
   * @param inputs what the process that started the evaluation has loaded, as {@link ItemAnswers} receives it
   * @return the worker, to be closed by the caller
   * @throws GillException if the data or the model cannot be read, or differ from those that the evaluation was started
   *     with; pictures of the data are not compared
   */
  public static ItemWorker load(List<String> arguments, Path folder, Map<String, String> inputs) {
    Evaluate evaluate = new Evaluate();
    new CommandLine(evaluate).parseArgs(arguments.toArray(String[]::new));
    return evaluate.worker(folder, inputs);
  }

  /**
   * Answers items, as many at a time as {@code --parallel} says.
   *
   * @param ids ids of the items
   * @return the answers in the order of the ids, or why an item is skipped: its files cannot be read, or the model
   *     refuses it
   * @throws IllegalArgumentException if there is no such item
   * @throws GillException if this thread is interrupted
   */
  public List<Answered> answer(List<String> ids) {
    List<Item> wanted = ids.stream().map(this::item).toList();
    Map<String, Answered> answers = new ConcurrentHashMap<>();
    Workers.run(wanted, parallel, item -> answers.put(item.id(), answer(item, asker)), "the task was interrupted");
    return ids.stream().map(id -> Objects.requireNonNull(answers.get(id))).toList();
  }

  private Item item(String id) {
    Item item = items.get(id);
    if (item == null) {
      throw new IllegalArgumentException("this process has other data: there is no item " + id);
    }
    return item;
  }

  /** Answers an item, or says why it is skipped. */
  static Answered answer(Item item, Function<Item, Answer> model) {
    Answer answer;
    try {
      answer = model.apply(item);
    } catch (GillException | IllegalArgumentException e) { // such as a blank text, which the model does not accept
      return new Answered(item.id(), "", null, String.valueOf(e.getMessage()));
    }
    BufferedImage picture = item.request() instanceof Item.AnyPicture ? answer.picture() : null;
    return new Answered(
        item.id(), answer.text(), picture == null ? null : Images.toPng(picture, Map.of()), null);
  }

  @Override
  public void close() {
    model.close();
  }
}
