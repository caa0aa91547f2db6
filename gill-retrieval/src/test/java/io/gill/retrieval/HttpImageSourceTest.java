package io.gill.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.gill.image.ImageReadOptions;
import io.gill.image.Images;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
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

class HttpImageSourceTest {
  private final AtomicInteger requests = new AtomicInteger();
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
    server.createContext(path, exchange -> {
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
  void aPictureIsFetchedAndKept() throws IOException {
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
  void aCacheThatCannotBeWrittenLosesNoPicture() throws IOException {
    HttpImageSource source = local().cache(Files.writeString(folder.resolve("no folder"), ""), 1000).build();
    assertThat(source.fetch(here + "/picture.png").getWidth()).isEqualTo(20);
    assertThat(source.fetch(here + "/picture.png").getWidth()).isEqualTo(20);
    assertThat(requests.get()).isEqualTo(2);
  }

  @Test
  void aDamagedCopyIsFetchedAnew() throws IOException {
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

  /** One that others delete while it is looked at, as a link to nothing looks. */
  @Test
  void aCopyThatGoesAwayMeanwhileDoesNoHarm() throws Exception {
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
    "/gone, answered 404",
    "/round, redirects more than 5 times",
    "/elsewhere, its host is not among the allowed ones",
    "/file, only plain http and https",
    "/text.png, text.png",
    "/large, more than 20000 bytes",
    "/slow, did not answer within 700 ms"
  })
  void whatIsNoPictureOfAnAllowedHostIsRefused(String path, String message) {
    HttpImageSource source = local().timeout(Duration.ofMillis(700))
        .limits(ImageReadOptions.DEFAULT.withMaxBytes(20_000)).build();
    assertThatThrownBy(() -> source.fetch(here + path)).isInstanceOf(IOException.class)
        .hasMessageContaining(message);
  }

  @Test
  void noHostIsAskedThatIsNotListedAndNoPrivateAddressUnlessAllowed() {
    assertThatThrownBy(() -> HttpImageSource.builder("example.org", "*.example.org").build()
        .fetch(here + "/picture.png")).hasMessageContaining("not among the allowed");
    assertThatThrownBy(() -> HttpImageSource.builder("127.0.0.1").build().fetch(here + "/picture.png"))
        .hasMessageContaining("127.0.0.1 is a private address");
    assertThatThrownBy(() -> HttpImageSource.builder("*.org").build().fetch("http://user:secret@example.org/"))
        .hasMessageContaining("only plain http");
    assertThatThrownBy(() -> local().build().fetch("http://[broken/")).hasMessageContaining("no address");
    assertThatThrownBy(() -> local().build().fetch("pictures/1.png")).hasMessageContaining("source for others");
    assertThat(requests.get()).isZero();
  }

  @Test
  void whatIsNoAddressGoesToTheOtherSource() throws IOException {
    BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
    HttpImageSource source = local().others(uri -> {
      assertThat(uri).isEqualTo("pictures/1.png");
      return image;
    }).build();
    assertThat(source.fetch("pictures/1.png")).isSameAs(image);
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, true", "10.1.2.3, true", "172.16.0.1, true", "192.168.1.1, true", "169.254.169.254, true",
    "0.0.0.0, true", "100.64.0.1, true", "100.128.0.1, false", "198.18.0.1, true", "224.0.0.1, true",
    "255.255.255.255, true", "8.8.8.8, false", "172.32.0.1, false", "::1, true", "fd00::1, true", "fe80::1, true",
    "::ffff:10.0.0.1, true", "64:ff9b::a00:1, true", "2002:a00:1::, true", "2606:4700::1111, false"
  })
  void privateAddressesAreKnown(String address, boolean expected) throws IOException {
    assertThat(HttpImageSource.isPrivate(InetAddress.getByName(address))).isEqualTo(expected);
  }

  private static HttpImageSource.Builder local() {
    return HttpImageSource.builder("127.0.0.1").allowPrivateAddresses();
  }
}
