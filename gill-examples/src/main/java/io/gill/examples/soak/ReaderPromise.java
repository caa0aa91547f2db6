package io.gill.examples.soak;

import io.gill.GillException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * A reader of untrusted files returns a result or throws a documented exception, soon and with little memory, whatever
 * a file contains. The first cases are the unchanged seeds; valid ones must be readable.
 */
final class ReaderPromise implements Promise {
  private static final int LONGEST_MESSAGE = 8100;
  private static final long ALLOCATION_LIMIT = 64L << 20;

  private final String name;
  private final String text;
  private final String file;
  private final List<Seed> seeds;
  private final Mutator mutator;
  private final Reader reader;

  ReaderPromise(String name, String text, String file, List<Seed> seeds, Mutator mutator, Reader reader) {
    this.name = name;
    this.text = text;
    this.file = file;
    this.seeds = List.copyOf(seeds);
    this.mutator = mutator;
    this.reader = reader;
  }

  /**
   * A file to start changes from.
   *
   * @param bytes the file's content
   * @param right whether the file is valid and must be readable
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Seed(byte[] bytes, boolean right) {}

  /** Changes a file's content. */
  @FunctionalInterface
  interface Mutator {
    byte[] mutate(byte[] seed, Random random) throws IOException;
  }

  /** Reads everything in a file. */
  @FunctionalInterface
  interface Reader {
    void read(Path file) throws IOException;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String text() {
    return text;
  }

  @Override
  public long allocationLimit() {
    return ALLOCATION_LIMIT;
  }

  @Override
  public void attempt(Attempt attempt) throws Exception {
    Random random = attempt.random();
    boolean asItIs = attempt.number() < seeds.size();
    Seed seed = seeds.get(asItIs ? (int) attempt.number() : random.nextInt(seeds.size()));
    byte[] bytes = asItIs ? seed.bytes : mutator.mutate(seed.bytes, random);
    Path path = attempt.write(file, bytes);
    try {
      reader.read(path);
    } catch (GillException | IOException e) {
      BrokenPromise.unless(!(asItIs && seed.right), "a valid file is refused: " + e.getMessage());
      checkMessage(e);
    }
  }

  /** Checks that a message is one printable line: content of the file must be escaped in it. */
  static void checkMessage(Exception e) {
    String message = e.getMessage();
    BrokenPromise.unless(message != null && !message.isBlank(), "an error without a message: " + e);
    if (message != null) {
      BrokenPromise.unless(message.length() <= LONGEST_MESSAGE, "a message of " + message.length() + " characters: "
          + message.substring(0, Math.min(message.length(), 200)));
      BrokenPromise.unless(message.chars().noneMatch(Character::isISOControl),
          "a message with control characters: " + escaped(message));
    }
  }

  private static String escaped(String message) {
    StringBuilder text = new StringBuilder();
    message.chars().limit(400).forEach(c -> text.append(
        Character.isISOControl(c) ? String.format("\\u%04x", c) : String.valueOf((char) c)));
    return text.toString();
  }
}
