package io.gill.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.Uninterruptibles;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.gill.image.ImageReadOptions;
import io.gill.image.Images;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpImageSourceTest {
  private final AtomicInteger requests = new AtomicInteger();
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch end = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;
  private String here;

  @TempDir private Path folder;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    here = "http://127.0.0.1:" + server.getAddress().getPort();
    byte[] picture = Images.toPng(new BufferedImage(20, 10, BufferedImage.TYPE_INT_RGB), Map.of());
    answer("/picture.png", 200, picture);
    answer("/text.png", 200, "no picture".getBytes(StandardCharsets.UTF_8));
    answer("/large", 200, new byte[50_000]);
    answer("/gone", 404, new byte[0]);
    redirect("/near", "/picture.png");
    redirect("/round", "/round");
    redirect("/elsewhere", "http://localhost:" + server.getAddress().getPort() + "/picture.png");
    redirect("/file", "file:///etc/passwd");
    server.createContext("/slow", exchange -> {
      exchange.sendResponseHeaders(200, 100);
      exchange.getResponseBody().write(1);
      exchange.getResponseBody().flush();
      asked.countDown();
      try {
        end.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
    server.setExecutor(threads);
    server.start();
  }

  @AfterEach
  void stop() {
    end.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  private void answer(String path, int status, byte[] body) {
    answer(server, path, status, body);
  }

  private void answer(HttpServer one, String path, int status, byte[] body) {
    one.createContext(path, exchange -> {
      requests.incrementAndGet();
      exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    });
  }

  private void redirect(String path, String location) {
    server.createContext(path, exchange -> {
      requests.incrementAndGet();
      exchange.getResponseHeaders().add("Location", location);
      exchange.sendResponseHeaders(302, -1);
      exchange.close();
    });
  }

  @Test
  void aPictureIsFetchedAndCached() throws IOException {
    Path cache = folder.resolve("cache");
    HttpImageSource source = local().cache(cache, 1000).build();
    assertThat(source.fetch(here + "/picture.png").getWidth()).isEqualTo(20);
    assertThat(source.fetch(here + "/near").getHeight()).isEqualTo(10);
    int before = requests.get();
    assertThat(source.fetch(here + "/near").getHeight()).isEqualTo(10);
    assertThat(requests.get()).isEqualTo(before);
    assertThatThrownBy(() -> source.fetch(here + "/text.png")).isInstanceOf(IOException.class);
    for (int i = 0; i < 40; i++) {
      source.fetch(here + "/picture.png?" + i);
    }
    try (Stream<Path> files = Files.list(cache)) {
      assertThat(files.mapToLong(file -> file.toFile().length()).sum()).isPositive().isLessThanOrEqualTo(1000);
    }
  }

  @Test
  void aCachedPictureOfAHostThatIsNoLongerListedIsRefused() throws IOException {
    Path cache = folder.resolve("cache");
    local().cache(cache, 1000).build().fetch(here + "/picture.png");
    HttpImageSource other =
        HttpImageSource.builder("elsewhere.example").allowPrivateAddresses().cache(cache, 1000).build();
    assertThatThrownBy(() -> other.fetch(here + "/picture.png")).isInstanceOf(IOException.class)
        .hasMessageContaining("not among the allowed hosts");
  }

  @Test
  void draftsOfKilledProcessesAreRemovedFromTheCache() throws IOException {
    Path cache = Files.createDirectory(folder.resolve("cache"));
    Path old = Files.write(cache.resolve("old.part"), new byte[3]);
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(2, ChronoUnit.HOURS)));
    Path fresh = Files.write(cache.resolve("fresh.part"), new byte[3]);
    local().cache(cache, 1000).build().fetch(here + "/picture.png");
    assertThat(old).doesNotExist();
    assertThat(fresh).exists();
  }

  @Test
  void picturesAreFetchedWithoutAWritableCache() throws IOException {
    HttpImageSource source = local().cache(Files.writeString(folder.resolve("no folder"), ""), 1000).build();
    assertThat(source.fetch(here + "/picture.png").getWidth()).isEqualTo(20);
    assertThat(source.fetch(here + "/picture.png").getWidth()).isEqualTo(20);
    assertThat(requests.get()).isEqualTo(2);
  }

  @Test
  void aTimeoutOfCenturiesIsNone() throws IOException {
    HttpImageSource source = local().timeout(ChronoUnit.FOREVER.getDuration()).build();
    assertThat(source.fetch(here + "/near").getWidth()).isEqualTo(20);
  }

  @Test
  void aDamagedCachedPictureIsFetchedAgain() throws IOException {
    Path cache = folder.resolve("cache");
    HttpImageSource source = local().cache(cache, 1000).build();
    source.fetch(here + "/picture.png");
    try (Stream<Path> files = Files.list(cache)) {
      Files.write(files.findFirst().orElseThrow(), new byte[] {1, 2});
    }
    for (int i = 0; i < 2; i++) {
      assertThat(source.fetch(here + "/picture.png").getWidth()).isEqualTo(20);
      assertThat(requests.get()).isEqualTo(2);
    }
  }

  /** A dangling link stands for a file that another process deletes while the cache is being listed. */
  @Test
  void aCachedPictureThatVanishesIsIgnored() throws Exception {
    Path cache = Files.createDirectory(folder.resolve("cache"));
    Files.createSymbolicLink(cache.resolve("gone.image"), folder.resolve("nothing"));
    List<Future<?>> fetching = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      HttpImageSource source = local().cache(cache, 0).build();
      fetching.add(threads.submit(() -> {
        for (int i = 0; i < 50; i++) {
          assertThat(source.fetch(here + "/picture.png").getWidth()).isEqualTo(20);
        }
        return null;
      }));
    }
    for (Future<?> one : fetching) {
      one.get();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/gone, responded with status 404",
    "/round, redirects more than 5 times",
    "/elsewhere, not among the allowed hosts",
    "/file, only http and https",
    "/text.png, text.png",
    "/large, longer than 20000 bytes",
    "/slow, did not respond within 700 ms"
  })
  void disallowedRequestsAndBadResponsesAreErrors(String path, String message) {
    HttpImageSource source = local().timeout(Duration.ofMillis(700))
        .limits(ImageReadOptions.builder().maxBytes(20_000).build()).build();
    assertThatThrownBy(() -> source.fetch(here + path)).isInstanceOf(IOException.class)
        .hasMessageContaining(message);
  }

  /** Answers one request with the given bytes; the future completes when the client has closed the connection. */
  private Future<?> answering(ServerSocket hostile, byte[] answer) {
    return threads.submit(() -> {
      try (Socket socket = hostile.accept()) {
        socket.setSoTimeout(30_000);
        BufferedReader request =
            new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
        while (!String.valueOf(request.readLine()).isEmpty()) {
          // Read the whole request: closing earlier would discard the response.
        }
        try {
          socket.getOutputStream().write(answer);
          assertThat(socket.getInputStream().read()).isNegative();
        } catch (SocketException e) {
          // The client closed before it had read everything.
        }
      }
      return true;
    });
  }

  /** For example, a message that quotes the server's response. */
  @ParameterizedTest
  @ValueSource(strings = {
    "\u0089PNG\u001B[2J\u0007",
    "HTTP/1.1 200 O\u001B[2JK\r\nContent-Length: x\u0007y\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: -7\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\u001B7\u0007\r\n: \u001B\r\n\r\n",
    "HTTP/1.1 200 OK\r\nno field \u001B[2J\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: \u001B[2J\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\u001B[2J\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFF\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: \u001B[2J\r\n\r\n",
    "HTTP/1.1 302 Found\r\nLocation: /\u0007a b\r\n\r\n",
    "HTTP/1.1 302 Found\r\nLocation: /\u0085a\u009B\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX: "
  })
  void badResponsesAreOneLineErrorsAndCloseTheConnection(String answer) throws Exception {
    try (ServerSocket hostile = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      byte[] bytes = (answer + " ".repeat(70_000)).getBytes(StandardCharsets.ISO_8859_1);
      Future<?> closed = answering(hostile, bytes);
      String host = "127.0.0.1:" + hostile.getLocalPort();
      assertThatThrownBy(() -> HttpImageSource.builder(host).allowPrivateAddresses().build().fetch("http://" + host))
          .isInstanceOf(IOException.class)
          .message().isNotBlank().doesNotContainPattern("\\p{Cntrl}|[\u0080-\u009F]").hasSizeLessThan(8200)
          .doesNotContain("did not respond");
      closed.get();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "HTTP/1.0 200 \r\nContent-Type: image/png\r\n\r\n", // the body ends with the connection
    "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\nX: folded\n  field: 1\ncontent-LENGTH:  %d \n\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n%X;a=b\r\n"
  })
  void everyKindOfBodyIsRead(String head) throws Exception {
    byte[] png = Images.toPng(new BufferedImage(20, 10, BufferedImage.TYPE_INT_RGB), Map.of());
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    answer.writeBytes(String.format(Locale.ROOT, head, png.length).getBytes(StandardCharsets.ISO_8859_1));
    answer.writeBytes(png);
    answer.writeBytes("\r\n0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Future<?> sent = threads.submit(() -> {
        try (Socket one = socket.accept()) {
          byte[] request = new byte[1000];
          assertThat(new String(request, 0, one.getInputStream().read(request), StandardCharsets.ISO_8859_1))
              .startsWith("GET /a%C3%A9?b=c HTTP/1.1\r\nHost: 127.0.0.1:" + socket.getLocalPort() + "\r\n")
              .endsWith("\r\n\r\n");
          one.getOutputStream().write(answer.toByteArray());
        }
        return true;
      });
      String host = "127.0.0.1:" + socket.getLocalPort();
      HttpImageSource source = HttpImageSource.builder(host).allowPrivateAddresses().build();
      assertThat(source.fetch("HTTP://" + host + "/aé?b=c#fragment").getWidth()).isEqualTo(20);
      sent.get();
    }
  }

  @Test
  void anInterruptEndsTheWait() throws Exception {
    HttpImageSource source = local().timeout(Duration.ofMinutes(5)).build();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    AtomicBoolean flag = new AtomicBoolean();
    Thread thread = new Thread(() -> {
      try {
        source.fetch(here + "/slow");
      } catch (IOException e) {
        failure.set(e);
      }
      flag.set(Thread.currentThread().isInterrupted());
    });
    thread.start();
    asked.await();
    thread.interrupt();
    thread.join();
    assertThat(failure.get()).isInstanceOf(InterruptedIOException.class);
    assertThat(flag).isTrue();
  }

  /** The host is resolved only once, for the check; an address that refuses connections is skipped. */
  @Test
  void theConnectionUsesTheCheckedAddress() throws IOException {
    AtomicInteger lookups = new AtomicInteger();
    HttpImageSource source = HttpImageSource.builder("a.example:" + server.getAddress().getPort())
        .allowPrivateAddresses().lookup(host -> {
          lookups.incrementAndGet();
          return new InetAddress[] {InetAddress.getByName("127.0.0.3"), InetAddress.getByName("127.0.0.1")};
        }).build();
    assertThat(source.fetch("http://a.example:" + server.getAddress().getPort() + "/picture.png").getWidth())
        .isEqualTo(20);
    assertThat(lookups).hasValue(1);
  }

  @Test
  void httpsRequiresATrustedCertificateOfTheHost() throws Exception {
    SSLContext context = LocalhostTls.context(folder);
    HttpsServer secure = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    secure.setHttpsConfigurator(new HttpsConfigurator(context));
    secure.setExecutor(threads);
    answer(secure, "/picture.png", 200, Images.toPng(new BufferedImage(20, 10, BufferedImage.TYPE_INT_RGB), Map.of()));
    secure.start();
    try {
      int port = secure.getAddress().getPort();
      HttpImageSource.Builder builder =
          HttpImageSource.builder("localhost:" + port, "127.0.0.1:" + port).allowPrivateAddresses();
      String there = "https://localhost:" + port + "/picture.png";
      assertThatThrownBy(() -> builder.build().fetch(there)).isInstanceOf(IOException.class)
          .hasMessageContaining("SSLHandshakeException");
      HttpImageSource trusting = builder.tls(context.getSocketFactory()).build();
      assertThat(trusting.fetch(there).getWidth()).isEqualTo(20);
      assertThatThrownBy(() -> trusting.fetch(there.replace("localhost", "127.0.0.1"))).isInstanceOf(IOException.class)
          .hasMessageContaining("SSLHandshakeException");
      assertThat(requests).hasValue(1);
    } finally {
      secure.stop(0);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ftp:a\u001B[2J\n.png", "http:\u001B[2J\n.png", "http://a.example/\u009Bb", "a\u001B\n.png"})
  void anAddressIsShownOnOneLine(String uri) {
    assertThatThrownBy(() -> local().build().fetch(uri)).isInstanceOf(IOException.class)
        .message().isNotBlank().doesNotContainPattern("\\p{Cntrl}|[\u0080-\u009F]");
  }

  @Test
  void unlistedHostsAndPrivateAddressesAreRejected() {
    assertThatThrownBy(() -> HttpImageSource.builder("example.org", "*.example.org").build()
        .fetch(here + "/picture.png")).hasMessageContaining("not among the allowed");
    assertThatThrownBy(() -> HttpImageSource.builder(here.substring("http://".length())).build()
        .fetch(here + "/picture.png")).hasMessageContaining("127.0.0.1 is a private address");
    assertThatThrownBy(() -> HttpImageSource.builder("*.org").build().fetch("http://user:secret@example.org/"))
        .hasMessageContaining("only http and https");
    assertThatThrownBy(() -> local().build().fetch("http://[broken/")).hasMessageContaining("not a valid URI");
    assertThatThrownBy(() -> local().build().fetch("pictures/1.png")).hasMessageContaining("a source for other URIs");
    assertThat(requests.get()).isZero();
  }

  @Test
  void onlyDefaultAndListedPortsAreAllowed() {
    for (String other : List.of("127.0.0.1", "127.0.0.1:1", "*.0.0.1", "127.0.0.1:443")) {
      assertThatThrownBy(() -> HttpImageSource.builder(other).allowPrivateAddresses().build()
          .fetch(here + "/picture.png")).hasMessageContaining("port " + server.getAddress().getPort())
          .hasMessageContaining("not among the allowed");
    }
    assertThat(requests.get()).isZero();
    HttpImageSource usual = HttpImageSource.builder("a.example", "*.b.example:8443", "[::1]:90").lookup(host -> {
      throw new UnknownHostException("asked for " + host);
    }).build();
    for (String address : List.of("http://a.example/", "https://A.example/", "https://a.example:443/",
        "https://x.b.example:8443/", "http://[::1]:90/")) {
      assertThatThrownBy(() -> usual.fetch(address)).hasMessageContaining("asked for");
    }
    for (String address : List.of("http://a.example:443/", "https://a.example:80/", "https://a.example:8443/",
        "https://x.b.example/", "https://b.example:8443/", "http://[::1]/", "http://a.example:99999/")) {
      assertThatThrownBy(() -> usual.fetch(address)).hasMessageContaining("not among the allowed");
    }
    assertThatThrownBy(() -> HttpImageSource.builder("https://a.example")).isInstanceOf(
        IllegalArgumentException.class);
  }

  @Test
  void dnsLookUpsCountTowardsTheTimeout() {
    HttpImageSource source = HttpImageSource.builder("a.example").timeout(Duration.ofMillis(100)).lookup(host -> {
      Uninterruptibles.awaitUninterruptibly(end);
      return new InetAddress[0];
    }).build();
    for (int i = 0; i < 20; i++) { // more look-ups than threads
      assertThatThrownBy(() -> source.fetch("https://a.example/a.png")).isInstanceOf(IOException.class)
          .hasMessageContaining("did not respond within 100 ms");
    }
  }

  @Test
  void untrustedPicturesHaveLowerLimits() {
    byte[] png = Images.toPng(new BufferedImage(5001, 5000, BufferedImage.TYPE_BYTE_BINARY), Map.of());
    answer("/wide.png", 200, png);
    assertThatThrownBy(() -> local().build().fetch(here + "/wide.png")).isInstanceOf(IOException.class)
        .hasMessageContaining("over the limit of 25000000 pixels");
  }

  @Test
  void otherUrisGoToTheOtherSource() throws IOException {
    BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
    HttpImageSource source = local().others(uri -> {
      assertThat(uri).isEqualTo("pictures/1.png");
      return image;
    }).build();
    assertThat(source.fetch("pictures/1.png")).isSameAs(image);
  }

  @Test
  void proxiesAreNotUsed() throws IOException {
    ProxySelector before = ProxySelector.getDefault();
    ProxySelector.setDefault(ProxySelector.of(new InetSocketAddress("127.0.0.1", 1))); // nothing listens there
    try {
      assertThat(local().build().fetch(here + "/picture.png").getWidth()).isEqualTo(20);
    } finally {
      ProxySelector.setDefault(before);
    }
  }

  /** The first and the last address of every block outside the public internet. */
  @ParameterizedTest
  @CsvSource({
    "0.0.0.0, 0.255.255.255", "10.0.0.0, 10.255.255.255", "100.64.0.0, 100.127.255.255", "127.0.0.0, 127.255.255.255",
    "169.254.0.0, 169.254.255.255", "172.16.0.0, 172.31.255.255", "192.0.0.0, 192.0.0.255", "192.0.2.0, 192.0.2.255",
    "192.168.0.0, 192.168.255.255", "198.18.0.0, 198.19.255.255", "198.51.100.0, 198.51.100.255",
    "203.0.113.0, 203.0.113.255", "224.0.0.0, 239.255.255.255", "240.0.0.0, 255.255.255.255",
    "::, ::1", "::0.0.0.2, ::127.0.0.1", "::ffff:10.0.0.1, ::ffff:127.0.0.1", "64:ff9b::, 64:ff9b::ffff:ffff",
    "64:ff9b:1::, 64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "100::, 100::ffff:ffff:ffff:ffff",
    "2001::, 2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::, 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
    "2002::, 2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fc00::, fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "fe80::, febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ff00::, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
  })
  void specialBlocksArePrivate(String first, String last) throws IOException {
    assertThat(HttpImageSource.isPrivate(InetAddress.getByName(first))).isTrue();
    assertThat(HttpImageSource.isPrivate(InetAddress.getByName(last))).isTrue();
  }

  /** Java converts IPv4-mapped addresses to IPv4 only if they have no scope. */
  @Test
  void mappedAddressesArePrivate() throws IOException {
    byte[] mapped = new byte[16];
    Arrays.fill(mapped, 10, 16, (byte) 0xFF);
    mapped[12] = 8;
    InetAddress address = Inet6Address.getByAddress(null, mapped, 1);
    assertThat(address.getAddress()).hasSize(16);
    assertThat(HttpImageSource.isPrivate(address)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
    "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0", "192.167.255.255", "192.169.0.0",
    "198.17.255.255", "198.20.0.0", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255", "8.8.8.8",
    "2001:200::", "2001:db7:ffff::", "2001:db9::", "2003::", "2606:4700::1111", "2a00::"
  })
  void publicAddressesAreNotPrivate(String address) throws IOException {
    assertThat(HttpImageSource.isPrivate(InetAddress.getByName(address))).isFalse();
  }

  private HttpImageSource.Builder local() {
    return HttpImageSource.builder("127.0.0.1:" + server.getAddress().getPort()).allowPrivateAddresses();
  }
}
