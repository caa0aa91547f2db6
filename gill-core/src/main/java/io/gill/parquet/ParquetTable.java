package io.gill.parquet;

import com.google.common.base.Splitter;
import io.gill.GillException;
import io.gill.concurrent.Closing;
import io.gill.weights.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;

/** An untrusted Parquet file, queried by DuckDB, which the application adds. Not thread-safe. */
public final class ParquetTable implements AutoCloseable {
  /** Follows the columns of a query; does not derive columns from the names of folders. */
  public static final String FROM = " FROM read_parquet(?, hive_partitioning = false)";

  /** Keeps an untrusted file from making DuckDB fetch extensions, write temporary files or use all memory. */
  private static final List<String> LIMITS = List.of(
      "SET autoinstall_known_extensions = false", "SET autoload_known_extensions = false", "SET temp_directory = ''",
      "SET memory_limit = '1GB'", "SET threads = 1", "SET lock_configuration = true");

  private final Path path;
  private final Connection connection;

  private ParquetTable(Path path, Connection connection) {
    this.path = path;
    this.connection = connection;
  }

  /**
   * Opens a file.
   *
   * @param path path of the file, which is first read by a query
   * @return the table; close it
   * @throws GillException if DuckDB is missing or fails, or DuckDB would read the path as a pattern
   */
  public static ParquetTable open(Path path) {
    if (path.toAbsolutePath().toString().chars().anyMatch(c -> "*?[".indexOf(c) >= 0)) {
      throw new GillException(path + " contains '*', '?' or '[', which DuckDB reads as a pattern: rename it");
    }
    Properties properties = new Properties();
    properties.setProperty("jdbc_stream_results", "true");
    Connection connection;
    try {
      connection = DriverManager.getConnection("jdbc:duckdb:", properties);
    } catch (SQLException e) {
      throw new GillException(
          path + " cannot be read without DuckDB: add the dependency org.duckdb:duckdb_jdbc", e);
    }
    ParquetTable table = new ParquetTable(path, connection);
    try (Statement statement = connection.createStatement()) {
      for (String limit : LIMITS) {
        statement.execute(limit);
      }
    } catch (SQLException e) {
      Closing.closeAfter(e, List.of(connection));
      throw table.unreadable(e);
    }
    return table;
  }

  /**
   * Writes a small table, replacing an existing file. If writing fails, an existing file is kept.
   *
   * @param file path of the file
   * @param columns the columns as DuckDB declares them, such as {@code id VARCHAR, bytes BLOB}
   * @param values a row as DuckDB writes it, such as {@code ?, ?}
   * @param rows texts and bytes of each row, in the order of their question marks
   * @throws GillException if DuckDB is missing, or the file cannot be written
   */
  public static void write(Path file, String columns, String values, List<List<Object>> rows) {
    Path draft = file.resolveSibling(file.getFileName() + AtomicFile.DRAFT);
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE rows (" + columns + ")");
      try (PreparedStatement insert = connection.prepareStatement("INSERT INTO rows VALUES (" + values + ")")) {
        for (List<Object> row : rows) {
          for (int i = 0; i < row.size(); i++) {
            if (row.get(i) instanceof byte[] bytes) {
              insert.setBytes(i + 1, bytes);
            } else {
              insert.setString(i + 1, row.get(i).toString());
            }
          }
          insert.execute();
        }
      }
      Files.createDirectories(file.toAbsolutePath().getParent());
      statement.execute("COPY rows TO '" + draft.toString().replace("'", "''") + "' (FORMAT parquet)");
      AtomicFile.move(draft, file);
    } catch (SQLException | IOException e) {
      GillException failure = new GillException(file + " cannot be written: " + e.getMessage(), e);
      Closing.closeAfter(failure, List.of(() -> Files.deleteIfExists(draft)));
      throw failure;
    }
  }

  /**
   * Returns the columns.
   *
   * @return DuckDB's type by name, in the order of the file
   * @throws GillException if the file cannot be read
   */
  public Map<String, String> columns() {
    Map<String, String> columns = new LinkedHashMap<>();
    try (PreparedStatement describe = statement("DESCRIBE SELECT *" + FROM);
        ResultSet result = describe.executeQuery()) {
      while (result.next()) {
        columns.put(result.getString(1), result.getString(2));
      }
    } catch (SQLException e) {
      throw unreadable(e);
    }
    return columns;
  }

  /**
   * Prepares a statement, which closes with the table at the latest.
   *
   * @param query a query whose first parameter is the file, as in {@link #FROM}
   * @return the statement
   * @throws SQLException if the file cannot be read, or the query does not fit its columns
   */
  public PreparedStatement statement(String query) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(query);
    statement.setString(1, path.toAbsolutePath().toString());
    return statement;
  }

  /**
   * Describes why the file cannot be read.
   *
   * @param e the reason
   * @return an exception of one line
   */
  public GillException unreadable(SQLException e) {
    String message = Objects.requireNonNullElse(e.getMessage(), e.toString());
    return new GillException(path + " cannot be read: " + Splitter.on('\n').split(message).iterator().next(), e);
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw unreadable(e);
    }
  }
}
