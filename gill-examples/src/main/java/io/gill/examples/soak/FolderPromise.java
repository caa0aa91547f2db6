package io.gill.examples.soak;

import io.gill.GillException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;

/** A reader of a folder, one or two of whose files a stranger has changed, returns or throws what it documents. */
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

  /** Fills a folder that is not there yet. */
  @FunctionalInterface
  interface Maker {
    void make(Path folder) throws IOException;
  }

  /** Changes a file in place. */
  @FunctionalInterface
  interface Mutator {
    void mutate(Path file, Random random) throws IOException;
  }

  /** Reads a folder, all that is in it. */
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
    return isolated ? 1L << 30 : 192L << 20; // a model takes what it takes
  }

  @Override
  public int weight() {
    return isolated ? 4 : 2;
  }

  @Override
  public void attempt(Attempt attempt) throws Exception {
    Path template = attempt.folder().resolveSibling("template-" + name.replace('/', '-'));
    if (!made) {
      Folders.delete(template); // of a run before
      maker.make(template);
      made = true;
    }
    Path copy = attempt.file("copy");
    Folders.copy(template, copy); // links stay links to large files
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
