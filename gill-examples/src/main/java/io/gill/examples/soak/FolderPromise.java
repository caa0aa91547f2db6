package io.gill.examples.soak;

import io.gill.GillException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;

/** A reader of a folder with one or two tampered files returns a result or throws a documented exception. */
final class FolderPromise implements Promise {
  private final String name;
  private final String text;
  private final Maker maker;
  private final Predicate<Path> changeable;
  private final Mutator mutator;
  private final Reader reader;
  private final boolean isolated;
  private boolean made;

  FolderPromise(
      String name, String text, Maker maker, Predicate<Path> changeable, Mutator mutator, Reader reader,
      boolean isolated) {
    this.name = name;
    this.text = text;
    this.maker = maker;
    this.changeable = changeable;
    this.mutator = mutator;
    this.reader = reader;
    this.isolated = isolated;
  }

  /** Creates and fills a folder. */
  @FunctionalInterface
  interface Maker {
    void make(Path folder) throws IOException;
  }

  /** Changes a file in place. */
  @FunctionalInterface
  interface Mutator {
    void mutate(Path file, Random random) throws IOException;
  }

  /** Reads everything in a folder. */
  @FunctionalInterface
  interface Reader {
    void read(Path folder) throws IOException;
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
  public boolean isolated() {
    return isolated;
  }

  @Override
  public Duration timeLimit() {
    return isolated ? Duration.ofMinutes(1) : Duration.ofSeconds(10);
  }

  @Override
  public long allocationLimit() {
    return isolated ? 1L << 30 : 192L << 20; // a whole model needs more
  }

  @Override
  public int weight() {
    return isolated ? 4 : 2;
  }

  @Override
  public void attempt(Attempt attempt) throws Exception {
    Path template = attempt.folder().resolveSibling("template-" + name.replace('/', '-'));
    if (!made) {
      Folders.delete(template); // left by an earlier run
      maker.make(template);
      made = true;
    }
    Path copy = attempt.file("copy");
    Folders.copy(template, copy); // large files stay links
    if (attempt.number() == 0) {
      reader.read(copy);
      return;
    }
    List<Path> files = Folders.walk(copy).stream()
        .filter(Files::isRegularFile).filter(changeable).toList();
    for (int left = 1 + attempt.random().nextInt(2); left > 0; left--) {
      mutator.mutate(files.get(attempt.random().nextInt(files.size())), attempt.random());
    }
    try {
      reader.read(copy);
    } catch (GillException | IOException e) {
      ReaderPromise.checkMessage(e);
    }
  }
}
