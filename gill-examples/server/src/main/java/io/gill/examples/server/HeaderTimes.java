package io.gill.examples.server;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Closes connections whose clients take too long to send the header of a request. An idle time-out does not: each byte
 * restarts it. Thread-safe.
 */
final class HeaderTimes implements Connection.Listener {
  private final Duration most;
  private final Map<Connection, Header> headers = new ConcurrentHashMap<>();

  /**
   * @param most time for a header; it is measured in quarters
   */
  HeaderTimes(Duration most) {
    this.most = most;
  }

  @Override
  public void onOpened(Connection connection) {
    headers.put(connection, new Header());
  }

  @Override
  public void onClosed(Connection connection) {
    headers.remove(connection);
  }

  /** Begins a request, whose header is complete. */
  void begin(Request request) {
    Connection connection = request.getConnectionMetaData().getConnection();
    Header header = headers.get(connection);
    if (header == null) {
      return; // closed meanwhile
    }
    header.complete();
    request.addHttpStreamWrapper(stream -> new HttpStream.Wrapper(stream) {
      @Override
      public void succeeded() {
        header.expect(connection.getBytesIn()); // before the connection reads the next one
        super.succeeded();
      }
    });
  }

  /** Looks at all connections from now on, until the scheduler is stopped. */
  void watch(Scheduler scheduler) {
    scheduler.schedule(() -> {
      try {
        headers.forEach((connection, header) -> {
          if (header.isLate(connection.getBytesIn(), most)) {
            connection.getEndPoint().close();
          }
        });
      } finally {
        watch(scheduler); // also after a failure
      }
    }, most.dividedBy(4));
  }

  /** The header that a connection receives, or will receive. */
  private static final class Header {
    // guarded by this object
    private boolean complete;
    private long bytesBefore;
    private boolean begun;
    private long start;

    synchronized void complete() {
      complete = true;
    }

    synchronized void expect(long bytesIn) {
      complete = false;
      begun = false;
      bytesBefore = bytesIn;
    }

    synchronized boolean isLate(long bytesIn, Duration most) {
      if (complete || bytesIn == bytesBefore) {
        return false; // no header is being received: the idle time-out holds
      }
      long now = System.nanoTime();
      if (!begun) {
        begun = true;
        start = now;
      }
      return now - start >= most.toNanos();
    }
  }
}
