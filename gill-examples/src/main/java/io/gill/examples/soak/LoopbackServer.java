package io.gill.examples.soak;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Answers requests to a port of this machine, each on its own thread. */
final class LoopbackServer implements AutoCloseable {
  private static final byte[] LOOPBACK = {127, 0, 0, 1};

  private final ServerSocket socket;
  private volatile Handler handler = one -> {};

  /** Answers a request after its head is read. */
  @FunctionalInterface
  interface Handler {
    void handle(Socket socket) throws IOException, InterruptedException;
  }

  LoopbackServer() throws IOException {
    socket = new ServerSocket(0, 50, InetAddress.getByAddress(LOOPBACK));
    daemon(this::serve);
  }

  void handler(Handler value) {
    handler = value;
  }

  int port() {
    return socket.getLocalPort();
  }

  private void serve() {
    while (!socket.isClosed()) {
      try {
        Socket one = socket.accept();
        daemon(() -> answer(one));
      } catch (IOException e) {
        // The server is closed.
      }
    }
  }

  private void answer(Socket one) {
    try (one) {
      readHead(one.getInputStream());
      handler.handle(one);
    } catch (IOException | InterruptedException e) {
      // The client has gone.
    }
  }

  private static void daemon(Runnable body) {
    Thread thread = new Thread(body, "loopback server");
    thread.setDaemon(true);
    thread.start();
  }

  private static void readHead(InputStream in) throws IOException {
    int last = 0;
    for (int next = in.read(); next >= 0; next = in.read()) {
      last = (last << 8) | next;
      if (last == 0x0D0A0D0A) {
        return;
      }
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
