package io.gill.retrieval;

import io.gill.GillException;
import io.gill.concurrent.Closing;
import io.gill.parquet.ParquetTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Streams the images of a Parquet file in order, read by DuckDB. Not thread-safe. */
final class ParquetFile implements AutoCloseable {
  private static final String ID = "id";
  private static final String URI = "uri";
  private static final String EMBEDDING = "embedding";

  private final Path path;
  private final ParquetTable table;
  private final List<String> attributes = new ArrayList<>();
  private final int rows;
  private final ResultSet images;

  private ParquetFile(Path path, ParquetTable table) throws SQLException {
    this.path = path;
    this.table = table;
    Map<String, String> columns = table.columns();
    if (!columns.containsKey(ID) || !String.valueOf(columns.get(EMBEDDING)).endsWith("]")) {
      throw new GillException(path + " must have a column " + ID + " and a column " + EMBEDDING
          + " that is a list of numbers, but has the columns " + columns);
    }
    columns.forEach((name, type) -> {
      if (!List.of(ID, URI, EMBEDDING).contains(name) && isPlain(type)) {
        attributes.add(name);
      }
    });
    List<String> texts = new ArrayList<>(List.of(ID, columns.containsKey(URI) ? URI : ID));
    texts.addAll(attributes);
    try (PreparedStatement count = table.statement("SELECT count(*)" + ParquetTable.FROM);
        ResultSet result = count.executeQuery()) {
      result.next();
      if (result.getLong(1) > Integer.MAX_VALUE) {
        throw new GillException(path + " has " + result.getLong(1) + " rows: split it into several files");
      }
      rows = (int) result.getLong(1);
    }
    images = table.statement(query(texts)).executeQuery();
  }

  /** The path itself or, for a folder, its {@code *.parquet} files, sorted by name. */
  static List<Path> paths(Path path) {
    if (!Files.isDirectory(path)) {
      return List.of(path);
    }
    try (Stream<Path> files = Files.list(path)) {
      List<Path> found = files.filter(file -> file.toString().endsWith(".parquet")).sorted().toList();
      if (found.isEmpty()) {
        throw new GillException(path + " contains no *.parquet files: give a folder that Spark wrote, or one file");
      }
      return found;
    } catch (IOException | UncheckedIOException e) {
      throw new GillException(path + " cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Opens a file.
   *
   * @throws GillException if DuckDB is missing, or the file cannot be read or lacks a required column
   */
  static ParquetFile open(Path path) {
    ParquetTable table = ParquetTable.open(path);
    try {
      return new ParquetFile(path, table);
    } catch (SQLException | RuntimeException e) {
      Closing.closeAfter(e, List.of(table));
      throw e instanceof SQLException problem ? table.unreadable(problem) : (RuntimeException) e;
    }
  }

  /**
   * The query for the texts t0, t1, …, the embedding, and the total length of the attributes. Values are cut just
   * beyond the limits of an image, so that they are still rejected but a small file cannot allocate large objects.
   */
  private static String query(List<String> texts) {
    List<String> given = new ArrayList<>();
    List<String> cut = new ArrayList<>();
    StringBuilder total = new StringBuilder("0");
    for (int i = 0; i < texts.size(); i++) {
      given.add("CAST(" + quoted(texts.get(i)) + " AS VARCHAR) AS t" + i);
      String text = "substr(t" + i + ", 1, " + (IndexedImage.MAX_TEXT + 1) + ")";
      if (i < 2) {
        cut.add(text);
      } else {
        cut.add("CASE WHEN total <= " + IndexedImage.MAX_ATTRIBUTES + " THEN " + text + " END");
        total.append(" + coalesce(strlen(t").append(i).append("), 0)");
      }
    }
    given.add("CAST(" + EMBEDDING + " AS FLOAT[])[1:" + (ExactIndex.MAX_DIMENSION + 1) + "] AS embedding");
    return "SELECT " + String.join(", ", cut) + ", embedding, total FROM (SELECT *, " + total + " AS total"
        + " FROM (SELECT " + String.join(", ", given) + ParquetTable.FROM + "))";
  }

  private static boolean isPlain(String type) {
    return !type.endsWith("]") && Stream.of("STRUCT", "MAP", "UNION", "BLOB").noneMatch(type::startsWith);
  }

  private static String quoted(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }

  int rows() {
    return rows;
  }

  /**
   * Returns the next image.
   *
   * @throws IllegalArgumentException if the row is not a valid image
   * @throws GillException if the file is damaged
   */
  IndexedImage next() {
    try {
      if (!images.next()) {
        throw new GillException(path + " ends before row " + rows + ": it was changed while it was being read");
      }
      IndexedImage.checkTotal(images.getLong(4 + attributes.size()));
      Map<String, String> values = new HashMap<>();
      for (int i = 0; i < attributes.size(); i++) {
        @Nullable String value = images.getString(3 + i);
        if (value != null) {
          values.put(attributes.get(i), value);
        }
      }
      return new IndexedImage(text(1), text(2), values, embedding(3 + attributes.size()));
    } catch (SQLException e) {
      throw table.unreadable(e);
    }
  }

  private String text(int column) throws SQLException {
    @Nullable String text = images.getString(column);
    if (text == null) {
      throw new IllegalArgumentException("it has no " + (column == 1 ? ID : URI));
    }
    return text;
  }

  private float[] embedding(int column) throws SQLException {
    java.sql.@Nullable Array list = images.getArray(column);
    if (list == null) {
      throw new IllegalArgumentException("it has no " + EMBEDDING);
    }
    @Nullable Object[] numbers = (Object[]) list.getArray();
    float[] embedding = new float[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      if (!(numbers[i] instanceof Float number)) {
        throw new IllegalArgumentException("its " + EMBEDDING + " has a gap at " + i);
      }
      embedding[i] = number;
    }
    return embedding;
  }

  @Override
  public void close() {
    table.close();
  }
}
