package io.gill.examples;

import io.gill.GillException;
import io.gill.weights.EmbeddingsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The finished parts of a file of embeddings, in a folder beside it, so that an interrupted run continues. The first
 * part has the embedding of a blank picture, which shows whether the model is still the same.
 */
final class EmbeddedParts {
  /** Between two runs on different machines, the last bits may differ. */
  private static final double SAME = 1e-2;

  private final Path folder;
  private final Map<String, float[]> done = new LinkedHashMap<>();
  private int parts;

  private EmbeddedParts(Path folder) {
    this.folder = folder;
  }

  /**
   * Opens the folder, or begins it.
   *
   * @param output the file that the parts become
   * @param blank the model's embedding of a blank picture
   * @throws GillException if the parts are of another model
   */
  static EmbeddedParts open(Path output, float[] blank) {
    EmbeddedParts all = new EmbeddedParts(output.resolveSibling(output.getFileName() + ".parts"));
    while (Files.exists(all.part(all.parts))) {
      try (EmbeddingsFile part = EmbeddingsFile.open(all.part(all.parts))) {
        if (all.parts == 0 && !same(part.row(0), blank)) {
          throw new GillException(all.folder + " has embeddings of another model: delete it, or write another file");
        }
        for (int i = 0; all.parts > 0 && i < part.size(); i++) {
          all.done.put(part.paths().get(i), part.row(i));
        }
      }
      all.parts++;
    }
    if (all.parts == 0) {
      all.write(List.of("blank"), List.of(blank));
    }
    return all;
  }

  private static boolean same(float[] a, float[] b) {
    double difference = 0;
    double size = 0;
    for (int i = 0; i < a.length && a.length == b.length; i++) {
      difference += Math.pow(a[i] - (double) b[i], 2);
      size += Math.pow(b[i], 2);
    }
    return a.length == b.length && difference <= size * SAME * SAME;
  }

  private Path part(int number) {
    return folder.resolve(String.format(Locale.ROOT, "%06d.npy", number));
  }

  private void write(List<String> names, List<float[]> rows) {
    EmbeddingsFile.write(part(parts), names, rows);
    parts++;
  }

  /** Adds finished pictures; they survive a kill. */
  void add(Map<String, float[]> embedded) {
    if (!embedded.isEmpty()) {
      write(List.copyOf(embedded.keySet()), List.copyOf(embedded.values()));
      done.putAll(embedded);
    }
  }

  boolean contains(String name) {
    return done.containsKey(name);
  }

  /**
   * Writes the whole file and deletes the parts.
   *
   * @param names names in the order of the file; those that are not done are left out
   * @return the number of rows
   */
  int finish(Path output, List<String> names) {
    List<String> embedded = names.stream().filter(done::containsKey).toList();
    if (embedded.isEmpty()) {
      throw new GillException("none of the " + names.size() + " pictures can be read: nothing was written");
    }
    EmbeddingsFile.write(output, embedded, new ArrayList<>(embedded.stream().map(done::get).toList()));
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(folder);
    } catch (IOException e) {
      throw new GillException(output + " is complete, but " + folder + " cannot be deleted: " + e, e);
    }
    return embedded.size();
  }
}
