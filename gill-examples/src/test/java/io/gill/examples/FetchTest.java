package io.gill.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.hub.ModelFetcher;
import io.gill.testsupport.StandInHub;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FetchTest {
  private static final byte[] CONFIG = "{}".getBytes(StandardCharsets.UTF_8);

  @TempDir private Path folder;
  private StandInHub hub;
  private String commit;

  @BeforeEach
  void start() throws IOException {
    hub = new StandInHub();
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("config.json", CONFIG);
    files.put("model.safetensors", new byte[12_345]);
    files.put("model.onnx", new byte[2_000]);
    commit = hub.put("org/model", "apache-2.0\u001B[2J", files);
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  private Run run(@Nullable UnaryOperator<String> terminal, String... args) {
    Map<String, String> environment = Map.of(
        "HF_ENDPOINT", hub.endpoint().toString(), "HF_HUB_CACHE", folder.resolve("hub").toString());
    String[] all = new String[args.length + 1];
    all[0] = "fetch";
    System.arraycopy(args, 0, all, 1, args.length);
    return Run.of(Main.commandLine(new Fetch(() -> ModelFetcher.builder(environment, folder), terminal)), all);
  }

  @Test
  void sizesAndLicenceComeFirstAndTheFolderLast() {
    Path model = folder.resolve("model");
    Run run = run(null, "org/model", "--output", model.toString());
    assertThat(run.exit()).isZero();
    assertThat(run.out().lines()).containsExactly(
        "org/model at " + commit.substring(0, 7) + ", licence apache-2.0\uFFFD[2J: 2 files, 12.3 kB",
        "        2 B  config.json",
        "    12.3 kB  model.safetensors",
        "To fetch: 12.3 kB of 12.3 kB, into " + folder.resolve("hub"),
        model.toString());
    assertThat(run.err().lines()).last().asString()
        .startsWith("100 %  12.3 kB of 12.3 kB").endsWith("  org/model/model.safetensors");
    assertThat(model.resolve("model.safetensors")).hasSize(12_345);

    Run again = run(question -> "no", "org/model");
    assertThat(again.exit()).isZero();
    assertThat(again.out()).contains("config.json (cached)", "To fetch: 0 B", commit);
  }

  @Test
  void aUserAtATerminalIsAsked() {
    Run no = run(question -> "", "org/model");
    assertThat(no.exit()).isZero();
    assertThat(no.out()).endsWith("Nothing was fetched." + System.lineSeparator());
    assertThat(folder.resolve("hub")).doesNotExist();
    Run yes = run(question -> "Y", "org/model", "--include", "*.onnx");
    assertThat(yes.out()).contains("2.0 kB  model.onnx").doesNotContain("config.json");
    assertThat(yes.err()).startsWith("\r[").contains("##] 100 %");
    assertThat(run(question -> "", "org/model", "--yes", "--exclude", "*.json").exit()).isZero();
    assertThat(folder.resolve("hub/models--org--model/snapshots").resolve(commit)).isDirectoryContaining(
        file -> file.endsWith("model.safetensors"));
  }

  @Test
  void whatCannotBeFetchedIsOneLine() throws IOException {
    Run missing = run(null, "org/other");
    assertThat(missing.exit()).isOne();
    assertThat(missing.err()).startsWith("error: org/other cannot be fetched: ").contains("set HF_TOKEN")
        .hasLineCount(1);
    Run exists = run(null, "org/model", "--output", Files.createDirectory(folder.resolve("there")).toString());
    assertThat(exists.exit()).isOne();
    assertThat(exists.err()).contains("name a new folder");
    assertThat(run(null, "../x").err()).contains("organisation/name");
  }

  @Test
  void theBarShowsRateAndRemainingTimeWithoutWhatAnEarlierRunFetched() {
    StringWriter text = new StringWriter();
    AtomicLong now = new AtomicLong();
    FetchLine line = new FetchLine(new PrintWriter(text), true, now::get);
    line.onProgress("a", 4_000_000_000L, 10_000_000_000L);
    now.addAndGet(100_000_000);
    line.onProgress("a", 4_100_000_000L, 10_000_000_000L);
    now.addAndGet(1_900_000_000);
    line.onProgress("a", 4_200_000_000L, 10_000_000_000L);
    assertThat(text.toString().split("\r")).containsExactly("",
        "[############                  ]  40 %  4.0 GB of 10.0 GB  a\u001B[K",
        "[############                  ]  42 %  4.2 GB of 10.0 GB, 100 MB/s, 58 s left  a\u001B[K");
    line.onRetry("it was cut", Duration.ofMillis(1_200));
    assertThat(text.toString()).endsWith("\r\u001B[Kit was cut; trying again in 2 s" + System.lineSeparator());
  }

  @Test
  void sizesHaveThreeDigits() {
    assertThat(Fetch.size(0)).isEqualTo("0 B");
    assertThat(Fetch.size(999)).isEqualTo("999 B");
    assertThat(Fetch.size(12_345)).isEqualTo("12.3 kB");
    assertThat(Fetch.size(999_999)).isEqualTo("1.0 MB");
    assertThat(Fetch.size(492_000_000)).isEqualTo("492 MB");
    assertThat(Fetch.size(13_316_000_000L)).isEqualTo("13.3 GB");
  }
}
