package io.gill.examples.evaluate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gill.GillException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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

  private final Path file;
  private final FileChannel channel;
  private final Map<String, Outcome> finished = new LinkedHashMap<>();

  private Journal(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
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
    Path file = folder.resolve(NAME);
    try {
      Files.createDirectories(folder);
      FileChannel channel = FileChannel.open(
          file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      try {
        lock(file, channel);
        Journal journal = new Journal(file, channel);
        journal.resume(settings);
        return journal;
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new GillException(file + " cannot be opened: " + e, e);
    }
  }

  private static void lock(Path file, FileChannel channel) throws IOException {
    boolean locked;
    try {
      locked = channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      locked = false;
    }
    if (!locked) {
      throw new GillException(file + " is in use by another evaluation: name another folder");
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

  private void resume(Map<String, String> settings) throws IOException {
    String text = Files.readString(file);
    int complete = text.lastIndexOf('\n') + 1; // text after the last line break is left by a kill
    List<String> lines = text.substring(0, complete).lines().toList();
    channel.truncate(text.substring(0, complete).getBytes(StandardCharsets.UTF_8).length);
    channel.position(channel.size());
    if (lines.isEmpty()) {
      append(new Settings(settings));
      return;
    }
    requireSame(parsed(file, 1, lines.get(0), new TypeReference<Settings>() {}).settings(), settings);
    for (int i = 1; i < lines.size(); i++) {
      Outcome outcome = parsed(file, i + 1, lines.get(i), new TypeReference<Outcome>() {});
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
        throw new GillException(file + " is of a run with " + name + " " + before + ", not " + now
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
   * @throws GillException if it cannot be written
   */
  synchronized void add(Outcome outcome) {
    try {
      append(outcome);
    } catch (IOException e) {
      throw new GillException(file + " could not be written (" + e.getMessage()
          + "): check the free space, then give the same command to resume", e);
    }
    finished.put(outcome.id(), outcome);
  }

  private void append(Object value) throws IOException {
    ByteBuffer line = StandardCharsets.UTF_8.encode(JSON.writeValueAsString(value) + "\n");
    while (line.hasRemaining()) {
      channel.write(line);
    }
  }

  @Override
  public synchronized void close() {
    try {
      channel.close(); // unlocks
    } catch (IOException e) {
      throw new GillException(file + " could not be closed: " + e.getMessage(), e);
    }
  }
}
