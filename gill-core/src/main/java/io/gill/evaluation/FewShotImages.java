package io.gill.evaluation;

import io.gill.GillException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Text-to-image fast mini-ImageNet (T2IFMIT) of VL-ICL: the model sees pictures of two classes with made-up names and
 * generates a picture of one of them.
 */
public final class FewShotImages {
  /** The published seed. */
  private static final long SEED = 0;

  private FewShotImages() {}

  /**
   * A request and the pictures to choose examples from.
   *
   * @param id identifies the request
   * @param question the request
   * @param label the requested class
   * @param answer what a picture of the class shows, for the judge
   * @param classes the names of all classes
   * @param support paths of the example pictures of each class
   */
  public record Query(String id, String question, String label, String answer, List<String> classes,
      Map<String, List<String>> support) {
    /**
     * Copies the collections.
     *
     * @param id identifies the request
     * @param question the request
     * @param label the requested class
     * @param answer what a picture of the class shows, for the judge
     * @param classes the names of all classes
     * @param support paths of the example pictures of each class
     */
    public Query {
      classes = List.copyOf(classes);
      support = Map.copyOf(support);
    }
  }

  /**
   * Reads requests.
   *
   * @param file {@code open_t2i_mi/query.json}
   * @return the requests, in the order of the file
   * @throws GillException if the file is damaged, two requests have the same id, or a class has no example pictures
   */
  public static List<Query> queries(Path file) {
    Map<String, Query> queries = new LinkedHashMap<>();
    JsonRecords.list(file, "", item -> {
      List<String> classes = item.texts("classes");
      String label = item.text("task_label");
      if (!classes.contains(label) || classes.stream().distinct().count() < 2) {
        throw item.invalid("'classes' does not contain '" + label + "' and another class");
      }
      Map<String, List<String>> support = new HashMap<>();
      for (String name : classes) {
        List<String> pictures = item.record("support").record(name).texts("images");
        if (pictures.isEmpty()) {
          throw item.invalid("the class '" + name + "' has no example pictures");
        }
        support.put(name, pictures);
      }
      Query query = new Query(id(item), item.text("question"), label, item.has("answer") ? item.text("answer") : label,
          classes, support);
      item.addTo(queries, query.id(), query);
    });
    return List.copyOf(queries.values());
  }

  private static String id(JsonRecord item) {
    return item.id(item.has("id") ? "id" : "image");
  }

  /**
   * Writes the result file that the official {@code T2I_evaluate.py} reads: the requests as they are, each with the
   * path of its picture.
   *
   * @param file path of the file, such as {@code results/open_t2i_mi/gill_2-shot.json}
   * @param queries the file of the requests
   * @param pictures path of the model's picture by id; requests without one are left out
   * @throws GillException if a file cannot be read or written
   */
  public static void writeResults(Path file, Path queries, Map<String, String> pictures) {
    List<Object> results = new ArrayList<>();
    JsonRecords.list(queries, "", item -> {
      String picture = pictures.get(id(item));
      if (picture != null) {
        results.add(item.with("prediction", picture));
      }
    });
    ResultFile.writeIndented(file, results);
  }

  /**
   * Returns what the model reads for every request, with the published random choices: of the second class, and of
   * which class comes first. One generator serves all numbers of examples in turn, so that the choices depend on the
   * numbers before.
   *
   * @param file the file of the requests, for messages
   * @param queries all requests, in the order of the file
   * @param shots numbers of examples of each class, in order: 0, 1, 2, 4, 8 as published
   * @return the prompts of all requests, for each number of examples
   * @throws GillException if a class has fewer example pictures than requested
   */
  public static List<List<List<PromptPart>>> prompts(Path file, List<Query> queries, List<Integer> shots) {
    PythonRandom random = new PythonRandom(SEED);
    return shots.stream()
        .map(count -> queries.stream().map(query -> prompt(file, query, count, random)).toList())
        .toList();
  }

  private static List<PromptPart> prompt(Path file, Query query, int shots, PythonRandom random) {
    String other = random.choice(query.classes().stream().filter(name -> !name.equals(query.label())).toList());
    boolean labelFirst = random.choice(List.of(true, false));
    List<String> order = labelFirst ? List.of(query.label(), other) : List.of(other, query.label());
    List<PromptPart> parts = new ArrayList<>();
    for (int i = 0; i < shots; i++) {
      for (String name : order) {
        List<String> pictures = query.support().getOrDefault(name, List.of());
        if (i >= pictures.size()) {
          throw new GillException(file + ": request " + query.id() + " has " + pictures.size()
              + " example pictures of '" + name + "', but " + shots + " are requested: ask for fewer examples");
        }
        parts.add(new PromptPart.Text("Generate a " + name));
        parts.add(new PromptPart.Picture(pictures.get(i)));
      }
    }
    parts.add(new PromptPart.Text(query.question()));
    return parts;
  }
}
