package io.gill.hub;

import com.google.common.util.concurrent.ThreadFactoryBuilder;
import io.gill.GillException;
import io.gill.directory.HuggingFaceCache;
import io.gill.weights.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Fetches the published GILL, or files of any model repository at the Hugging Face Hub, into the local Hugging Face
 * cache. {@link io.gill.GillModel#load(Path)} finds them there by name, as other tools do.
 *
 * <pre>{@code
 * ModelFetcher fetcher = ModelFetcher.builder().build();
 * FetchPlan plan = fetcher.plan(ModelFetcher.PUBLISHED);
 * // show plan.parts(): sizes and licences
 * fetcher.fetch(plan, Path.of("my-model"));
 * }</pre>
 *
 * <p>A killed or failed run continues where it stopped. Large files are received in several ranges at a time. Each file
 * is checked against its SHA-256 or git's SHA-1 before it gets its name. Requests that fail for a passing reason (cut
 * connections, status 429 and 5xx) are repeated with growing pauses, or as {@code Retry-After} says. Processes that
 * fetch the same file wait for each other.
 *
 * <p>The defaults come from the environment variables of huggingface_hub: {@code HF_HUB_CACHE} and {@code HF_HOME}
 * locate the cache, {@code HF_ENDPOINT} the Hub; {@code HF_TOKEN} or the file of {@code hf auth login} gives the token,
 * which is sent to the Hub's own host only; {@code HF_HUB_OFFLINE} forbids the network. Proxies are those of
 * {@link java.net.ProxySelector#getDefault()}.
 *
 * <p>Immutable and thread-safe. A thread that is interrupted throws {@link CancellationException}; the bytes fetched so
 * far are kept.
 */
public final class ModelFetcher {
  /** Name of the published GILL: trained parts, OPT-6.7b, CLIP ViT-L/14 and Stable Diffusion 1.5. */
  public static final String PUBLISHED = "gill";

  private static final int MAX_LISTING_BYTES = 32 << 20;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?");

  private final HubCache cache;
  private final URI endpoint;
  private final HubClient client;
  private final boolean offline;
  private final FetchListener listener;
  private final PublishedGill published;
  private final int chunkBytes;
  private final Backoff.Pause pause;

  private ModelFetcher(Builder builder) {
    cache = new HubCache(builder.cache);
    endpoint = builder.endpoint;
    client = new HubClient(builder.endpoint, builder.token, builder.stall);
    offline = builder.offline;
    listener = builder.listener;
    published = builder.published;
    chunkBytes = builder.chunkBytes;
    pause = builder.pause;
  }

  /**
   * Returns a builder with the settings of the process's environment.
   *
   * @return a new builder
   * @throws GillException if the token's file cannot be read
   */
  public static Builder builder() {
    return builder(System.getenv(), Path.of(System.getProperty("user.home", ".")));
  }

  /**
   * Returns a builder with the settings of an environment.
   *
   * @param environment the environment's variables
   * @param home the user's home folder
   * @return a new builder
   * @throws GillException if the token's file cannot be read
   * @throws IllegalArgumentException if {@code HF_ENDPOINT} is not an http or https address
   */
  public static Builder builder(Map<String, String> environment, Path home) {
    return new Builder(new HubSettings(environment, home));
  }

  /**
   * Plans to fetch what gill reads of a model.
   *
   * @param name {@link #PUBLISHED}, or the name of a repository, such as {@code facebook/opt-125m}
   * @return the plan
   * @throws GillException see {@link #plan(FetchRequest)}
   * @throws IllegalArgumentException if it is not such a name
   */
  public FetchPlan plan(String name) {
    return plan(FetchRequest.builder(name).build());
  }

  /**
   * Plans what to fetch. Asks the Hub for names, sizes and checksums, and fetches nothing.
   *
   * @param request the model and its files
   * @return the plan
   * @throws GillException if a repository or revision does not exist or needs a token, no file is chosen, a name of a
   *     file is unsafe, or the Hub cannot be reached; offline, if the cache has no snapshot
   * @throws IllegalArgumentException if the name is not a repository's, or a revision or patterns are given for the
   *     published GILL
   */
  public FetchPlan plan(FetchRequest request) {
    if (request.name().equals(PUBLISHED)) {
      if (request.isSelective()) {
        throw new IllegalArgumentException(
            "a revision and patterns select files of a repository: name one in place of " + PUBLISHED);
      }
      return new FetchPlan(planPublished(request), cache.root());
    }
    if (!NAME.matcher(request.name()).matches() || request.name().contains("--") || request.name().contains("..")) {
      throw new IllegalArgumentException("'" + request.name() + "' is not the name of a model: expected " + PUBLISHED
          + " or organisation/name");
    }
    RepositoryPath.require("revision", request.revision());
    return new FetchPlan(List.of(part(request, "")), cache.root());
  }

  private List<FetchPlan.Part> planPublished(FetchRequest request) {
    List<FetchPlan.Part> parts = new ArrayList<>();
    parts.add(trained());
    for (PublishedGill.Frozen frozen : published.frozen()) {
      parts.add(firstOf(frozen, request));
    }
    return parts;
  }

  private FetchPlan.Part trained() {
    if (offline) {
      return cached(FetchRequest.builder(published.repository()).revision(published.commit()).build(), "");
    }
    List<FetchPlan.File> files = new ArrayList<>();
    published.files().forEach((name, checksum) -> {
      long size = ask(published.repository(), () -> client.length(HubClient.below(published.source(), name)));
      HubFile file = new HubFile(published.repository(), name, size, new BlobId(checksum), published.source());
      files.add(new FetchPlan.File(name, size, cache.isCached(file, published.commit()), checksum));
    });
    return new FetchPlan.Part(published.repository(), published.commit(), published.commit(), published.license(), "",
        published.source(), files);
  }

  /** Plans the first repository that exists. */
  private FetchPlan.Part firstOf(PublishedGill.Frozen frozen, FetchRequest request) {
    @Nullable GillException first = null;
    for (String name : frozen.repositories()) {
      try {
        return part(FetchRequest.builder(name).halfPrecision(request.halfPrecision()).build(), frozen.folder());
      } catch (GillException e) {
        boolean absent = offline || (e.getCause() instanceof HubException response && response.isAbsent());
        if (!absent) {
          throw e;
        }
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    throw first == null ? new IllegalStateException(frozen + " has no name") : first;
  }

  private FetchPlan.Part part(FetchRequest request, String folder) {
    if (offline) {
      return cached(request, folder);
    }
    String repository = request.name();
    URI address = client.listing(repository, request.revision());
    HubListing listing =
        HubListing.parse(repository, ask(repository, () -> client.read(address, MAX_LISTING_BYTES)));
    URI source = client.source(repository, listing.commit());
    List<FetchPlan.File> files = new ArrayList<>();
    for (String name : chosen(listing.files().keySet(), request)) {
      HubListing.Entry entry = listing.require(repository, name);
      HubFile file = new HubFile(repository, name, entry.size(), new BlobId(entry.id()), source);
      files.add(new FetchPlan.File(name, entry.size(), cache.isCached(file, listing.commit()), entry.id()));
    }
    return new FetchPlan.Part(
        repository, request.revision(), listing.commit(), listing.license(), folder, source, files);
  }

  private static List<String> chosen(Iterable<String> names, FetchRequest request) {
    List<String> all = new ArrayList<>();
    names.forEach(all::add);
    List<String> chosen = NeededFiles.of(all, request);
    if (chosen.isEmpty()) {
      throw new GillException("none of the " + all.size() + " files of " + request.name()
          + " is chosen: select files with include patterns");
    }
    return chosen;
  }

  /** Describes what the cache has of a repository. Its files are not checked. */
  private FetchPlan.Part cached(FetchRequest request, String folder) {
    Path snapshot = cache.requireSnapshot(request.name(), request.revision());
    Map<String, FetchPlan.File> files = new LinkedHashMap<>();
    try (Stream<Path> all = Files.walk(snapshot)) {
      for (Path file : all.filter(Files::isRegularFile).sorted().toList()) {
        String name = snapshot.relativize(file).toString().replace('\\', '/');
        files.put(name, new FetchPlan.File(name, Files.size(file), true, ""));
      }
    } catch (IOException | UncheckedIOException e) {
      throw new GillException(snapshot + " cannot be read: " + e, e);
    }
    String commit = snapshot.getFileName().toString();
    List<FetchPlan.File> chosen = chosen(files.keySet(), request).stream().map(files::get).toList();
    return new FetchPlan.Part(request.name(), request.revision(), commit, "not known offline", folder,
        client.source(request.name(), commit), chosen);
  }

  /**
   * Fetches all files of a plan that are not in the cache.
   *
   * @param plan a plan of this fetcher
   * @return the snapshot of the first part. For the published GILL, {@link io.gill.GillModel#load(Path)} takes it as a
   *     model directory and finds the other parts in the cache
   * @throws GillException if the disk has too little space, a file cannot be fetched, or its content is wrong
   */
  public Path fetch(FetchPlan plan) {
    List<HubFile> missing = new ArrayList<>();
    for (FetchPlan.Part part : plan.parts()) {
      part.files().stream().filter(file -> !file.cached()).map(file -> HubFile.of(part, file)).forEach(missing::add);
    }
    if (!missing.isEmpty()) {
      if (offline) {
        throw new GillException(missing.get(0).name() + " is not in the cache, and HF_HUB_OFFLINE forbids to fetch it");
      }
      cache.requireSpace(missing.stream().mapToLong(file -> file.size() - cache.fetched(file)).sum());
      fetch(missing);
    }
    if (!offline) {
      for (FetchPlan.Part part : plan.parts()) {
        part.files().forEach(file -> cache.link(HubFile.of(part, file), part.commit()));
        cache.refer(part.repository(), part.revision(), part.commit());
      }
    }
    FetchPlan.Part first = plan.parts().get(0);
    return cache.snapshot(first.repository(), first.commit());
  }

  private void fetch(List<HubFile> files) {
    Progress progress = new Progress(listener, files.stream().mapToLong(HubFile::size).sum());
    Backoff backoff = new Backoff(pause, progress);
    ExecutorService workers = Executors.newFixedThreadPool(
        BlobDownload.CONNECTIONS, new ThreadFactoryBuilder().setNameFormat("gill-hub-%d").setDaemon(true).build());
    try {
      for (HubFile file : files) {
        attempt(file.repository(), file.name(), () -> {
          new BlobDownload(client, backoff, progress, workers, chunkBytes, file).run(cache);
          return file;
        });
      }
    } finally {
      workers.shutdownNow();
    }
  }

  /**
   * Fetches all files of a plan, and makes a folder with links to them: a model directory for the published GILL, a
   * snapshot for a repository. Where links are not possible, files are copied.
   *
   * @param plan a plan of this fetcher
   * @param directory the new folder
   * @return the folder
   * @throws GillException if the folder exists or cannot be written, or see {@link #fetch(FetchPlan)}
   */
  public Path fetch(FetchPlan plan, Path directory) {
    if (Files.exists(directory)) {
      throw new GillException(directory + " exists: name a new folder");
    }
    fetch(plan);
    AtomicFile.folder(directory, draft -> {
      for (FetchPlan.Part part : plan.parts()) {
        Path snapshot = cache.snapshot(part.repository(), part.commit()).toAbsolutePath();
        for (FetchPlan.File file : part.files()) {
          Path from = snapshot.resolve(RepositoryPath.require("file", file.path()));
          HubCache.link(draft.resolve(part.folder()).resolve(file.path()), from, from);
        }
      }
    });
    return directory;
  }

  /** Repeats a request while it fails for a passing reason. */
  private <T> T ask(String repository, Backoff.Attempt<T> request) {
    return attempt(repository, repository, () -> new Backoff(pause, listener).run(request));
  }

  /** Translates failures. */
  private <T> T attempt(String repository, String what, Backoff.Attempt<T> attempt) {
    try {
      return attempt.run();
    } catch (IOException e) {
      throw new GillException(what + " cannot be fetched: " + e.getMessage() + remedy(repository, e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw cancelled(what, e);
    } catch (GillException e) {
      throw Thread.currentThread().isInterrupted() ? cancelled(what, e) : e; // an interrupt closes files
    }
  }

  private static CancellationException cancelled(String what, Exception cause) {
    CancellationException cancelled = new CancellationException("interrupted while fetching " + what);
    cancelled.initCause(cause);
    return cancelled;
  }

  private String remedy(String repository, IOException failure) {
    if (!(failure instanceof HubException response)) {
      return "; run it again to continue";
    }
    if (response.isGated()) {
      return ": accept the conditions at " + endpoint + "/" + repository
          + " and set HF_TOKEN to a token of your account";
    }
    return switch (response.status()) {
      case 401 -> ": it does not exist, or is private or gated; check the name and set HF_TOKEN";
      case 403 -> ": the token in HF_TOKEN may not read it; accept the conditions at " + endpoint + "/" + repository;
      case 404 -> ": check the names of the repository and the revision";
      case 429 -> ": too many requests; try again later";
      default -> response.status() == 0 ? "" : "; try again later";
    };
  }

  /** Builds a {@link ModelFetcher}. Not thread-safe. */
  public static final class Builder {
    private static final int CHUNK_BYTES = 4 << 20;

    private HuggingFaceCache cache;
    private URI endpoint;
    private @Nullable String token;
    private boolean offline;
    private FetchListener listener = (file, done, total) -> {};
    private PublishedGill published = PublishedGill.MODEL;
    private int chunkBytes = CHUNK_BYTES;
    private Duration stall = Duration.ofMinutes(1);
    private Backoff.Pause pause = time -> Thread.sleep(time.toMillis());

    private Builder(HubSettings settings) {
      cache = settings.cache();
      endpoint = settings.endpoint();
      token = settings.token();
      offline = settings.offline();
    }

    /**
     * Sets the folder of the cache.
     *
     * @param folder default {@code HF_HUB_CACHE}, or {@code hub} in {@code HF_HOME}
     * @return this
     */
    public Builder cache(Path folder) {
      cache = HuggingFaceCache.at(folder);
      return this;
    }

    /**
     * Sets the address of the Hub or of a server that behaves like it.
     *
     * @param address http or https; default {@code HF_ENDPOINT}, or {@code https://huggingface.co}
     * @return this
     * @throws IllegalArgumentException if it is not an http or https address, or has user information or a query
     */
    public Builder endpoint(URI address) {
      endpoint = HubSettings.requireEndpoint(address.toString());
      return this;
    }

    /**
     * Sets the token for private and gated repositories. It is sent to the Hub's own host only, and never shown.
     *
     * @param value null for none; default {@code HF_TOKEN}, or the content of the file of {@code hf auth login}
     * @return this
     * @throws GillException if it has characters that no token has
     */
    public Builder token(@Nullable String value) {
      token = value == null ? null : HubSettings.requireToken(value, "the builder");
      return this;
    }

    /**
     * Sets whether to use the cache alone.
     *
     * @param value default {@code HF_HUB_OFFLINE}
     * @return this
     */
    public Builder offline(boolean value) {
      offline = value;
      return this;
    }

    /**
     * Sets the listener.
     *
     * @param value receives progress; default none
     * @return this
     */
    public Builder listener(FetchListener value) {
      listener = value;
      return this;
    }

    /** Replaces the published GILL. */
    Builder published(PublishedGill value) {
      published = value;
      return this;
    }

    /** Sets the length of the ranges that are received at a time. */
    Builder chunkBytes(int value) {
      chunkBytes = value;
      return this;
    }

    /** Sets the time without any byte after which a request has failed. */
    Builder stall(Duration value) {
      stall = value;
      return this;
    }

    /** Sets how to wait before another attempt. */
    Builder pause(Backoff.Pause value) {
      pause = value;
      return this;
    }

    /**
     * Builds the fetcher.
     *
     * @return the fetcher
     */
    public ModelFetcher build() {
      return new ModelFetcher(this);
    }
  }
}
