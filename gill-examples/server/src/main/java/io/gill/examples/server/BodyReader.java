package io.gill.examples.server;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/** Reads a request's body within a time. No thread waits for the client: a slow one holds only its connection. */
final class BodyReader {
  /** How the reading ended. */
  enum End {
    /** The body was read to its end. */
    COMPLETE,
    /** The receiver of the pieces took no more. */
    REFUSED,
    /** The time passed. */
    TOO_SLOW,
    /** The client is gone. */
    BROKEN
  }

  private final Request request;
  private final Executor executor;
  private final Predicate<ByteBuffer> pieces;
  private final Consumer<End> then;
  private Scheduler.@Nullable Task timer; // guarded by this object, as is the next one
  private boolean ended;

  private BodyReader(Request request, Predicate<ByteBuffer> pieces, Consumer<End> then) {
    this.request = request;
    executor = request.getComponents().getExecutor();
    this.pieces = pieces;
    this.then = then;
  }

  /**
   * Reads a body.
   *
   * @param time time for the whole body
   * @param pieces takes a piece, or returns false to end the reading
   * @param then called once, on the calling thread if the whole body is there already
   */
  static void read(Request request, Duration time, Predicate<ByteBuffer> pieces, Consumer<End> then) {
    BodyReader reader = new BodyReader(request, pieces, then);
    reader.advance();
    reader.endAfter(time);
  }

  private synchronized void endAfter(Duration time) {
    if (!ended) {
      timer = request.getComponents().getScheduler().schedule(this::expire, time);
    }
  }

  private void expire() {
    if (finish()) {
      then.accept(End.TOO_SLOW);
    }
  }

  private void advance() {
    End end;
    try {
      end = next();
    } catch (RuntimeException | OutOfMemoryError e) {
      end = finish() ? End.BROKEN : null;
    }
    if (end != null) {
      then.accept(end);
    }
  }

  /** Reads what is there. Returns null if more will come, or if the reading has ended already. */
  private synchronized @Nullable End next() {
    while (!ended) {
      Content.Chunk chunk = request.read();
      if (chunk == null) {
        request.demand(() -> executor.execute(this::advance));
        return null;
      }
      if (Content.Chunk.isFailure(chunk)) {
        finish();
        return chunk.getFailure() instanceof TimeoutException ? End.TOO_SLOW : End.BROKEN;
      }
      boolean last = chunk.isLast();
      boolean taken;
      try {
        taken = pieces.test(chunk.getByteBuffer());
      } finally {
        chunk.release();
      }
      if (last || !taken) {
        finish();
        return taken ? End.COMPLETE : End.REFUSED;
      }
    }
    return null;
  }

  /** Returns whether this call ends the reading. */
  private synchronized boolean finish() {
    if (ended) {
      return false;
    }
    ended = true;
    if (timer != null) {
      timer.cancel();
    }
    return true;
  }
}
