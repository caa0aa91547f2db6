package io.gill.examples.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.GillException;
import io.gill.examples.Main;
import io.gill.examples.soak.ReaderPromise.Reader;
import io.gill.examples.soak.ReaderPromise.Seed;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The soak finds no fault in the library, and finds those of deliberately faulty readers. */
class SoakTest {
  @TempDir Path folder;

  /** Slow promises, and those that only repetition can break, are left to longer runs. */
  @Test
  void promisesHoldForACaseOfEach() throws IOException {
    Path report = folder.resolve("soak.md");
    StringWriter out = new StringWriter();
    int exit = Main.run(new Soak(), new PrintWriter(out), new PrintWriter(out), "--minutes", "0", "--only",
        "^(?!(kill|disk)/checkpoint|kill/library|flat/|long/|numbers/|read/(model$|parquet))", "--work",
        folder.resolve("work").toString(), "--report", report.toString());
    assertThat(exit).as(out.toString()).isZero();
    assertThat(Files.readString(report)).contains("| read/png |").contains("| threads/model |").contains("| all |");
    assertThat(out.toString()).doesNotContain("again:");
  }

  @Test
  void aReaderThatThrowsAnythingElseIsReportedAndItsInputKept() throws Exception {
    Tally tally = run(path -> {
      throw new NullPointerException("oh");
    }, Duration.ofSeconds(10));
    assertThat(tally.failures()).isEqualTo(tally.cases()).isPositive();
    assertThat(tally.described().get(0).what()).contains("NullPointerException: oh").contains("SoakTest");
    assertThat(tally.described().get(0).reproduce()).contains("--seed 7").contains("^read/wrong$").contains("--case 0");
    assertThat(folder.resolve("read-wrong-0/file")).hasBinaryContent(new byte[] {1, 2, 3});
  }

  @Test
  void anErrorIsReportedAndADocumentedExceptionIsNot() throws Exception {
    assertThat(run(path -> {
      throw new OutOfMemoryError("all");
    }, Duration.ofSeconds(10)).failures()).isPositive();
    Tally refused = run(path -> {
      throw new GillException(path + " is wrong");
    }, Duration.ofSeconds(10));
    assertThat(refused.failures()).isZero();
    assertThat(folder.resolve("read-wrong-0")).doesNotExist();
  }

  @Test
  void bytesOfAFileInAMessageAreReported() throws Exception {
    assertThat(run(path -> {
      throw new IOException("not\u0007what it was"); // a GillException would escape it
    }, Duration.ofSeconds(10)).described().get(0).what()).contains("control characters").contains("\\u0007");
  }

  @Test
  void aHangIsReportedWithItsPlace() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    Tally tally = run(path -> {
      try {
        never.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }, Duration.ofMillis(50));
    assertThat(tally.failures()).isPositive();
    assertThat(tally.described().get(0).what()).contains("did not end").contains("CountDownLatch.await");
  }

  @Test
  void whatIsAllocatedBeyondTheLimitIsReported() throws Exception {
    Tally tally = run(path -> {
      assertThat(new byte[65 << 20]).isNotEmpty();
    }, Duration.ofSeconds(10));
    assertThat(tally.described().get(0).what()).contains("allocated");
  }

  @Test
  void leakedDescriptorsAreReported() throws Exception {
    if (!Files.isDirectory(Path.of("/proc/self/fd"))) {
      return; // only Linux reports the number
    }
    List<FileChannel> leaked = new ArrayList<>();
    Promise leaking = new Wrong(path -> {
      for (int i = 0; i < 20; i++) {
        leaked.add(FileChannel.open(path));
      }
    }, Duration.ofSeconds(10));
    Tally tally = new Tally(leaking);
    try (Harness harness = new Harness(7, folder, Harness.Observer.NONE, 2)) {
      harness.slice(tally, Duration.ZERO);
      assertThat(tally.failures()).isZero(); // the number after the first case is the allowed one
      harness.slice(tally, Duration.ZERO);
      assertThat(tally.described()).isNotEmpty();
      assertThat(tally.described().get(0).what()).contains("left behind").contains("open files");
    } finally {
      for (FileChannel channel : leaked) {
        channel.close();
      }
    }
  }

  @Test
  void theSameSeedMakesTheSameFiles() throws Exception {
    List<byte[]> first = new ArrayList<>();
    List<byte[]> second = new ArrayList<>();
    run(path -> first.add(Files.readAllBytes(path)), Duration.ofSeconds(10));
    run(path -> second.add(Files.readAllBytes(path)), Duration.ofSeconds(10));
    assertThat(first.get(1)).isEqualTo(second.get(1)).isNotEqualTo(first.get(0));
  }

  private Tally run(Reader reader, Duration limit) throws Exception {
    Tally tally = new Tally(new Wrong(reader, limit));
    try (Harness harness = new Harness(7, folder, Harness.Observer.NONE)) {
      harness.one(tally, 0);
      harness.one(tally, 1);
    }
    return tally;
  }

  /** A faulty reader. */
  private static final class Wrong implements Promise {
    private final ReaderPromise promise;
    private final Duration limit;

    Wrong(Reader reader, Duration limit) {
      promise = new ReaderPromise("read/wrong", "", "file", List.of(new Seed(new byte[] {1, 2, 3}, false)),
          Bytes::mutate, reader);
      this.limit = limit;
    }

    @Override
    public String name() {
      return promise.name();
    }

    @Override
    public String text() {
      return promise.text();
    }

    @Override
    public Duration timeLimit() {
      return limit;
    }

    @Override
    public long allocationLimit() {
      return promise.allocationLimit();
    }

    @Override
    public void attempt(Attempt attempt) throws Exception {
      promise.attempt(attempt);
    }
  }
}
