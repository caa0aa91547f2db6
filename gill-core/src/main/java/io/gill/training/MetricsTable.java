package io.gill.training;

import io.gill.GillException;
import io.gill.weights.AtomicFile;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A CSV file of numeric records: a line with the names of the components, then one line per record. The first component
 * is the step. When a training resumes, lines of later steps and an incomplete last line are removed. New lines are
 * appended.
 */
final class MetricsTable<R extends Record> {
  private final Path path;
  private final RecordComponent[] components;

  MetricsTable(Path path, Class<R> type) {
    this.path = path;
    this.components = type.getRecordComponents();
  }

  /** Keeps the lines up to a step, or starts a new file. */
  void begin(long step) {
    String header = Arrays.stream(components).map(RecordComponent::getName).collect(Collectors.joining(","));
    List<String> lines = new ArrayList<>(List.of(header));
    try {
      if (step > 0 && Files.exists(path)) {
        for (String line : CompleteLines.read(path)) {
          String first = line.substring(0, Math.max(0, line.indexOf(',')));
          if (first.matches("\\d{1,18}") && Long.parseLong(first) <= step) {
            lines.add(line);
          }
        }
      }
      AtomicFile.write(path, StandardCharsets.UTF_8.encode(String.join("\n", lines) + "\n"));
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  void add(R row) {
    String line = Arrays.stream(components).map(component -> text(component, row)).collect(Collectors.joining(","));
    try {
      Files.write(path, List.of(line), StandardCharsets.UTF_8, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  /** Returns a value as text; NaN is empty, as in spreadsheets. */
  private String text(RecordComponent component, R row) {
    try {
      Object value = component.getAccessor().invoke(row);
      return value instanceof Double number && number.isNaN() ? "" : String.valueOf(value);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("an accessor of this package's own record", e);
    }
  }

  private GillException unwritable(IOException e) {
    return new GillException(
        path + " could not be written (" + e.getMessage() + "): check the free space; checkpoints are unchanged", e);
  }
}
