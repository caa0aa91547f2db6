package io.gill.evaluation;

import io.gill.GillException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Reads a table of cells separated by tabs, row by row. Cells in double quotes may contain tabs and line breaks, as
 * pandas writes them.
 */
final class TableReader {
  /** A row of MMBench holds a picture in base64. */
  private static final int MAX_CHARACTERS = 64 << 20;

  private final Path file;
  private final Reader in;
  private int row;
  private boolean ended;

  private TableReader(Path file, Reader in) {
    this.file = file;
    this.in = in;
  }

  /**
   * Reads a file.
   *
   * @param file the file, in UTF-8
   * @param columns columns that must exist
   * @param each receives the rows
   * @throws GillException if the file is missing or damaged, a column is missing, or a row has too few cells
   */
  static void read(Path file, List<String> columns, Consumer<Row> each) {
    BenchmarkFile.read(file, in -> {
      try {
        Reader text = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()));
        new TableReader(file, text).read(columns, each);
      } catch (CharacterCodingException e) {
        throw new GillException(file + " is not UTF-8", e);
      }
    });
  }

  private void read(List<String> columns, Consumer<Row> each) throws IOException {
    List<String> header = cells();
    for (String column : columns) {
      if (!header.contains(column)) {
        throw new GillException(file + " has no column '" + column + "': check that this is the benchmark's file");
      }
    }
    while (!ended) {
      row++;
      List<String> cells = cells();
      if (ended && cells.equals(List.of(""))) {
        return; // the line break after the last row
      }
      if (cells.size() != header.size()) {
        throw new GillException(file + ", row " + row + " has " + cells.size() + " cells, not " + header.size()
            + ": the file may be incomplete, download it again");
      }
      Map<String, String> values = new HashMap<>();
      for (int i = 0; i < cells.size(); i++) {
        values.put(header.get(i), cells.get(i));
      }
      each.accept(new Row(file + ", row " + row, values));
    }
  }

  private List<String> cells() throws IOException {
    List<String> cells = new ArrayList<>();
    StringBuilder cell = new StringBuilder();
    boolean quoted = false;
    int length = 0;
    int c = in.read();
    while (c >= 0 && (quoted || c != '\n')) {
      if (++length > MAX_CHARACTERS) {
        throw new GillException(file + ", row " + row + " has more than " + MAX_CHARACTERS + " characters");
      }
      int next = in.read();
      if (c == '"' && quoted && next == '"') {
        cell.append('"');
        next = in.read();
      } else if (c == '"' && (quoted || cell.isEmpty())) {
        quoted = !quoted;
      } else if (c == '\t' && !quoted) {
        cells.add(cell.toString());
        cell.setLength(0);
      } else if (c != '\r' || next != '\n' || quoted) {
        cell.append((char) c);
      }
      c = next;
    }
    if (quoted) {
      throw new GillException(file + ", row " + row + " ends within quotes: the file may be incomplete");
    }
    ended = c < 0;
    cells.add(cell.toString());
    return cells;
  }

  /** A row: cells by column. */
  static final class Row {
    private final String where;
    private final Map<String, String> cells;

    Row(String where, Map<String, String> cells) {
      this.where = where;
      this.cells = cells;
    }

    /** Returns a cell; empty if there is no such column. */
    String text(String column) {
      return cells.getOrDefault(column, "");
    }

    GillException invalid(String problem) {
      return new GillException(where + ": " + problem);
    }
  }
}
