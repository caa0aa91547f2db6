package io.gill.examples.server;

import io.gill.GillException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * Serves a model over HTTP: OpenAI's chat completions, Ollama's chat, and a page. Listens at once and answers with
 * status 503 until {@link #ready} gives it a model. Thread-safe.
 */
public final class GillServer implements AutoCloseable {
  /** Time that a connection may stand still while a request is read or a response is written. */
  private static final Duration IDLE = Duration.ofSeconds(30);

  /**
   * Time that a client may take to send a header, to send a body, or to receive a piece of a response, however often it
   * sends or receives some of it.
   */
  private static final Duration TRANSFER = Duration.ofSeconds(60);

  /**
   * Further connections wait until one is closed, so that the server keeps file descriptors and memory. There are more
   * if the limits of requests need them.
   */
  private static final int USUAL_CONNECTIONS = 512;

  /** Connections besides those of requests that run and wait. */
  private static final int SPARE_CONNECTIONS = 128;

  /** Time that a connection may stand still while there are too many. */
  private static final Duration CROWDED_IDLE = Duration.ofSeconds(2);

  /** Time that connections without a request stay open during shutdown. */
  private static final Duration SHUTDOWN_IDLE = Duration.ofMillis(100);

  /** Time that running requests may take to end before they are cancelled. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  /** Threads for everything that is not computed: the page, the state, requests that are rejected. */
  private static final int SPARE_THREADS = 24;

  private final AtomicReference<@Nullable ServedModel> model = new AtomicReference<>();
  private final Server server;
  private final ServerConnector connector;
  private final HeaderTimes headers;

  private GillServer(ServerOptions options, Duration grace, Duration idle, Duration transfer) {
    QueuedThreadPool threads =
        new QueuedThreadPool(options.limits().running() + options.limits().queued() + SPARE_THREADS);
    threads.setName("gill-server");
    server = new Server(threads);
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setRequestHeaderSize(16 << 10);
    connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
    connector.setHost(options.host());
    connector.setPort(options.port());
    connector.setIdleTimeout(idle.toMillis());
    connector.setShutdownIdleTimeout(SHUTDOWN_IDLE.toMillis());
    server.addConnector(connector);
    NetworkConnectionLimit connections = new NetworkConnectionLimit(connections(options.limits()), connector);
    connections.setEndPointIdleTimeout(CROWDED_IDLE.toMillis());
    server.addBean(connections);
    headers = new HeaderTimes(transfer);
    connector.addBean(headers);
    server.setHandler(new GracefulHandler(new ApiHandler(options, transfer, headers, this::loaded, model::get)));
    server.setErrorHandler(GillServer::protocolError);
    server.setStopTimeout(grace.toMillis());
  }

  /** Returns the maximum number of open connections. */
  static int connections(Limits limits) {
    return Math.max(USUAL_CONNECTIONS, limits.running() + limits.queued() + SPARE_CONNECTIONS);
  }

  /**
   * Starts a server.
   *
   * @param options where to listen, and limits
   * @return the server, to be closed by the caller before its model
   * @throws GillException if it cannot listen there
   */
  public static GillServer start(ServerOptions options) {
    return start(options, GRACE, IDLE, TRANSFER);
  }

  static GillServer start(ServerOptions options, Duration grace, Duration idle, Duration transfer) {
    GillServer started = new GillServer(options, grace, idle, transfer);
    try {
      started.server.start();
      started.headers.watch(started.connector.getScheduler());
      return started;
    } catch (Exception e) {
      started.close();
      String reason = e instanceof IOException && e.getCause() != null ? e.getCause().getMessage() : e.getMessage();
      throw new GillException("the server cannot listen on " + options.host() + " port " + options.port() + ": "
          + reason + "; choose another --port or --host", e);
    }
  }

  /**
   * Sets the model that answers from now on.
   *
   * @param served stays open until the server is closed
   */
  public void ready(ServedModel served) {
    model.set(served);
  }

  /**
   * Returns where the server listens.
   *
   * @return the address of its page
   */
  public URI uri() {
    String host = connector.getHost().contains(":") ? "[" + connector.getHost() + "]" : connector.getHost();
    return URI.create("http://" + host + ":" + connector.getLocalPort() + "/");
  }

  /**
   * Stops listening, lets the running requests end for five seconds and cancels the rest. Idempotent.
   */
  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception e) { // also if requests had to be cancelled
      if (server.isRunning()) {
        throw new GillException("the server did not stop: " + e, e);
      }
    }
  }

  private ServedModel loaded() {
    ServedModel served = model.get();
    if (served == null) {
      throw ApiException.unavailable("the model is still being loaded: try again later");
    }
    return served;
  }

  /** Answers requests that are not valid HTTP, and those that come during shutdown. */
  private static boolean protocolError(Request request, Response response, Callback callback) {
    int status = response.getStatus() < 400 ? 500 : response.getStatus();
    ApiException error = status == 503
        ? ApiException.unavailable("the server shuts down: try again later")
        : new ApiException(status, status < 500 ? "invalid_request_error" : "server_error", null, null,
            status == 431 ? "the header of the request is too large" : "the request or its path is not valid");
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
    response.write(true, ByteBuffer.wrap(Json.write(ErrorBody.of(Request.getPathInContext(request), error))), callback);
    return true;
  }
}
