package io.gill.examples.soak;

import io.gill.GillException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * One write or one read of an operation fails: existing data is unchanged, open resources keep working, and the
 * operation succeeds when it is repeated. Cases go through all writes in turn, then all reads. In every other case all
 * later operations fail as well.
 */
final class FullDisk implements Promise {
  private final String name;
  private final String text;
  private final Operation operation;
  private long writes = -1;
  private long reads;

  FullDisk(String name, String text, Operation operation) {
    this.name = name;
    this.text = text;
    this.operation = operation;
  }

  /** An operation on a failing disk. */
  interface Operation {
    /** Creates the initial data. Nothing fails yet. */
    Subject prepare(Path folder) throws IOException;
  }

  /** The data that an operation changes. */
  interface Subject extends AutoCloseable {
    /** Changes the data; may fail. */
    void change() throws IOException;

    /** Checks that the data is as before the change or, if {@code changed}, completely as after it. */
    void check(boolean changed) throws IOException;

    @Override
    void close() throws IOException;
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
  public Duration timeLimit() {
    return Duration.ofMinutes(2);
  }

  @Override
  public int weight() {
    return name.endsWith("checkpoint") ? 4 : 1; // a case takes three trainings
  }

  @Override
  public void attempt(Attempt attempt) throws Exception {
    if (writes < 0) {
      count(attempt.file("counted"));
    }
    long all = Math.max(1, writes + reads);
    long one = attempt.number() % all;
    boolean full = attempt.number() / all % 2 == 1;
    Path folder = Files.createDirectories(attempt.file("disk"));
    FaultyFiles disk = new FaultyFiles(folder);
    try (Subject subject = operation.prepare(disk.path(folder))) {
      disk.fail(one < writes ? one : -1, one < writes ? -1 : one - writes, full);
      boolean done = false;
      try {
        subject.change();
        done = true;
      } catch (GillException | IOException e) {
        BrokenPromise.unless(disk.hasFailed(), "failed although the disk did not fail: " + e);
        ReaderPromise.checkMessage(e);
      }
      disk.fail(-1, -1, false);
      subject.check(done);
      if (!done) {
        subject.change();
      }
      subject.check(true);
    }
  }

  private void count(Path folder) throws IOException {
    Files.createDirectories(folder);
    FaultyFiles disk = new FaultyFiles(folder);
    try (Subject subject = operation.prepare(disk.path(folder))) {
      disk.fail(-1, -1, false);
      subject.change();
      writes = disk.writes();
      reads = disk.reads();
    }
  }
}
