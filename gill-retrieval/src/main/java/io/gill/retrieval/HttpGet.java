package io.gill.retrieval;

import com.google.common.util.concurrent.ThreadFactoryBuilder;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 GET request on its own connection, which is closed whatever the server responds. Java 17's
 * {@code HttpClient} never closes a connection whose response has malformed headers. It also resolves the host itself,
 * and so may connect to an address that was not checked.
 */
final class HttpGet {
  private static final int MAX_HEAD_BYTES = 64 * 1024;
  private static final int MAX_CHUNK_LINE = 1024;
  private static final int HTTPS_PORT = 443;
  private static final int HTTP_PORT = 80;
  private static final int OK = 200;
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3})( .*)?");
  private static final Pattern CHUNK = Pattern.compile("([0-9A-Fa-f]{1,15})[ \t]*(;.*)?");

  /** Closes connections at their deadline, which unblocks every read and write. */
  private static final ScheduledThreadPoolExecutor DEADLINES = deadlines();

  private final URI address;
  private final int maxBytes;
  private final SSLSocketFactory tls;

  /**
   * Creates a request.
   *
   * @param address an http or https URI with a host
   * @param maxBytes maximum length of the body
   * @param tls encrypts https connections
   */
  HttpGet(URI address, int maxBytes, SSLSocketFactory tls) {
    this.address = URI.create(address.toASCIIString());
    this.maxBytes = maxBytes;
    this.tls = tls;
  }

  /**
   * A server's response.
   *
   * @param status code
   * @param location target of a redirect
   * @param body empty unless the status is 200
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Response(int status, @Nullable String location, byte[] body) {}

  private static ScheduledThreadPoolExecutor deadlines() {
    ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1,
        new ThreadFactoryBuilder().setNameFormat("gill-fetch-deadline-%d").setDaemon(true).build());
    timer.setRemoveOnCancelPolicy(true);
    timer.setKeepAliveTime(10, TimeUnit.SECONDS);
    timer.allowCoreThreadTimeOut(true);
    return timer;
  }

  /** The explicit port of an address, or the default port of its scheme. */
  static int port(URI address) {
    return address.getPort() >= 0 ? address.getPort() : usualPort(address);
  }

  /** The default port of an address's scheme. */
  static int usualPort(URI address) {
    return isHttps(address) ? HTTPS_PORT : HTTP_PORT;
  }

  private static boolean isHttps(URI address) {
    return "https".equalsIgnoreCase(address.getScheme());
  }

  /**
   * Sends the request and reads the response.
   *
   * @param addresses of the host, tried in order
   * @param deadline in terms of {@link System#nanoTime()}; the connection is closed then at the latest
   * @throws IOException if there is no response, it is not HTTP/1.1 or too long, the deadline has passed or the thread
   *     is interrupted
   */
  Response send(InetAddress[] addresses, long deadline) throws IOException {
    IOException failure = new IOException("the host has no address");
    for (InetAddress one : addresses) {
      try (SocketChannel channel = SocketChannel.open()) { // an interrupt unblocks its reads and writes
        Future<?> closing =
            DEADLINES.schedule(() -> close(channel), deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        try {
          try {
            channel.connect(new InetSocketAddress(one, port(address)));
          } catch (IOException e) {
            failure = e;
            continue;
          }
          return exchange(channel.socket());
        } finally {
          closing.cancel(false);
        }
      }
    }
    throw failure;
  }

  private static boolean close(SocketChannel channel) throws IOException {
    channel.close();
    return true;
  }

  private Response exchange(Socket plain) throws IOException {
    Socket socket = isHttps(address) ? encrypted(plain) : plain;
    String path = address.getRawPath().isEmpty() ? "/" : address.getRawPath();
    String query = address.getRawQuery() == null ? "" : "?" + address.getRawQuery();
    String port = port(address) == usualPort(address) ? "" : ":" + port(address);
    socket.getOutputStream().write(("GET " + path + query + " HTTP/1.1\r\nHost: " + address.getHost() + port
        + "\r\nUser-Agent: gill\r\nAccept: image/*\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    InputStream in = new BufferedInputStream(socket.getInputStream());
    Head head = Head.read(in);
    byte[] body = head.status == OK ? body(in, head.fields) : new byte[0];
    return new Response(head.status, head.fields.get("location"), body);
  }

  private Socket encrypted(Socket plain) throws IOException {
    String host = address.getHost().replaceAll("[\\[\\]]", "");
    SSLSocket socket = (SSLSocket) tls.createSocket(plain, host, port(address), true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS"); // verify the host name
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  /** Status and header fields; field names are in lower case. */
  private record Head(int status, Map<String, String> fields) {
    static Head read(InputStream in) throws IOException {
      int left = MAX_HEAD_BYTES;
      while (true) {
        String first = line(in, left);
        left -= first.length() + 1;
        Matcher status = STATUS.matcher(first);
        if (!status.matches()) {
          throw new IOException("the response is not HTTP/1.1: it begins with '" + first + "'");
        }
        Map<String, String> fields = new HashMap<>();
        for (String next = line(in, left); !next.isEmpty(); next = line(in, left)) {
          left -= next.length() + 1;
          add(fields, next);
        }
        int code = Integer.parseInt(status.group(1));
        if (code / 100 != 1 || code == 101) { // skip interim responses
          return new Head(code, fields);
        }
      }
    }

    private static void add(Map<String, String> fields, String line) throws IOException {
      int colon = line.indexOf(':');
      boolean continued = line.charAt(0) == ' ' || line.charAt(0) == '\t';
      if (continued) {
        return; // folded field values are not used
      }
      if (colon <= 0) {
        throw new IOException("malformed header field '" + line + "'");
      }
      String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
      String value = line.substring(colon + 1).trim();
      String before = fields.putIfAbsent(name, value);
      if (before != null && !before.equals(value) && name.equals("content-length")) {
        throw new IOException("conflicting Content-Length values '" + before + "' and '" + value + "'");
      }
    }
  }

  /** Reads a line without its terminator. */
  private static String line(InputStream in, int maxBytes) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int next = in.read();
    for (; next >= 0 && next != '\n'; next = in.read()) {
      if (line.size() >= maxBytes) {
        throw new IOException("the response headers are longer than " + MAX_HEAD_BYTES + " bytes");
      }
      line.write(next);
    }
    if (next < 0) {
      throw new EOFException("the connection was closed within the response headers");
    }
    String text = line.toString(StandardCharsets.ISO_8859_1);
    return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
  }

  private byte[] body(InputStream in, Map<String, String> fields) throws IOException {
    String coding = fields.get("transfer-encoding");
    if (coding != null) {
      if (!coding.equalsIgnoreCase("chunked")) {
        throw new IOException("unsupported Transfer-Encoding '" + coding + "'");
      }
      return chunks(in);
    }
    String length = fields.get("content-length");
    if (length == null) {
      byte[] all = in.readNBytes(maxBytes + 1);
      refuseBeyond(all.length);
      return all;
    }
    if (!length.matches("\\d{1,18}")) {
      throw new IOException("invalid Content-Length '" + length + "'");
    }
    refuseBeyond(Long.parseLong(length));
    return exactly(in, Integer.parseInt(length));
  }

  private byte[] chunks(InputStream in) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    while (true) {
      String line = line(in, MAX_CHUNK_LINE);
      Matcher size = CHUNK.matcher(line);
      if (!size.matches()) {
        throw new IOException("malformed chunk size '" + line + "'");
      }
      long bytes = Long.parseLong(size.group(1), 16);
      if (bytes == 0) {
        return all.toByteArray(); // trailer fields are not used
      }
      refuseBeyond(all.size() + bytes);
      all.writeBytes(exactly(in, (int) bytes));
      if (!line(in, MAX_CHUNK_LINE).isEmpty()) {
        throw new IOException("a chunk is longer than its declared size");
      }
    }
  }

  private static byte[] exactly(InputStream in, int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("the connection was closed after " + bytes.length + " of " + length + " bytes");
    }
    return bytes;
  }

  private void refuseBeyond(long bytes) throws IOException {
    if (bytes > maxBytes) {
      throw new IOException("the body is longer than " + maxBytes + " bytes");
    }
  }
}
