package io.gill.examples.evaluate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gill.GillException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The finished items of a run, from which a killed run resumes: a line of JSON with the run's settings, then a line for
 * each item. Lines are appended. Thread-safe.
 */
final class Journal implements AutoCloseable {
  /** The journal's name in the run's folder. */
  static final String NAME = "journal.jsonl";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final AppendedFile file;
  private final Map<String, Outcome> finished = new LinkedHashMap<>();

  private Journal(AppendedFile file) {
    this.file = file;
  }

  private record Settings(Map<String, String> settings) {
    // A file without settings fails here.
    Settings {
      settings = new LinkedHashMap<>(settings);
    }
  }

  /**
   * Continues a journal, or starts one. A last line that a kill left incomplete is dropped.
   *
   * @param folder the run's folder; created if missing
   * @param settings all that determines the answers
   * @return the journal, to be closed by the caller
   * @throws GillException if it belongs to a run with other settings, is damaged, or another process writes it
   */
  static Journal open(Path folder, Map<String, String> settings) {
    AppendedFile file = AppendedFile.open(folder.resolve(NAME));
    try {
      Journal journal = new Journal(file);
      journal.resume(settings);
      return journal;
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /**
   * Returns the settings of a finished or unfinished run.
   *
   * @param folder the run's folder
   * @return the settings
   * @throws GillException if the folder has no journal, or the journal is damaged
   */
  static Map<String, String> settings(Path folder) {
    Path file = folder.resolve(NAME);
    if (!Files.isRegularFile(file)) {
      throw new GillException(folder + " is not the output of an evaluation: it has no " + NAME);
    }
    try (Stream<String> lines = Files.lines(file)) {
      String first = lines.findFirst().orElseThrow(() -> new GillException(file + " is empty"));
      return parsed(file, 1, first, new TypeReference<Settings>() {}).settings();
    } catch (IOException | UncheckedIOException e) {
      throw new GillException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private void resume(Map<String, String> settings) {
    byte[] bytes = new byte[Math.toIntExact(file.size())];
    file.read(ByteBuffer.wrap(bytes), 0);
    int complete = bytes.length;
    while (complete > 0 && bytes[complete - 1] != '\n') {
      complete--; // a kill left these bytes, perhaps a part of a character
    }
    file.truncate(complete);
    List<String> lines = new String(bytes, 0, complete, StandardCharsets.UTF_8).lines().toList();
    if (lines.isEmpty()) {
      append(new Settings(settings));
      return;
    }
    requireSame(parsed(file.path(), 1, lines.get(0), new TypeReference<Settings>() {}).settings(), settings);
    for (int i = 1; i < lines.size(); i++) {
      Outcome outcome = parsed(file.path(), i + 1, lines.get(i), new TypeReference<Outcome>() {});
      finished.put(outcome.id(), outcome);
    }
  }

  private void requireSame(Map<String, String> old, Map<String, String> settings) {
    Map<String, String> all = new LinkedHashMap<>(old);
    all.putAll(settings);
    for (String name : all.keySet()) {
      String before = old.getOrDefault(name, "none");
      String now = settings.getOrDefault(name, "none");
      if (!before.equals(now)) {
        throw new GillException(file.path() + " is of a run with " + name + " " + before + ", not " + now
            + ": give the same settings to resume it, or name another folder");
      }
    }
  }

  private static <T> T parsed(Path file, int number, String line, TypeReference<T> type) {
    try {
      return JSON.readValue(line, type);
    } catch (JsonProcessingException e) {
      throw new GillException(file + ", line " + number + " is damaged: remove the line to repeat its item", e);
    }
  }

  /** Returns the finished items, by id. */
  synchronized Map<String, Outcome> finished() {
    return new LinkedHashMap<>(finished);
  }

  /**
   * Adds an item. The line is in the file when this method returns.
   *
   * @param outcome the finished item
   * @throws IllegalStateException if it cannot be written
   */
  synchronized void add(Outcome outcome) {
    append(outcome);
    finished.put(outcome.id(), outcome);
  }

  private void append(Object value) {
    try {
      file.append(StandardCharsets.UTF_8.encode(JSON.writeValueAsString(value) + "\n"));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    file.close();
  }
}
