package io.gill.examples.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** One request and its response. Used by one thread at a time, except for {@link #isGone()}. */
final class Call {
  private static final long PROBE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final int TOO_SLOW = 408;

  /** Limits of bodies that are read only for their clients' sake. */
  private static final Duration DISCARDING = Duration.ofSeconds(2);

  private static final long MOST_DISCARDED = 64 << 20;

  private final Request request;
  private final Response response;
  private final Callback callback;
  private final String id;
  private final Duration transfer;
  private final long start = System.nanoTime();
  private final ByteBuffer probe = BufferUtil.allocate(1);
  private final AtomicBoolean gone = new AtomicBoolean();
  private String route = "other";
  private int status = 500;
  private byte @Nullable [] body;
  private @Nullable ApiException refusal; // of the body
  private boolean received;
  private boolean open;
  private boolean done;
  private long probed = System.nanoTime();

  /**
   * @param transfer time that the client may take to send its body, or to receive a piece of a response
   */
  Call(Request request, Response response, Callback callback, String id, Duration transfer) {
    this.request = request;
    this.response = response;
    this.callback = callback;
    this.id = id;
    this.transfer = transfer;
  }

  String id() {
    return id;
  }

  /** Returns the path of the endpoint, for the log and the metrics. */
  String route() {
    return route;
  }

  void setRoute(String name) {
    route = name;
  }

  /** Returns the status that was sent. */
  int status() {
    return status;
  }

  /** Returns the time since the header of the request was read. */
  double seconds() {
    return (System.nanoTime() - start) / 1e9;
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

  /**
   * Receives the whole body and then calls an action, also if that fails: {@link #requireBody()} tells.
   *
   * @param most maximum size of the body
   * @param uploads memory of all bodies that are being received
   */
  void receive(int most, Uploads uploads, Runnable then) {
    if (request.getLength() > most) {
      refusal = tooLarge(most);
      then.run();
      return;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    AtomicInteger taken = new AtomicInteger();
    BodyReader.read(request, transfer, piece -> {
      int size = piece.remaining();
      if (bytes.size() + size > most) {
        refusal = tooLarge(most);
        return false;
      }
      if (!uploads.take(size)) {
        refusal = ApiException.busy("too many large requests are being received: try again later");
        return false;
      }
      taken.addAndGet(size);
      byte[] copy = new byte[size];
      piece.get(copy);
      bytes.writeBytes(copy);
      return true;
    }, end -> {
      uploads.giveBack(taken.get());
      switch (end) {
        case COMPLETE -> {
          try {
            body = bytes.toByteArray();
          } catch (OutOfMemoryError e) {
            refusal = ApiException.busy("there is no memory for the body: try again later");
          }
        }
        case TOO_SLOW -> refusal = new ApiException(TOO_SLOW, "invalid_request_error", null, "request_timeout",
            "the body arrives too slowly: send it within " + transfer.toSeconds() + " s");
        case BROKEN -> {
          gone.set(true);
          refusal = ApiException.gone();
        }
        case REFUSED -> {} // the reason is set
      }
      received = end == BodyReader.End.COMPLETE;
      then.run();
    });
  }

  private static ApiException tooLarge(int most) {
    return new ApiException(413, "invalid_request_error", null, "request_too_large",
        "the body is over the limit of " + most + " bytes: send smaller or fewer pictures");
  }

  /** Rejects a request whose body could not be received. */
  void requireBody() {
    if (refusal != null) {
      throw refusal;
    }
  }

  /** Returns the body that was received, once: it is not kept in memory while the model computes. */
  byte[] body() {
    byte[] all = body;
    if (all == null) {
      throw new IllegalStateException("the body was not received, or was returned before");
    }
    body = null;
    return all;
  }

  /**
   * Reads what is left of a body that is not needed, since many clients read no response before they have sent their
   * request. Closes the connection after the response if that is too much or takes too long.
   */
  private void discard(Runnable then) {
    boolean late = refusal != null && refusal.status() == TOO_SLOW;
    if (late || header(HttpHeader.EXPECT) != null || request.getLength() > MOST_DISCARDED) {
      setHeader(HttpHeader.CONNECTION, "close");
      then.run();
      return;
    }
    AtomicLong left = new AtomicLong(MOST_DISCARDED);
    BodyReader.read(request, DISCARDING, piece -> left.addAndGet(-piece.remaining()) >= 0, end -> {
      if (end != BodyReader.End.COMPLETE) {
        setHeader(HttpHeader.CONNECTION, "close");
      }
      then.run();
    });
  }

  /**
   * Sends a whole response. Nothing of it is sent before.
   *
   * @throws ApiException if the client of a reply is gone or reads too slowly. Other responses are small: nobody waits
   *     for their clients
   */
  void send(int status, String type, byte[] content) {
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, content.length);
    send(status, ByteBuffer.wrap(content));
  }

  /** Sends a response without a body. */
  void send(int status) {
    send(status, BufferUtil.EMPTY_BUFFER);
  }

  private void send(int code, ByteBuffer content) {
    status = code;
    response.setStatus(code);
    done = true;
    if (tookNext()) {
      setHeader(HttpHeader.CONNECTION, "close"); // its client must repeat that request
    }
    if (!received) {
      discard(() -> response.write(true, content, callback));
    } else if (code >= 400) {
      response.write(true, content, callback);
    } else {
      last(content);
    }
  }

  /** Writes the last piece and waits until the system has taken it: a reply holds its place as long as its memory. */
  private void last(ByteBuffer content) {
    try {
      write(true, content);
      if (open && tookNext()) {
        endPoint().close(); // before the rest of that request is read as one
      }
      callback.succeeded();
    } catch (IOException e) {
      callback.failed(new EofException(e));
      throw ApiException.gone();
    }
  }

  /** Starts a response whose body is written piece by piece. */
  void open(String type) {
    status = 200;
    response.setStatus(status);
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
   * @throws ApiException if the client is gone or reads too slowly: the model must not wait for it
   */
  void write(byte[] bytes) {
    if (!open) {
      throw new IllegalStateException("the response was not opened");
    }
    try {
      write(false, ByteBuffer.wrap(bytes));
    } catch (IOException e) {
      throw ApiException.gone();
    }
  }

  private void write(boolean last, ByteBuffer bytes) throws IOException {
    Callback.Completable written = new Callback.Completable();
    response.write(last, bytes, written);
    try {
      written.get(transfer.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw broken(new IOException(e.getCause()));
    } catch (TimeoutException e) {
      throw broken(new IOException("the client took more than " + transfer + " to receive a piece", e));
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

  /**
   * Ends the response that was opened.
   *
   * @throws ApiException if the client is gone or reads too slowly
   */
  void end() {
    if (open && !done) {
      done = true;
      last(BufferUtil.EMPTY_BUFFER);
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
    if (gone.get() || now - probed < PROBE_NANOS || tookNext()) {
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

  /** Returns whether {@link #isGone()} took the first byte of a next request, which came before this one's response. */
  private boolean tookNext() {
    return probe.hasRemaining();
  }

  private EndPoint endPoint() {
    return request.getConnectionMetaData().getConnection().getEndPoint();
  }
}
