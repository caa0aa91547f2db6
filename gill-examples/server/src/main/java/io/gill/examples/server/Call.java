package io.gill.examples.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** One request and its response. Used by one thread, except for {@link #isGone()}. */
final class Call {
  private static final long PROBE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final Request request;
  private final Response response;
  private final Callback callback;
  private final String id;
  private final Duration piece;
  private final ByteBuffer probe = BufferUtil.allocate(1);
  private final AtomicBoolean gone = new AtomicBoolean();
  private boolean open;
  private boolean read;
  private boolean done;
  private long probed = System.nanoTime();

  /**
   * @param piece time that the client may take to receive a piece of a response
   */
  Call(Request request, Response response, Callback callback, String id, Duration piece) {
    this.request = request;
    this.response = response;
    this.callback = callback;
    this.id = id;
    this.piece = piece;
  }

  String id() {
    return id;
  }

  String method() {
    return request.getMethod();
  }

  String path() {
    return Request.getPathInContext(request);
  }

  @Nullable String header(HttpHeader name) {
    return request.getHeaders().get(name);
  }

  void setHeader(HttpHeader name, String value) {
    response.getHeaders().put(name, value);
  }

  void setHeader(String name, String value) {
    response.getHeaders().put(name, value);
  }

  /** Reads the whole body. */
  byte[] body(int most) {
    if (request.getLength() > most) {
      throw tooLarge(most);
    }
    try (InputStream in = Content.Source.asInputStream(request)) {
      byte[] body = in.readNBytes(most + 1);
      if (body.length > most) {
        throw tooLarge(most);
      }
      read = true;
      return body;
    } catch (IOException e) {
      gone.set(true);
      throw new UncheckedIOException(e);
    }
  }

  private static ApiException tooLarge(int most) {
    return new ApiException(413, "invalid_request_error", null, "request_too_large",
        "the body is over the limit of " + most + " bytes: send smaller or fewer pictures");
  }

  /**
   * Reads what is left of a body that is not needed, up to a limit, since many clients read no response before they
   * have sent their request.
   */
  private void discard(long most) {
    if (read || header(HttpHeader.EXPECT) != null || request.getLength() > most) {
      return;
    }
    try (InputStream in = Content.Source.asInputStream(request)) {
      byte[] buffer = new byte[1 << 16];
      long left = most;
      for (int n = in.read(buffer); n >= 0 && left > 0; n = in.read(buffer)) {
        left -= n;
      }
    } catch (IOException | RuntimeException e) {
      gone.set(true); // the response will fail, too
    }
  }

  /** Sends a whole response. Nothing of it is sent before. */
  void send(int status, String type, byte[] body) {
    discard(64L << 20);
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
    done = true;
    response.write(true, ByteBuffer.wrap(body), callback);
  }

  /** Sends a response without a body. */
  void send(int status) {
    discard(64L << 20);
    response.setStatus(status);
    done = true;
    callback.succeeded();
  }

  /** Starts a response whose body is written piece by piece. */
  void open(String type) {
    response.setStatus(200);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
    response.getHeaders().put("X-Accel-Buffering", "no"); // proxies must not collect the pieces
    open = true;
  }

  /** Returns whether a status was sent, so that no other can follow. */
  boolean isOpen() {
    return open;
  }

  /**
   * Sends a piece at once, and waits until the system has taken it.
   *
   * @throws UncheckedIOException if the client is gone or reads too slowly: the model must not wait for it
   */
  void write(byte[] bytes) {
    if (!open) {
      throw new IllegalStateException("the response was not opened");
    }
    try {
      write(false, ByteBuffer.wrap(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(boolean last, ByteBuffer bytes) throws IOException {
    Callback.Completable written = new Callback.Completable();
    response.write(last, bytes, written);
    try {
      written.get(piece.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw broken(new IOException(e.getCause()));
    } catch (TimeoutException e) {
      throw broken(new IOException("the client took more than " + piece + " to receive a piece", e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw broken(new IOException(e));
    }
  }

  private IOException broken(IOException e) {
    gone.set(true);
    endPoint().close(); // ends a write that still waits
    return e;
  }

  /** Ends the response that was opened. */
  void end() {
    if (open && !done) {
      done = true;
      try {
        write(true, BufferUtil.EMPTY_BUFFER);
        callback.succeeded();
      } catch (IOException e) {
        callback.failed(new EofException(e));
      }
    }
  }

  /** Breaks the connection off, since no complete response can be sent. */
  void abort(Throwable cause) {
    if (!done) {
      done = true;
      callback.failed(new EofException(cause)); // Jetty would log others with the address of the request
    }
  }

  /**
   * Returns whether the client has closed the connection. Looks at the connection at most every 50 ms, on the thread
   * that handles the request, after the body was read: nobody else reads from the connection then.
   */
  boolean isGone() {
    long now = System.nanoTime();
    if (gone.get() || now - probed < PROBE_NANOS || probe.hasRemaining()) {
      return gone.get();
    }
    probed = now;
    try {
      if (endPoint().fill(probe) < 0) {
        gone.set(true);
      }
    } catch (IOException e) {
      gone.set(true);
    }
    return gone.get();
  }

  /** Closes the connection if {@link #isGone()} took a byte of a next request; its client must repeat that one. */
  void closeIfPipelined() {
    if (probe.hasRemaining()) {
      endPoint().close();
    }
  }

  private EndPoint endPoint() {
    return request.getConnectionMetaData().getConnection().getEndPoint();
  }
}
