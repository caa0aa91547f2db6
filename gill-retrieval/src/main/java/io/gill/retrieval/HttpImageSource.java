package io.gill.retrieval;

import com.google.common.hash.Hashing;
import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import io.gill.GillException;
import io.gill.image.ImageReadOptions;
import io.gill.image.Images;
import io.gill.stage.ImageSource;
import io.gill.weights.AtomicFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Fetches retrieved images over HTTP and HTTPS from an allow list of hosts. The URIs of a collection are untrusted.
 * Private addresses are refused unless they are allowed, redirects are checked as requests are, and time, bytes and
 * pixels are limited. Thread-safe.
 *
 * <p>Each picture is fetched over its own HTTP/1.1 connection to one of the checked IP addresses. A DNS answer that
 * changes after the check (DNS rebinding) therefore has no effect. The connection is closed whatever the server
 * responds. Proxies are not used, because a proxy would resolve the host name itself.
 */
public final class HttpImageSource implements ImageSource {
  private static final int MAX_REDIRECTS = 5;
  private static final int MAX_PORT = 65_535;

  /** Blocks outside the public internet: RFC 6890 and later entries of IANA's special-purpose address registries. */
  private static final List<String> NOT_GLOBAL = List.of(
      "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
      "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
      "224.0.0.0/4", "240.0.0.0/4",
      "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"); // the first includes Teredo

  /** Maximum number of concurrent DNS look-ups; a look-up without an answer keeps its thread. */
  private static final int MAX_LOOKUPS = 16;

  private static final ExecutorService LOOKUPS = lookups();

  private final Set<HostAndPort> hosts;
  private final boolean privateAddresses;
  private final Lookup lookup;
  private final Duration timeout;
  private final ImageReadOptions limits;
  private final @Nullable ImageSource others;
  private final @Nullable Path cache;
  private final long cacheBytes;
  private final SSLSocketFactory tls;

  private static ExecutorService lookups() {
    ThreadPoolExecutor threads = new ThreadPoolExecutor(MAX_LOOKUPS, MAX_LOOKUPS, 10, TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(),
        new ThreadFactoryBuilder().setNameFormat("gill-lookup-%d").setDaemon(true).build());
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }

  /** Resolves host names. */
  @FunctionalInterface
  interface Lookup {
    InetAddress[] addresses(String host) throws IOException;
  }

  private HttpImageSource(Builder builder) {
    hosts = Set.copyOf(builder.hosts);
    privateAddresses = builder.privateAddresses;
    lookup = builder.lookup;
    timeout = builder.timeout;
    limits = builder.limits;
    others = builder.others;
    cache = builder.cache;
    cacheBytes = builder.cacheBytes;
    tls = builder.tls;
  }

  /**
   * Returns a builder with an allow list of hosts.
   *
   * @param hosts names as they occur in URIs. {@code *.example.org} allows all subdomains of example.org. A host
   *     without a port allows port 443 for https and port 80 for http. Any other port must be given, as in
   *     {@code example.org:8443}.
   * @return a new builder
   * @throws IllegalArgumentException if an argument is not a host
   */
  public static Builder builder(String... hosts) {
    return new Builder(hosts);
  }

  @Override
  public BufferedImage fetch(String uri) throws IOException {
    String scheme = uri.substring(0, Math.max(0, uri.indexOf(':'))).toLowerCase(Locale.ROOT);
    boolean http = scheme.equals("http") || scheme.equals("https");
    if (!http && others != null) {
      return others.fetch(uri);
    }
    try {
      if (!http) {
        throw new GillException(
            uri + " is not an HTTP address: give HttpImageSource.Builder.others a source for other URIs");
      }
      return fetchHttp(uri);
    } catch (GillException e) {
      throw new IOException(e.getMessage(), e); // GillException keeps the message to one line
    }
  }

  private BufferedImage fetchHttp(String uri) throws InterruptedIOException {
    requireListed(address(uri)); // the cache may hold pictures of a host that was removed from the list
    Path file = cache == null ? null
        : cache.resolve(Hashing.sha256().hashString(uri, StandardCharsets.UTF_8) + ".image");
    BufferedImage cached = file == null ? null : cached(file, uri);
    if (cached != null) {
      return cached;
    }
    byte[] data = download(uri);
    BufferedImage image = Images.read(data, uri, limits);
    if (cache != null && file != null) {
      keep(cache, file, data); // only valid images
    }
    return image;
  }

  private byte[] download(String uri) throws InterruptedIOException {
    long deadline = System.nanoTime() + TimeUnit.NANOSECONDS.convert(timeout); // may wrap around: take differences
    URI address = address(uri);
    for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
      HttpGet.Response response = ask(address, checked(address, deadline), deadline);
      int status = response.status();
      String location = response.location() == null ? "" : response.location();
      if (status / 100 == 3 && !location.isEmpty()) {
        address = address.resolve(address(location));
      } else if (status == HttpURLConnection.HTTP_OK) {
        return response.body();
      } else {
        throw new GillException(address + " responded with status " + status);
      }
    }
    throw new GillException(uri + " redirects more than " + MAX_REDIRECTS + " times");
  }

  private static URI address(String uri) {
    try {
      return URI.create(uri);
    } catch (IllegalArgumentException e) {
      throw new GillException(uri + " is not a valid URI: " + e.getMessage(), e);
    }
  }

  /** Checks that an address may be fetched; returns the IP addresses of its host. */
  private InetAddress[] checked(URI address, long deadline) throws InterruptedIOException {
    InetAddress[] addresses = addresses(address, requireListed(address), deadline);
    for (InetAddress one : addresses) {
      if (!privateAddresses && isPrivate(one)) {
        throw new GillException(address + " is not fetched: " + one.getHostAddress() + " is a private address");
      }
    }
    return addresses;
  }

  /** Checks an address without resolving it; returns its host. */
  private String requireListed(URI address) {
    String scheme = String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT);
    if ((!scheme.equals("http") && !scheme.equals("https")) || address.getUserInfo() != null) {
      throw new GillException(address + " is not fetched: only http and https without user information are allowed");
    }
    String host = address.getHost() == null ? "" : address.getHost().toLowerCase(Locale.ROOT);
    int usual = HttpGet.usualPort(address);
    int port = HttpGet.port(address);
    boolean listed = isListed(host, port, usual);
    for (int dot = host.indexOf('.'); dot >= 0 && !listed; dot = host.indexOf('.', dot + 1)) {
      listed = isListed("*" + host.substring(dot), port, usual);
    }
    if (!listed) {
      throw new GillException(
          address + " is not fetched: its host with port " + port + " is not among the allowed hosts");
    }
    return host;
  }

  private boolean isListed(String host, int port, int usual) {
    return !host.isEmpty() && port <= MAX_PORT && (hosts.contains(HostAndPort.fromParts(host, port))
        || (port == usual && hosts.contains(HostAndPort.fromHost(host))));
  }

  /** Resolves a host, but stops waiting at the deadline. */
  private InetAddress[] addresses(URI address, String host, long deadline) throws InterruptedIOException {
    Future<InetAddress[]> found = LOOKUPS.submit(() -> lookup.addresses(host));
    try {
      return found.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      found.cancel(true);
      throw late(address, e);
    } catch (InterruptedException e) {
      found.cancel(true);
      Thread.currentThread().interrupt();
      throw interrupted();
    } catch (ExecutionException e) {
      throw new GillException(address + " cannot be fetched: " + e.getCause(), e);
    }
  }

  /** Whether an address lies outside the public internet: loopback, private, reserved or unassigned. */
  static boolean isPrivate(InetAddress address) {
    byte[] bytes = address.getAddress();
    boolean global = bytes.length == 4 || (bytes[0] & 0xE0) == 0x20; // IANA assigns 2000::/3 only
    return !global || NOT_GLOBAL.stream().anyMatch(block -> isIn(bytes, block));
  }

  private static boolean isIn(byte[] address, String block) {
    int slash = block.indexOf('/');
    byte[] start = InetAddresses.forString(block.substring(0, slash)).getAddress();
    int others = 8 * start.length - Integer.parseInt(block.substring(slash + 1));
    return address.length == start.length
        && new BigInteger(1, address).xor(new BigInteger(1, start)).bitLength() <= others;
  }

  private HttpGet.Response ask(URI address, InetAddress[] addresses, long deadline) throws InterruptedIOException {
    try {
      return new HttpGet(address, (int) limits.maxBytes(), tls).send(addresses, deadline);
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw interrupted();
      }
      if (System.nanoTime() - deadline >= 0) {
        throw late(address, e);
      }
      throw new GillException(address + " cannot be fetched: " + e, e);
    }
  }

  private static InterruptedIOException interrupted() {
    return new InterruptedIOException("interrupted while fetching a picture");
  }

  private GillException late(URI address, Exception cause) {
    return new GillException(address + " did not respond within " + timeout.toMillis() + " ms", cause);
  }

  /** Reads a picture from the cache; null if it is damaged or missing. Other processes may delete it at any time. */
  private @Nullable BufferedImage cached(Path file, String uri) {
    BufferedImage image;
    try {
      image = Images.read(Files.readAllBytes(file), uri, limits);
    } catch (IOException e) {
      return null;
    } catch (GillException e) {
      deleteDamaged(file);
      return null;
    }
    try {
      Files.setLastModifiedTime(file, FileTime.fromMillis(System.currentTimeMillis())); // eviction order
    } catch (IOException e) {
      // The picture is evicted sooner.
    }
    return image;
  }

  private static void deleteDamaged(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // The picture fetched next replaces it.
    }
  }

  private void keep(Path folder, Path file, byte[] data) {
    try {
      AtomicFile.write(file, ByteBuffer.wrap(data));
      shrink(folder);
    } catch (IOException | UncheckedIOException | GillException e) {
      // The picture has been fetched; only the next request fetches it again.
    }
  }

  private record Kept(Path file, long bytes, FileTime used) {}

  private static boolean isDraft(Path file) {
    return file.toString().endsWith(AtomicFile.DRAFT);
  }

  private synchronized void shrink(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.filter(file -> file.toString().endsWith(".image") || isDraft(file)).toList();
    }
    List<Kept> kept = new ArrayList<>();
    long sum = 0;
    long old = System.currentTimeMillis() - TimeUnit.HOURS.toMillis(1);
    for (Path file : files) {
      try {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        if (isDraft(file)) {
          if (attributes.lastModifiedTime().toMillis() < old) { // of a process that was killed
            Files.deleteIfExists(file);
          }
          continue;
        }
        kept.add(new Kept(file, attributes.size(), attributes.lastModifiedTime()));
        sum += attributes.size();
      } catch (NoSuchFileException e) {
        // Another process deleted it.
      }
    }
    kept.sort(Comparator.comparing(Kept::used));
    for (Kept one : kept) {
      if (sum > cacheBytes) {
        sum -= one.bytes;
        Files.deleteIfExists(one.file);
      }
    }
  }

  /** Builds an {@link HttpImageSource}. Not thread-safe. */
  public static final class Builder {
    private final Set<HostAndPort> hosts = new HashSet<>();
    private Lookup lookup = InetAddress::getAllByName;
    private SSLSocketFactory tls = (SSLSocketFactory) SSLSocketFactory.getDefault();
    private boolean privateAddresses;
    private Duration timeout = Duration.ofSeconds(10);
    private ImageReadOptions limits = ImageReadOptions.untrusted();
    private @Nullable ImageSource others;
    private @Nullable Path cache;
    private long cacheBytes;

    private Builder(String... hosts) {
      for (String host : hosts) {
        this.hosts.add(HostAndPort.fromString(host.toLowerCase(Locale.ROOT)));
      }
    }

    /**
     * Allows loopback and private addresses, for pictures on your own server.
     *
     * @return this
     */
    public Builder allowPrivateAddresses() {
      privateAddresses = true;
      return this;
    }

    Builder lookup(Lookup value) {
      lookup = value;
      return this;
    }

    Builder tls(SSLSocketFactory value) {
      tls = value;
      return this;
    }

    /**
     * Sets the maximum time for one picture, including DNS look-up, redirects and transfer.
     *
     * @param value positive; default 10 seconds
     * @return this
     */
    public Builder timeout(Duration value) {
      if (value.isNegative() || value.isZero()) {
        throw new IllegalArgumentException("the timeout must be positive: " + value);
      }
      timeout = value;
      return this;
    }

    /**
     * Sets the size limits of a picture.
     *
     * @param value default {@link ImageReadOptions#untrusted()}
     * @return this
     */
    public Builder limits(ImageReadOptions value) {
      limits = value;
      return this;
    }

    /**
     * Sets the source for URIs of other schemes, such as files.
     *
     * @param value default none
     * @return this
     */
    public Builder others(ImageSource value) {
      others = value;
      return this;
    }

    /**
     * Caches fetched pictures in a folder and evicts the least recently used ones. Pictures that cannot be written to
     * or read from the cache are fetched again.
     *
     * @param folder used only for this cache
     * @param maxBytes maximum size of the cache
     * @return this
     */
    public Builder cache(Path folder, long maxBytes) {
      cache = folder;
      cacheBytes = maxBytes;
      return this;
    }

    /**
     * Builds the source.
     *
     * @return the source
     */
    public HttpImageSource build() {
      return new HttpImageSource(this);
    }
  }
}
