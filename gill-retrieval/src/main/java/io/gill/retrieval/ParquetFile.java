package io.gill.retrieval;

import com.google.common.base.Splitter;
import io.gill.GillException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The images of a Parquet file, in order, read by DuckDB a few rows at a time. Of one thread. */
final class ParquetFile implements AutoCloseable {
  private static final String ID = "id";
  private static final String URI = "uri";
  private static final String EMBEDDING = "embedding";

  /** The names of folders are no columns. */
  private static final String READ = " FROM read_parquet(?, hive_partitioning = false)";

  /** What the file may not make it do: fetch extensions, write elsewhere, take all memory. */
  private static final List<String> LIMITS = List.of(
      "SET autoinstall_known_extensions = false", "SET autoload_known_extensions = false", "SET temp_directory = ''",
      "SET memory_limit = '1GB'", "SET threads = 1", "SET lock_configuration = true");

  private final Path path;
  private final Connection connection;
  private final List<String> attributes = new ArrayList<>();
  private final int rows;
  private final ResultSet images;

  private ParquetFile(Path path, Connection connection) throws SQLException {
    this.path = path;
    this.connection = connection;
    try (Statement statement = connection.createStatement()) {
      for (String limit : LIMITS) {
        statement.execute(limit);
      }
    }
    Map<String, String> columns = columns();
    if (!columns.containsKey(ID) || !String.valueOf(columns.get(EMBEDDING)).endsWith("]")) {
      throw new GillException(path + " needs a column " + ID + " and a column " + EMBEDDING
          + " that is a list of numbers, and has " + columns);
    }
    columns.forEach((name, type) -> {
      if (!List.of(ID, URI, EMBEDDING).contains(name) && isPlain(type)) {
        attributes.add(name);
      }
    });
    List<String> texts = new ArrayList<>(List.of(ID, columns.containsKey(URI) ? URI : ID));
    texts.addAll(attributes);
    try (PreparedStatement count = statement("SELECT count(*)" + READ); ResultSet result = count.executeQuery()) {
      result.next();
      if (result.getLong(1) > Integer.MAX_VALUE) {
        throw new GillException(path + " has " + result.getLong(1) + " rows: divide it into several files");
      }
      rows = (int) result.getLong(1);
    }
    images = statement(query(texts)).executeQuery();
  }

  /**
   * Opens a file.
   *
   * @throws GillException if there is no DuckDB, or the file cannot be read or has other columns
   */
  static ParquetFile open(Path path) {
    if (path.toAbsolutePath().toString().chars().anyMatch(c -> "*?[".indexOf(c) >= 0)) {
      throw new GillException(path + " has a star, a question mark or a bracket in its name: rename it");
    }
    Connection connection;
    Properties properties = new Properties();
    properties.setProperty("jdbc_stream_results", "true");
    try {
      connection = DriverManager.getConnection("jdbc:duckdb:", properties);
    } catch (SQLException e) {
      throw new GillException(path + " needs DuckDB to be read: add org.duckdb:duckdb_jdbc", e);
    }
    try {
      return new ParquetFile(path, connection);
    } catch (SQLException | RuntimeException e) {
      try {
        connection.close();
      } catch (SQLException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e instanceof SQLException problem ? unreadable(path, problem) : (RuntimeException) e;
    }
  }

  /**
   * The texts t0, t1, …, the embedding, and how long the attributes are together. Everything is cut beyond what an
   * image may have, so that it is refused and a small file makes no large object.
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
        + " FROM (SELECT " + String.join(", ", given) + READ + "))";
  }

  /** The statement closes with the connection. */
  private PreparedStatement statement(String query) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(query);
    statement.setString(1, path.toAbsolutePath().toString());
    return statement;
  }

  /** Names and types. */
  private Map<String, String> columns() throws SQLException {
    Map<String, String> columns = new LinkedHashMap<>();
    try (PreparedStatement describe = connection.prepareStatement("DESCRIBE SELECT *" + READ)) {
      describe.setString(1, path.toAbsolutePath().toString());
      try (ResultSet result = describe.executeQuery()) {
        while (result.next()) {
          columns.put(result.getString(1), result.getString(2));
        }
      }
    }
    return columns;
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
   * The next image.
   *
   * @throws IllegalArgumentException if the row is none
   * @throws GillException if the file is damaged
   */
  IndexedImage next() {
    try {
      if (!images.next()) {
        throw new GillException(path + " ends before its " + rows + " rows");
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
      throw unreadable(path, e);
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

  private static GillException unreadable(Path path, SQLException e) {
    String message = Objects.requireNonNullElse(e.getMessage(), e.toString());
    return new GillException(path + " cannot be read: " + Splitter.on('\n').split(message).iterator().next(), e);
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw unreadable(path, e);
    }
  }
}
