package io.gill.training;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.gill.GillException;
import io.gill.training.TrainingExample.Use;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Training examples. Immutable. Only the table is read ahead.
 *
 * <p>A table is UTF-8 text. Its columns are separated by tabs and named in the first line:
 *
 * <ul>
 *   <li>{@code caption}: the literal text, with its quotation marks; or {@code text}: the text with {@code \n} for a
 *       line break, {@code \t} for a tab, {@code \\} for a backslash, and at most one {@code \>}, which ends the part
 *       that is read but not learned, such as a dialogue's question before the answer
 *   <li>{@code image}: path of the picture inside the picture folder
 *   <li>{@code target}, optional: path of the generation target inside that folder; if the column is missing or empty,
 *       {@code clip_embs/<image>.npy}, as published
 *   <li>{@code use}, optional: {@code all}, {@code caption} or {@code picture} ({@link Use})
 * </ul>
 *
 * <p>A row that is malformed or whose picture is missing is skipped and listed in {@link #skipped()}. Targets are read
 * when they are needed.
 */
public final class TrainingData {
  private static final Set<String> COLUMNS = Set.of("caption", "text", "image", "target", "use");

  private final List<TrainingExample> examples;
  private final List<SkippedExample> skipped;

  /** The folder of the pictures and targets, if there is one for all. */
  private final @Nullable Path folder;

  /**
   * Creates data from examples.
   *
   * @param examples at least one
   */
  public TrainingData(List<TrainingExample> examples) {
    this(examples, List.of(), null);
    if (examples.isEmpty()) {
      throw new IllegalArgumentException("there is nothing to train on");
    }
  }

  private TrainingData(
      List<TrainingExample> examples, List<SkippedExample> skipped, @Nullable Path folder) {
    this.examples = List.copyOf(examples);
    this.skipped = List.copyOf(skipped);
    this.folder = folder;
  }

  /**
   * Reads a table.
   *
   * @param table the file
   * @param images the folder of its relative paths, which must not lead out of it
   * @return the usable rows, in order
   * @throws GillException if the file cannot be read, its first line names other columns, or no row is usable
   */
  public static TrainingData read(Path table, Path images) {
    Path folder = images.toAbsolutePath().normalize();
    Rows rows;
    try (TableLines lines = new TableLines(table)) {
      String header = lines.header();
      if (header.isBlank()) {
        throw new GillException(table + "'s first line is empty: it must name the columns, such as caption and image");
      }
      rows = new Rows(table, folder, columns(table, header));
      for (Optional<TableLines.Line> line = lines.next(); line.isPresent(); line = lines.next()) {
        rows.add(line.get());
      }
    }
    if (rows.examples.isEmpty()) {
      throw new GillException(table + " has no usable row" + (rows.skipped.isEmpty()
          ? "" : ": " + rows.skipped.size() + " were skipped, the first (" + rows.skipped.get(0).origin() + ") because "
              + rows.skipped.get(0).reason()));
    }
    return new TrainingData(rows.examples, rows.skipped, folder);
  }

  private static Map<String, Integer> columns(Path table, String header) {
    Map<String, Integer> columns = new HashMap<>();
    String[] names = header.split("\t", -1);
    for (int i = 0; i < names.length; i++) {
      String name = names[i].strip().toLowerCase(Locale.ROOT);
      if (!COLUMNS.contains(name) || columns.put(name, i) != null) {
        throw new GillException(table + ": column " + (i + 1) + " of the first line is '" + name + "'; known are "
            + "caption or text, image, target and use, each once");
      }
    }
    if (columns.containsKey("caption") == columns.containsKey("text") || !columns.containsKey("image")) {
      throw new GillException(table + ": the first line must name the column image and one of caption and text");
    }
    return columns;
  }

  /**
   * Returns the usable examples.
   *
   * @return an unmodifiable list in the order of the table
   */
  public List<TrainingExample> examples() {
    return examples;
  }

  /**
   * Returns the skipped rows.
   *
   * @return an unmodifiable list in the order of the table
   */
  public List<SkippedExample> skipped() {
    return skipped;
  }

  /** Returns a hash of the examples, independent of the folder of the pictures. */
  String fingerprint() {
    Hasher hasher = Hashing.sha256().newHasher();
    for (TrainingExample one : examples) {
      for (String text :
          List.of(one.context(), one.text(), one.use().name(), name(one.image()), name(one.target()))) {
        hasher.putInt(text.length()).putUnencodedChars(text);
      }
    }
    return hasher.hash().toString();
  }

  /** Returns the first 48 bits of the hash, which a {@code double} can hold. */
  long number() {
    return Long.parseLong(fingerprint().substring(0, 12), 16);
  }

  private String name(Path file) {
    return folder == null ? String.valueOf(file.getFileName()) : folder.relativize(file).toString().replace('\\', '/');
  }

  /** Reads rows and collects skipped ones. */
  private static final class Rows {
    final Path table;
    final Path images;
    final Map<String, Integer> columns;
    final List<TrainingExample> examples = new ArrayList<>();
    final List<SkippedExample> skipped = new ArrayList<>();

    Rows(Path table, Path images, Map<String, Integer> columns) {
      this.table = table;
      this.images = images;
      this.columns = columns;
    }

    void add(TableLines.Line line) {
      String origin = table.getFileName() + ":" + line.number();
      try {
        if (!line.problem().isEmpty()) {
          throw new BadRow(line.problem());
        }
        String[] cells = line.text().split("\t", -1);
        if (cells.length != columns.size()) {
          throw new BadRow("it has " + cells.length + " columns, and the first line " + columns.size());
        }
        examples.add(example(cells, origin));
      } catch (BadRow e) {
        skipped.add(new SkippedExample(origin, e.reason));
      }
    }

    private TrainingExample example(String[] cells, String origin) throws BadRow {
      String name = cell(cells, "image").strip();
      if (name.isEmpty()) {
        throw new BadRow("it names no picture");
      }
      Path image = file(name, "picture");
      Use use = use(cell(cells, "use").strip());
      String targetName = cell(cells, "target").strip();
      Path target = inside(targetName.isEmpty() ? "clip_embs/" + name + ".npy" : targetName);
      if (columns.containsKey("caption")) {
        return nonEmpty(new TrainingExample("", cell(cells, "caption"), image, target, use, origin));
      }
      Escapes text = Escapes.of(cell(cells, "text"));
      return nonEmpty(new TrainingExample(text.context, text.text, image, target, use, origin));
    }

    private String cell(String[] cells, String column) {
      Integer index = columns.get(column);
      return index == null ? "" : cells[index];
    }

    private static TrainingExample nonEmpty(TrainingExample example) throws BadRow {
      if (example.text().isBlank()) {
        throw new BadRow("its text is empty");
      }
      return example;
    }

    private static Use use(String name) throws BadRow {
      return switch (name) {
        case "", "all" -> Use.ALL;
        case "caption" -> Use.CAPTION;
        case "picture" -> Use.PICTURE;
        default -> throw new BadRow("its use is '" + name + "', but must be all, caption or picture");
      };
    }

    private Path file(String name, String what) throws BadRow {
      Path path = inside(name);
      if (!Files.isRegularFile(path)) {
        throw new BadRow("its " + what + " " + path + " is missing");
      }
      return path;
    }

    private Path inside(String name) throws BadRow {
      try {
        Path path = images.resolve(name).normalize();
        if (!path.startsWith(images)) {
          throw new BadRow("its path " + name + " leads out of " + images);
        }
        return path;
      } catch (InvalidPathException e) {
        throw new BadRow("'" + name + "' is not a path");
      }
    }
  }

  /** A text with resolved escapes, split at the marker. */
  private record Escapes(String context, String text) {
    static Escapes of(String cell) throws BadRow {
      StringBuilder out = new StringBuilder();
      String context = null;
      int i = 0;
      while (i < cell.length()) {
        char c = cell.charAt(i++);
        if (c != '\\') {
          out.append(c);
          continue;
        }
        char escape = i < cell.length() ? cell.charAt(i++) : ' ';
        switch (escape) {
          case 'n' -> out.append('\n');
          case 't' -> out.append('\t');
          case '\\' -> out.append('\\');
          case '>' -> {
            if (context != null) {
              throw new BadRow("its text has more than one \\>");
            }
            context = out.toString();
            out.setLength(0);
          }
          default -> throw new BadRow("its text has a \\ before '" + escape + "'; known are \\n, \\t, \\> and \\\\");
        }
      }
      return new Escapes(context == null ? "" : context, out.toString());
    }
  }

  private static final class BadRow extends Exception {
    private static final long serialVersionUID = 1L;

    final String reason;

    BadRow(String reason) {
      super(reason);
      this.reason = reason;
    }
  }
}
