package io.gill.examples.soak;

import io.gill.image.ImageReadOptions;
import io.gill.retrieval.HttpImageSource;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Pictures are fetched in time and only from allowed hosts, whatever a server answers. */
final class HostileServer implements Promise {
  private static final Duration TIMEOUT = Duration.ofMillis(700);
  private static final long SLACK_MILLIS = 15_000;
  private static final int MOST_BYTES = 100_000;

  private @Nullable Servers servers;

  /** The server to ask, and one on another port that must not be asked. */
  private static final class Servers {
    private final LoopbackServer allowed = new LoopbackServer();
    private final LoopbackServer other = new LoopbackServer();
    private final AtomicInteger forbidden = new AtomicInteger();
    private final HttpImageSource hasty = source(TIMEOUT);
    private final HttpImageSource patient = source(Duration.ofMinutes(1));

    Servers() throws IOException {
      other.handler(socket -> forbidden.incrementAndGet());
    }

    private HttpImageSource source(Duration timeout) {
      return HttpImageSource.builder("127.0.0.1:" + allowed.port()).allowPrivateAddresses().timeout(timeout)
          .limits(ImageReadOptions.untrusted().toBuilder().maxPixels(1_000_000).maxBytes(MOST_BYTES).build()).build();
    }

    void close() throws IOException {
      allowed.close();
      other.close();
    }
  }

  @Override
  public String name() {
    return "read/http";
  }

  @Override
  public String text() {
    return "HttpImageSource returns a picture or an IOException in time and asks allowed hosts only, whatever a server"
        + " answers";
  }

  @Override
  public int weight() {
    return 3; // most cases wait for a slow answer
  }

  @Override
  public void attempt(Attempt attempt) throws Exception {
    Random random = attempt.random();
    int kind = random.nextInt(Answer.values().length);
    Answer answer = attempt.number() == 0 ? Answer.RIGHT : Answer.values()[kind];
    Servers both = servers == null ? new Servers() : servers;
    servers = both;
    int port = both.allowed.port();
    both.allowed.handler(socket -> answer.write(socket, random, port, both.other.port()));
    int before = both.forbidden.get();
    long start = System.nanoTime();
    boolean fetched = false;
    try {
      HttpImageSource source = answer == Answer.RIGHT ? both.patient : both.hasty;
      BufferedImage image = source.fetch("http://127.0.0.1:" + port + "/" + answer);
      fetched = image.getWidth() > 0;
    } catch (IOException e) {
      ReaderPromise.checkMessage(e);
    }
    long millis = (System.nanoTime() - start) / 1_000_000;
    BrokenPromise.unless(answer == Answer.RIGHT || millis <= TIMEOUT.toMillis() + SLACK_MILLIS,
        answer + " took " + millis + " ms; the limit is " + TIMEOUT.toMillis());
    BrokenPromise.unless(both.forbidden.get() == before, answer + ": a host that is not allowed was asked");
    BrokenPromise.unless(fetched || answer != Answer.RIGHT, "a valid picture was not fetched");
    BrokenPromise.unless(!fetched || answer.mayBeRight, answer + ": it was read as a picture");
  }

  @Override
  public void close() {
    if (servers != null) {
      try {
        servers.close();
      } catch (IOException e) {
        // The servers end with the process.
      }
    }
  }

  /** An answer of the server. */
  private enum Answer {
    RIGHT(true), CHANGED(true), CUT(false), TOO_LONG(true), NEGATIVE_LENGTH(true), ENDLESS(false), SLOW_HEAD(false),
    SLOW_BODY(false), SILENT(false), CLOSED(false), LOOP(false), ELSEWHERE(false), OTHER_SCHEME(false),
    NO_ADDRESS(false), ERROR(false), NOISE(false), NO_HTTP(false), LONG_HEAD(false), CHUNKED_NOISE(false),
    CONTROL(false);

    private final boolean mayBeRight;

    Answer(boolean mayBeRight) {
      this.mayBeRight = mayBeRight;
    }

    private void write(Socket socket, Random random, int port, int otherPort) throws IOException, InterruptedException {
      OutputStream out = socket.getOutputStream();
      byte[] png = Pictures.written("png", 3, BufferedImage.TYPE_INT_RGB, false);
      switch (this) {
        case RIGHT -> body(out, png, png.length);
        case CHANGED -> {
          byte[] changed = Pictures.png(png, random);
          body(out, changed, changed.length);
        }
        case CUT -> body(out, java.util.Arrays.copyOf(png, png.length / 2), png.length);
        case TOO_LONG -> body(out, png, png.length - 1L); // a decoder may not need the last byte
        case NEGATIVE_LENGTH -> body(out, png, -1 - random.nextInt(100));
        case ENDLESS -> {
          head(out, "200 OK", "");
          byte[] noise = new byte[8192];
          for (int i = 0; i < 5000; i++) {
            out.write(noise);
          }
        }
        case SLOW_HEAD -> slowly(out, "HTTP/1.1 200 OK\r\n".repeat(20).getBytes(StandardCharsets.US_ASCII));
        case SLOW_BODY -> {
          head(out, "200 OK", "Content-Length: " + png.length + "\r\n");
          slowly(out, png);
        }
        case SILENT -> Thread.sleep(TIMEOUT.toMillis() * 2);
        case CLOSED -> socket.setSoLinger(true, 0);
        case LOOP -> head(out, "302 Found", "Location: http://127.0.0.1:" + port + "/again\r\nContent-Length: 0\r\n");
        case ELSEWHERE -> head(out, "302 Found",
            "Location: http://" + hidden(random) + ":" + otherPort + "/x\r\nContent-Length: 0\r\n");
        case OTHER_SCHEME -> head(out, "301 Moved", "Location: file:///etc/passwd\r\nContent-Length: 0\r\n");
        case NO_ADDRESS -> head(out, "301 Moved", "Location: http://[::bad\r\nContent-Length: 0\r\n");
        case ERROR -> head(out, "500 \u0007Oops", "Content-Length: 0\r\n");
        case NOISE -> {
          byte[] noise = new byte[random.nextInt(2000)];
          random.nextBytes(noise);
          body(out, noise, noise.length);
        }
        case NO_HTTP -> out.write(png);
        case LONG_HEAD -> head(out, "200 OK", ("X: " + "y".repeat(8000) + "\r\n").repeat(100));
        case CHUNKED_NOISE -> {
          head(out, "200 OK", "Transfer-Encoding: chunked\r\n");
          out.write("FFFFFFFFFF\r\nabc".getBytes(StandardCharsets.US_ASCII));
        }
        case CONTROL -> head(out, "302 Found", "Location: /\u0007a b\r\nContent-Length: 0\r\n");
        default -> throw new AssertionError(this);
      }
      out.flush();
    }

    /** The other server's address, in forms that a textual check may miss. */
    private static String hidden(Random random) {
      String[] forms = {"127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "[::ffff:127.0.0.1]",
          "user@127.0.0.1", "127.0.0.1.", "LOCALHOST", "127.0.0.1%2elocalhost"};
      return forms[random.nextInt(forms.length)];
    }

    static void body(OutputStream out, byte[] body, long length) throws IOException {
      head(out, "200 OK", "Content-Length: " + length + "\r\n");
      out.write(body);
    }

    private static void head(OutputStream out, String status, String headers) throws IOException {
      out.write(("HTTP/1.1 " + status + "\r\nConnection: close\r\n" + headers + "\r\n")
          .getBytes(StandardCharsets.ISO_8859_1));
    }

    private static void slowly(OutputStream out, byte[] bytes) throws IOException, InterruptedException {
      for (byte one : bytes) {
        out.write(one);
        out.flush();
        Thread.sleep(20);
      }
    }
  }
}
