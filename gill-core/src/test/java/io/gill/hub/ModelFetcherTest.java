package io.gill.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Feature;
import com.google.common.jimfs.Jimfs;
import io.gill.GillException;
import io.gill.directory.HuggingFaceCache;
import io.gill.directory.ModelDirectory;
import io.gill.testsupport.StandInHub;
import io.gill.testsupport.StandInHub.Request;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Fetching from a server that behaves like the Hub, and from one that does not. */
class ModelFetcherTest {
  private static final String REPOSITORY = "org/model";
  private static final String TOKEN = "hf_secret";
  private static final int CHUNK = 1 << 10;
  private static final byte[] CONFIG = "{\"model_type\": \"opt\"}".getBytes(StandardCharsets.UTF_8);

  @TempDir private Path folder;
  private final byte[] weights = bytes(20 * CHUNK + 77, 1);
  private final List<Duration> pauses = new ArrayList<>();
  private final List<String> retries = new ArrayList<>();
  private StandInHub hub;
  private String commit;

  @BeforeEach
  void start() throws IOException {
    hub = new StandInHub();
    commit = hub.put(REPOSITORY, "apache-2.0", files("config.json", CONFIG, "model.safetensors", weights));
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  private static byte[] bytes(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static Map<String, byte[]> files(Object... namesAndContents) {
    Map<String, byte[]> files = new LinkedHashMap<>();
    for (int i = 0; i < namesAndContents.length; i += 2) {
      files.put((String) namesAndContents[i], (byte[]) namesAndContents[i + 1]);
    }
    return files;
  }

  private ModelFetcher.Builder builder() {
    return ModelFetcher.builder(Map.of("HF_ENDPOINT", hub.endpoint() + "/", "HF_TOKEN", TOKEN), folder)
        .chunkBytes(CHUNK)
        .pause(pauses::add)
        .listener(new FetchListener() {
          @Override
          public void onProgress(String file, long done, long total) {}

          @Override
          public void onRetry(String problem, Duration pause) {
            retries.add(problem);
          }
        });
  }

  private Path fetch() {
    ModelFetcher fetcher = builder().build();
    return fetcher.fetch(fetcher.plan(REPOSITORY));
  }

  private Path repository() {
    return folder.resolve(".cache/huggingface/hub/models--org--model");
  }

  private Path incomplete() {
    return repository().resolve("blobs").resolve(StandInHub.id(weights) + ".incomplete");
  }

  private void assertComplete(Path snapshot) {
    assertThat(snapshot.resolve("config.json")).hasBinaryContent(CONFIG);
    assertThat(snapshot.resolve("model.safetensors")).hasBinaryContent(weights);
    assertThat(incomplete()).doesNotExist();
  }

  @Test
  void filesLieWhereHuggingFacesToolsLookForThem() throws IOException {
    List<Long> progress = new ArrayList<>();
    ModelFetcher fetcher = builder().listener((file, done, total) -> {
      assertThat(total).isEqualTo(CONFIG.length + weights.length);
      progress.add(done);
    }).build();

    FetchPlan plan = fetcher.plan(REPOSITORY);
    assertThat(repository()).doesNotExist();
    assertThat(plan.bytes()).isEqualTo(CONFIG.length + weights.length).isEqualTo(plan.missingBytes());
    assertThat(plan.parts()).hasSize(1);
    assertThat(plan.parts().get(0).license()).isEqualTo("apache-2.0");
    Path snapshot = fetcher.fetch(plan);

    assertThat(snapshot).isEqualTo(repository().resolve("snapshots").resolve(commit));
    assertComplete(snapshot);
    assertThat(Files.readSymbolicLink(snapshot.resolve("config.json")))
        .hasToString("../../blobs/" + StandInHub.gitSha1(CONFIG));
    assertThat(Files.readSymbolicLink(snapshot.resolve("model.safetensors")))
        .hasToString("../../blobs/" + StandInHub.id(weights));
    assertThat(repository().resolve("refs/main")).hasContent(commit);
    assertThat(progress).isSorted().endsWith((long) CONFIG.length + weights.length);

    hub.requests().clear();
    FetchPlan again = fetcher.plan(REPOSITORY);
    assertThat(again.missingBytes()).isZero();
    assertThat(fetcher.fetch(again)).isEqualTo(snapshot);
    assertThat(hub.requests()).extracting(Request::path).containsExactly("/api/models/org/model/revision/main");
  }

  @Test
  void theTokenGoesToTheHubOnly() {
    fetch();
    assertThat(hub.stored()).isNotEmpty().allMatch(request -> request.authorization().isEmpty());
    assertThat(hub.requests()).filteredOn(request -> !request.toStorage()).isNotEmpty()
        .allMatch(request -> request.authorization().equals("Bearer " + TOKEN));
  }

  @Test
  void aTokenThatSpoilsAHeaderIsRefusedAndNotShown() {
    assertThatThrownBy(() -> ModelFetcher.builder(Map.of("HF_TOKEN", "hf_a\nX-Evil: b"), folder))
        .isInstanceOf(GillException.class).hasMessageContaining("HF_TOKEN").hasMessageNotContaining("hf_a");
  }

  @Test
  void theTokenIsReadFromTheFileOfALogin() throws IOException {
    Files.writeString(folder.resolve("token"), "hf_file\n");
    Map<String, String> environment =
        Map.of("HF_ENDPOINT", hub.endpoint().toString(), "HF_HOME", folder.toString());
    ModelFetcher fetcher = ModelFetcher.builder(environment, folder.resolve("nowhere")).build();
    assertThat(fetcher.plan(REPOSITORY).cache()).isEqualTo(folder.resolve("hub"));
    assertThat(hub.requests().get(0).authorization()).isEqualTo("Bearer hf_file");
  }

  @Test
  void largeFilesAreFetchedInRanges() {
    fetch();
    assertThat(hub.stored()).extracting(Request::range).hasSize(21).doesNotHaveDuplicates()
        .contains("bytes=0-1023", "bytes=20480-20556");
    assertThat(hub.requests()).filteredOn(request -> request.path().endsWith("model.safetensors"))
        .hasSizeLessThanOrEqualTo(BlobDownload.CONNECTIONS); // later ranges go to the storage directly
  }

  @Test
  void twoThreadsFetchAFileOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      for (Future<Path> one : threads.invokeAll(List.<Callable<Path>>of(this::fetch, this::fetch))) {
        assertComplete(one.get());
      }
    } finally {
      threads.shutdown();
    }
    assertThat(hub.stored()).extracting(Request::range).hasSize(21).doesNotHaveDuplicates();
  }

  @Test
  void anInterruptedFileIsContinued() throws IOException {
    Files.createDirectories(incomplete().getParent());
    Files.write(incomplete(), Arrays.copyOf(weights, 5_000));
    assertComplete(fetch());
    assertThat(hub.stored()).extracting(Request::range).contains("bytes=5000-6023")
        .noneMatch(range -> range.startsWith("bytes=0-"));
  }

  @Test
  void aServerThatIgnoresRangesIsReadFromTheBeginning() throws IOException {
    Files.createDirectories(incomplete().getParent());
    Files.write(incomplete(), Arrays.copyOf(weights, 5_000));
    AtomicInteger cuts = new AtomicInteger(2);
    hub.fault((exchange, request) -> {
      if (!request.toStorage()) {
        return false;
      }
      if (request.range().isEmpty() && cuts.getAndDecrement() > 0) {
        StandInHub.cut(exchange, 200, weights, 5_000 * (3 - cuts.get()));
      } else {
        StandInHub.respond(exchange, 200, weights);
      }
      return true;
    });
    assertComplete(fetch());
    assertThat(pauses).isNotEmpty();
  }

  @Test
  void aCutConnectionIsContinuedAtTheLastByte() {
    AtomicInteger cuts = new AtomicInteger(3);
    hub.fault((exchange, request) -> {
      if (request.toStorage() && request.range().matches("bytes=2\\d{3}-3071") && cuts.getAndDecrement() > 0) {
        int from = Integer.parseInt(request.range().substring(6, 10));
        exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-3071/" + weights.length);
        StandInHub.cut(exchange, 206, Arrays.copyOfRange(weights, from, 3_072), 100);
        return true;
      }
      return false;
    });
    assertComplete(fetch());
    assertThat(hub.stored()).extracting(Request::range)
        .contains("bytes=2048-3071", "bytes=2148-3071", "bytes=2248-3071", "bytes=2348-3071");
    assertThat(pauses).hasSize(3).allMatch(pause -> pause.compareTo(Duration.ofSeconds(1)) <= 0);
    assertThat(retries).hasSize(3);
  }

  @Test
  void aBusyServerIsAskedAgainWhenItSays() {
    AtomicInteger left = new AtomicInteger(2);
    hub.fault((exchange, request) -> {
      if (request.path().startsWith("/api/") && left.getAndDecrement() > 0) {
        exchange.getResponseHeaders().set("Retry-After", "7");
        StandInHub.respond(exchange, left.get() > 0 ? 429 : 503, new byte[10]);
        return true;
      }
      return false;
    });
    assertComplete(fetch());
    assertThat(pauses).containsExactly(Duration.ofSeconds(7), Duration.ofSeconds(7));
  }

  @Test
  void attemptsEnd() {
    hub.fault((exchange, request) -> {
      StandInHub.respond(exchange, 503, new byte[0]);
      return true;
    });
    assertThatThrownBy(this::fetch).isInstanceOf(GillException.class)
        .hasMessageContaining("org/model cannot be fetched").hasMessageContaining("status 503");
    assertThat(hub.requests()).hasSize(Backoff.MAX_FAILURES);
    assertThat(pauses).hasSize(Backoff.MAX_FAILURES - 1).isSorted();
  }

  @Test
  void aPauseThatIsTooLongIsReported() {
    hub.fault((exchange, request) -> {
      exchange.getResponseHeaders().set("Retry-After", "3600");
      StandInHub.respond(exchange, 429, new byte[0]);
      return true;
    });
    assertThatThrownBy(this::fetch).isInstanceOf(GillException.class).hasMessageContaining("wait for 3600 s");
    assertThat(pauses).isEmpty();
  }

  @Test
  void aServerThatFallsSilentIsAskedAgain() {
    AtomicInteger left = new AtomicInteger(1);
    hub.fault((exchange, request) -> {
      if (request.toStorage() && left.getAndDecrement() > 0) {
        exchange.getResponseHeaders().set(
            "Content-Range", request.range().replace("=", " ") + "/" + weights.length);
        StandInHub.cut(exchange, 206, weights, 0);
        try {
          Thread.sleep(60_000);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        return true;
      }
      return false;
    });
    ModelFetcher fetcher = builder().stall(Duration.ofMillis(300)).build();
    assertComplete(fetcher.fetch(fetcher.plan(REPOSITORY)));
    assertThat(retries).anyMatch(problem -> problem.contains("sent nothing"));
  }

  @Test
  void anExpiredAddressOfTheStorageIsAskedForAgain() {
    AtomicInteger left = new AtomicInteger(1);
    hub.fault((exchange, request) -> {
      if (request.range().startsWith("bytes=18432-") && left.getAndDecrement() > 0) {
        StandInHub.respond(exchange, 403, new byte[0]);
        return true;
      }
      return false;
    });
    assertComplete(fetch());
    assertThat(pauses).isEmpty();
  }

  @Test
  void aWrongContentIsDeleted() {
    byte[] other = weights.clone();
    other[7_000] ^= 1;
    hub.corrupt(weights, other);
    assertThatThrownBy(this::fetch).isInstanceOf(GillException.class)
        .hasMessageContaining("org/model/model.safetensors").hasMessageContaining("SHA-256")
        .hasMessageNotContaining("\n");
    assertThat(incomplete()).doesNotExist();
    assertThat(incomplete().resolveSibling(StandInHub.id(weights))).doesNotExist();
    assertThat(repository().resolve("snapshots")).doesNotExist();
    assertThat(repository().resolve("refs")).doesNotExist();

    hub.corrupt(weights, weights);
    assertComplete(fetch());
  }

  @Test
  void aWrongSmallFileIsDeleted() {
    hub.fault((exchange, request) -> {
      if (request.path().endsWith("config.json")) {
        byte[] other = CONFIG.clone();
        other[3] ^= 1;
        StandInHub.respond(exchange, 200, other);
        return true;
      }
      return false;
    });
    assertThatThrownBy(this::fetch).isInstanceOf(GillException.class)
        .hasMessageContaining("config.json").hasMessageContaining("git SHA-1");
  }

  @Test
  void aFileThatChangedSinceTheLastRunIsNoticed() throws IOException {
    Files.createDirectories(incomplete().getParent());
    Files.write(incomplete(), bytes(5_000, 2));
    assertThatThrownBy(this::fetch).isInstanceOf(GillException.class).hasMessageContaining("SHA-256");
    assertComplete(fetch());
  }

  @Test
  void aNewCommitIsASnapshotOfItsOwn() throws IOException {
    Path first = fetch();
    byte[] changed = bytes(3 * CHUNK, 3);
    String next = hub.put(REPOSITORY, "mit", files("config.json", CONFIG, "model.safetensors", changed));
    Path second = fetch();
    assertThat(second).isEqualTo(repository().resolve("snapshots").resolve(next)).isNotEqualTo(first);
    assertThat(second.resolve("model.safetensors")).hasBinaryContent(changed);
    assertComplete(first);
    assertThat(repository().resolve("refs/main")).hasContent(next);
    ModelDirectory directory = new ModelDirectory(folder, new HuggingFaceCache(Map.of(), folder));
    assertThat(directory.require(ModelDirectory.Part.LANGUAGE, REPOSITORY)).isEqualTo(second);
  }

  @Test
  void aServerThatOffersAnotherFileIsStoppedEarly() {
    hub.fault((exchange, request) -> {
      if (request.path().endsWith("model.safetensors")) {
        exchange.getResponseHeaders().set("X-Linked-Etag", "\"" + "0".repeat(64) + "\"");
        StandInHub.respond(exchange, 200, weights);
        return true;
      }
      return false;
    });
    assertThatThrownBy(() -> {
      ModelFetcher fetcher = builder().chunkBytes(1 << 20).build();
      fetcher.fetch(fetcher.plan(REPOSITORY));
    }).isInstanceOf(GillException.class).hasMessageContaining("0".repeat(64));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes 5-1023/20557", "bytes 0-1023/99", "", "bytes */20557",
      "bytes 0-99999999999999999999/5"})
  void aWrongRangeIsRefused(String range) {
    hub.fault((exchange, request) -> {
      if (request.range().startsWith("bytes=0-")) {
        exchange.getResponseHeaders().set("Content-Range", range);
        StandInHub.respond(exchange, 206, Arrays.copyOf(weights, CHUNK));
        return true;
      }
      return false;
    });
    assertThatThrownBy(this::fetch).isInstanceOf(GillException.class).hasMessageContaining("Content-Range");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file:///etc/passwd", "ftp://127.0.0.1/x", "http://user@127.0.0.1/", "http:///x", "::",
      "http://127.0.0.1:99999/"})
  void aRedirectToAnythingButHttpIsNotFollowed(String location) {
    hub.fault((exchange, request) -> {
      if (request.path().contains("/resolve/")) {
        exchange.getResponseHeaders().set("Location", location);
        StandInHub.respond(exchange, 302, new byte[0]);
        return true;
      }
      return false;
    });
    assertThatThrownBy(this::fetch).isInstanceOf(GillException.class).hasMessageContaining("redirects to");
  }

  @Test
  void redirectsEnd() {
    hub.fault((exchange, request) -> {
      exchange.getResponseHeaders().set("Location", request.path() + "?blobs=true");
      StandInHub.respond(exchange, 307, new byte[0]);
      return true;
    });
    assertThatThrownBy(this::fetch).isInstanceOf(GillException.class).hasMessageContaining("redirects more than");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../x.json", "/etc/x.json", "a/../../x.json", "a\0.json", "C:\\x.json", "a\\b.json",
      "a//b.json", "nul.json", "a./b.json", "./x.json", "COM1", "x:y.json", ".", ""})
  void aHostileFileNameIsRefused(String name) {
    hub.put(REPOSITORY, "mit", files(name, CONFIG));
    ModelFetcher fetcher = builder().build();
    assertThatThrownBy(() -> fetcher.plan(FetchRequest.builder(REPOSITORY).include(List.of("*")).build()))
        .isInstanceOf(GillException.class).hasMessageContaining("not a safe name of a file");
    FetchPlan.Part part = new FetchPlan.Part(REPOSITORY, "main", commit, "mit", "", hub.endpoint(),
        List.of(new FetchPlan.File(name, 1, false, StandInHub.gitSha1(CONFIG))));
    assertThatThrownBy(() -> fetcher.fetch(new FetchPlan(List.of(part), folder))).isInstanceOf(GillException.class);
    assertThat(folder).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "..", "../etc", "a/b/c", "a--b/c", "http://a/b", "-a/b", "a/..", "a b/c"})
  void onlyNamesOfRepositoriesAreTaken(String name) {
    ModelFetcher fetcher = builder().build();
    assertThatThrownBy(() -> fetcher.plan(name)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("organisation/name");
  }

  @Test
  void aRevisionMayHaveSlashesButNotLeaveItsFolder() {
    ModelFetcher fetcher = builder().build();
    assertThatThrownBy(() -> fetcher.plan(FetchRequest.builder(REPOSITORY).revision("../../x").build()))
        .isInstanceOf(GillException.class).hasMessageContaining("revision");
    fetcher.fetch(fetcher.plan(FetchRequest.builder(REPOSITORY).revision("refs/pr/1").build()));
    assertThat(repository().resolve("refs/refs/pr/1")).hasContent(commit);
  }

  @ParameterizedTest
  @CsvSource({
    "401, RepoNotFound, it does not exist", "403, GatedRepo, accept the conditions at", "401, GatedRepo, set HF_TOKEN",
    "403, '', the token", "404, RevisionNotFound, check the names", "400, '', status 400"})
  void aRefusalSaysWhatToDo(int status, String code, String remedy) {
    hub.fault((exchange, request) -> {
      exchange.getResponseHeaders().set("X-Error-Code", code);
      StandInHub.respond(exchange, status, new byte[100_000]);
      return true;
    });
    assertThatThrownBy(this::fetch).isInstanceOf(GillException.class)
        .hasMessageContaining(REPOSITORY).hasMessageContaining(remedy).hasMessageNotContaining(TOKEN);
    assertThat(hub.requests()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "null", "{", "{\"sha\": \"abc\", \"siblings\": []}",
      "{\"sha\": \"0123456789012345678901234567890123456789\"}",
      "{\"sha\": \"0123456789012345678901234567890123456789\", \"siblings\": [{\"rfilename\": \"config.json\"}]}",
      "{\"sha\": \"0123456789012345678901234567890123456789\", \"siblings\": [{\"rfilename\": \"config.json\","
          + " \"size\": 3, \"blobId\": \"../x\"}]}",
      "{\"sha\": \"0123456789012345678901234567890123456789\", \"siblings\": [{\"rfilename\": \"config.json\","
          + " \"size\": 9e99, \"blobId\": \"0123456789012345678901234567890123456789\"}]}",
      "{\"sha\": \"0123456789012345678901234567890123456789\", \"siblings\": [7]}"})
  void aDamagedListingIsRefused(String json) {
    hub.fault((exchange, request) -> {
      StandInHub.respond(exchange, 200, json.getBytes(StandardCharsets.UTF_8));
      return true;
    });
    assertThatThrownBy(this::fetch).isInstanceOf(GillException.class).hasMessageNotContaining("\n");
  }

  @Test
  void anEndlessListingIsCutOff() {
    hub.fault((exchange, request) -> {
      exchange.sendResponseHeaders(200, 0);
      byte[] spaces = new byte[1 << 20];
      Arrays.fill(spaces, (byte) ' ');
      for (int i = 0; i < 1_000; i++) {
        exchange.getResponseBody().write(spaces);
      }
      return true;
    });
    assertThatThrownBy(this::fetch).isInstanceOf(GillException.class).hasMessageContaining("responded with more than");
  }

  @Test
  void whatDoesNotFitOnTheDiskIsNotStarted() {
    hub.fault((exchange, request) -> {
      String json = "{\"sha\": \"" + commit + "\", \"siblings\": [{\"rfilename\": \"model.safetensors\", \"size\": "
          + (1L << 46) + ", \"lfs\": {\"sha256\": \"" + "0".repeat(64) + "\"}}]}";
      StandInHub.respond(exchange, 200, json.getBytes(StandardCharsets.UTF_8));
      return true;
    });
    assertThatThrownBy(this::fetch).isInstanceOf(GillException.class)
        .hasMessageContaining("70368.7 GB are to be fetched").hasMessageContaining("HF_HUB_CACHE");
    assertThat(hub.requests()).hasSize(1);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void offlineTheCacheSuffices() {
    Path snapshot = fetch();
    hub.requests().clear();
    ModelFetcher offline = ModelFetcher.builder(
        Map.of("HF_ENDPOINT", hub.endpoint().toString(), "HF_HUB_OFFLINE", "1"), folder).build();
    FetchPlan plan = offline.plan(REPOSITORY);
    assertThat(plan.missingBytes()).isZero();
    assertThat(offline.fetch(plan)).isEqualTo(snapshot);
    assertThatThrownBy(() -> offline.plan("org/other")).isInstanceOf(GillException.class)
        .hasMessageContaining("org/other").hasMessageContaining("HF_HUB_OFFLINE");
    assertThat(hub.requests()).isEmpty();
  }

  @Test
  void anInterruptKeepsWhatHasArrived() throws IOException {
    Thread reader = Thread.currentThread();
    ModelFetcher fetcher = builder().listener((file, done, total) -> {
      if (done > CONFIG.length + 3 * CHUNK) {
        reader.interrupt();
      }
    }).build();
    FetchPlan plan = fetcher.plan(REPOSITORY);
    assertThatThrownBy(() -> fetcher.fetch(plan)).isInstanceOf(CancellationException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(Files.readAllBytes(incomplete())).hasSizeGreaterThanOrEqualTo(4 * CHUNK).isEqualTo(
        Arrays.copyOf(weights, (int) Files.size(incomplete())));
    assertComplete(fetch());
  }

  @Test
  void whereLinksAreNotPossibleFilesAreCopied() throws IOException {
    Configuration noLinks = Configuration.unix().toBuilder().setSupportedFeatures(Feature.FILE_CHANNEL).build();
    try (FileSystem disk = Jimfs.newFileSystem(noLinks)) {
      ModelFetcher fetcher = builder().cache(disk.getPath("/hub")).build();
      Path output = disk.getPath("/model");
      fetcher.fetch(fetcher.plan(REPOSITORY), output);
      Path snapshot = disk.getPath("/hub/models--org--model/snapshots").resolve(commit);
      for (Path one : List.of(snapshot, output)) {
        assertThat(Files.readAllBytes(one.resolve("model.safetensors"))).isEqualTo(weights);
        assertThat(Files.isSymbolicLink(one.resolve("model.safetensors"))).isFalse();
      }
    }
  }

  @Test
  void thePublishedModelBecomesAModelDirectory() throws IOException {
    byte[] args = "{\"opt_version\": \"facebook/opt\"}".getBytes(StandardCharsets.UTF_8);
    byte[] trained = bytes(5 * CHUNK, 4);
    hub.put("facebook/opt", "other", files("config.json", CONFIG, "pytorch_model.bin", weights));
    hub.put("openai/clip", "mit", files("config.json", CONFIG));
    hub.put("new/sd", "openrail", files("model_index.json", CONFIG, "unet/config.json", CONFIG));
    hub.fault((exchange, request) -> {
      if (request.path().startsWith("/raw/")) {
        StandInHub.respond(exchange, 200, request.path().endsWith("args.json") ? args : trained);
        return true;
      }
      return false;
    });
    PublishedGill published = new PublishedGill("gill/gill", commit, "apache-2.0",
        URI.create(hub.endpoint() + "/raw"),
        ImmutableMap.of("model_args.json", StandInHub.gitSha1(args), "ckpt.pth.tar", StandInHub.gitSha1(trained)),
        List.of(new PublishedGill.Frozen("opt", List.of("facebook/opt")),
            new PublishedGill.Frozen("clip", List.of("openai/clip")),
            new PublishedGill.Frozen("sd", List.of("old/sd", "new/sd"))));
    ModelFetcher fetcher = builder().published(published).build();

    FetchPlan plan = fetcher.plan(ModelFetcher.PUBLISHED);
    assertThat(plan.parts()).extracting(FetchPlan.Part::repository)
        .containsExactly("gill/gill", "facebook/opt", "openai/clip", "new/sd");
    assertThat(plan.parts()).extracting(FetchPlan.Part::license)
        .containsExactly("apache-2.0", "other", "mit", "openrail");
    Path model = folder.resolve("model");
    fetcher.fetch(plan, model);

    try (Stream<Path> all = Files.walk(model)) {
      assertThat(all.filter(Files::isRegularFile).map(file -> model.relativize(file).toString()))
          .containsExactlyInAnyOrder("model_args.json", "ckpt.pth.tar", "opt/config.json", "opt/pytorch_model.bin",
              "clip/config.json", "sd/model_index.json", "sd/unet/config.json");
    }
    assertThat(model.resolve("model_args.json")).hasBinaryContent(args);
    assertThat(model.resolve("opt/pytorch_model.bin")).hasBinaryContent(weights);
    assertThat(hub.requests()).filteredOn(request -> request.path().startsWith("/raw/"))
        .filteredOn(request -> request.method().equals("HEAD")).hasSize(2);

    FetchPlan again = fetcher.plan(ModelFetcher.PUBLISHED);
    assertThatThrownBy(() -> fetcher.fetch(again, model)).isInstanceOf(GillException.class)
        .hasMessageContaining("exists");
    assertThatThrownBy(() -> fetcher.plan(FetchRequest.builder("gill").revision("x").build()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
