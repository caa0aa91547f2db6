package io.gill.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.testsupport.JavaProcess;
import io.gill.testsupport.StandInHub;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed while it fetches. */
class KilledFetchTest {
  private static final int KILLS = 10;
  private static final int CHUNK = 1 << 14;
  private static final List<String> OPTIONS = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx64m");

  /** Requests that are answered before a kill. More ranges are requested only once earlier ones are in the file. */
  private static final int ANSWERED = BlobDownload.CONNECTIONS + 4;

  @TempDir private Path cache;

  @Test
  void killsEndWithTheRightBytes() throws Exception {
    byte[] weights = new byte[KILLS * ANSWERED * CHUNK + 12_345];
    new Random(1).nextBytes(weights);
    try (StandInHub hub = new StandInHub()) {
      String commit = hub.put("org/model", "mit", Map.of("model.safetensors", weights));
      Path incomplete = cache.resolve("models--org--model/blobs").resolve(StandInHub.id(weights) + ".incomplete");
      long before = 0;
      Process waiting = null;
      for (int kill = 1; kill <= KILLS; kill++) {
        CountDownLatch reached = new CountDownLatch(1);
        CountDownLatch listed = new CountDownLatch(2);
        CountDownLatch killed = new CountDownLatch(1);
        AtomicInteger answered = new AtomicInteger();
        hub.fault((exchange, request) -> {
          if (!request.toStorage() && request.path().startsWith("/api/")) {
            listed.countDown();
          }
          if (request.toStorage() && answered.incrementAndGet() > ANSWERED) {
            reached.countDown();
            await(killed);
            return true;
          }
          return false;
        });
        Process child = child(hub).start();
        await(reached);
        if (kill == KILLS) {
          waiting = child(hub).start();
          await(listed); // it waits while the other process holds the file
          hub.fault((exchange, request) -> false);
        }
        child.destroyForcibly();
        assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
        killed.countDown();
        assertThat(Files.size(incomplete)).isGreaterThan(before).isLessThan(weights.length);
        before = Files.size(incomplete);
      }

      Path snapshot = cache.resolve("models--org--model/snapshots").resolve(commit);
      assertThat(new String(waiting.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo(snapshot.toString());
      assertThat(snapshot.resolve("model.safetensors")).hasBinaryContent(weights);
      assertThat(incomplete).doesNotExist();
    }
  }

  private ProcessBuilder child(StandInHub hub) {
    return JavaProcess.of(FetchChild.class, OPTIONS, hub.endpoint(), cache, CHUNK);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
