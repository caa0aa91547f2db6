package io.gill.examples.server;

import com.google.common.base.Throwables;
import com.google.common.io.BaseEncoding;
import io.gill.examples.server.Routes.Kind;
import io.gill.examples.server.Routes.Route;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** Answers every request: finds its endpoint, checks who asks, and turns failures into the body of an error. */
final class ApiHandler extends Handler.Abstract {
  private static final Logger LOG = LoggerFactory.getLogger(ApiHandler.class);
  private static final Pattern GOOD_ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Set<String> METHODS = Set.of("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT");
  private static final String REQUEST_ID = "X-Request-Id";

  private final Routes routes = new Routes();
  private final Metrics metrics = new Metrics();
  private final Access access;
  private final Limits limits;
  private final Duration piece;

  /** Places of the requests that are read, wait or run: what they hold in memory is bounded before they are read. */
  private final Semaphore places;

  /**
   * @param piece time that a client may take to receive a piece of a response
   * @param model returns the model, or throws {@link ApiException} while it is loaded
   * @param loaded returns the model, or null
   */
  ApiHandler(
      ServerOptions options, Duration piece, Supplier<ServedModel> model, Supplier<@Nullable ServedModel> loaded) {
    limits = options.limits();
    this.piece = piece;
    access = new Access(options);
    places = new Semaphore(limits.running() + limits.queued());
    Replies replies = new Replies(metrics, options.timeout());
    ImageRequests images = new ImageRequests(model, limits, replies);
    Embeddings embeddings = new Embeddings(model, limits, options.timeout());
    routes
        .add("POST", "/v1/chat/completions", Kind.COMPUTING, new ChatCompletions(model, limits, replies))
        .add("POST", "/v1/images/generations", Kind.COMPUTING, images::generate)
        .add("POST", "/v1/images/edits", Kind.COMPUTING, images::edit)
        .add("POST", "/v1/embeddings", Kind.COMPUTING, embeddings::embed)
        .add("POST", "/v1/gill/search", Kind.COMPUTING, embeddings::search)
        .add("GET", "/v1/models", Kind.KEY, call -> json(call, Json.write(Models.list(model.get(), limits))))
        .add("GET", "/v1/models/*", Kind.KEY, call -> {
          Models.require(model.get(), call.path().substring("/v1/models/".length()));
          json(call, Json.write(Models.one(model.get(), limits)));
        })
        .add("POST", "/api/chat", Kind.COMPUTING, new OllamaChat(model, limits, replies))
        .add("GET", "/api/tags", Kind.KEY, call -> json(call, Json.write(Models.tags(model.get()))))
        .add("GET", "/health", Kind.OPEN, call -> {
          ServedModel ready = loaded.get();
          call.setHeader(HttpHeader.CACHE_CONTROL, "no-store");
          call.send(ready == null ? 503 : 200, "application/json",
              Json.write(Json.object().put("status", ready == null ? "loading" : "ok")));
        })
        .add("GET", "/metrics", Kind.KEY, call -> call.send(200, Metrics.CONTENT_TYPE,
            metrics.text(this::active, loaded.get() != null).getBytes(StandardCharsets.UTF_8)));
    Page.addTo(routes);
  }

  private int active() {
    return limits.running() + limits.queued() - places.availablePermits();
  }

  private static void json(Call call, byte[] body) {
    call.send(200, "application/json", body);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    long start = System.nanoTime();
    Call call = new Call(request, response, callback, id(request.getHeaders().get(REQUEST_ID)), piece);
    call.setHeader(REQUEST_ID, call.id());
    MDC.put("request", call.id());
    String name = "other";
    int status = 500;
    try {
      access.checkOrigin(call);
      if (call.method().equals("OPTIONS") && call.header(HttpHeader.ACCESS_CONTROL_REQUEST_METHOD) != null) {
        access.preflight(call);
      } else {
        Route route = routes.find(call);
        name = route.name();
        serve(call, route);
      }
      status = response.getStatus();
    } catch (ApiException e) {
      status = e.status();
      refuse(call, e, name);
    } catch (OutOfMemoryError e) {
      logFailure(call, name, e);
      status = 503;
      refuse(call, ApiException.unavailable("too little memory: send smaller pictures, or try again later"), name);
    } catch (RuntimeException | Error e) {
      if (Throwables.getCausalChain(e).stream().anyMatch(IOException.class::isInstance)) {
        status = ApiException.CLIENT_GONE;
        metrics.disconnect();
        call.abort(e);
      } else {
        logFailure(call, name, e);
        refuse(call, ApiException.internal(), name);
      }
    } finally {
      double seconds = (System.nanoTime() - start) / 1e9;
      metrics.request(name, status, seconds);
      if (LOG.isInfoEnabled()) {
        LOG.info("{} {} {} {} {} ms", call.id(), method(call), name, status, Math.round(1000 * seconds));
      }
      MDC.remove("request");
      call.closeIfPipelined();
    }
    return true;
  }

  private static void logFailure(Call call, String name, Throwable e) {
    LOG.error("{} {} {} failed", call.id(), method(call), name, WithoutMessages.of(e));
    LOG.debug("{} failed", call.id(), e);
  }

  /** Returns the method for the log. HTTP allows any word. */
  private static String method(Call call) {
    return METHODS.contains(call.method()) ? call.method() : "other";
  }

  private void serve(Call call, Route route) {
    if (route.kind() != Kind.OPEN) {
      access.checkKey(call);
    }
    if (route.kind() != Kind.COMPUTING) {
      route.endpoint().serve(call);
      return;
    }
    if (!places.tryAcquire()) {
      throw ApiException.busy("the server's limit of " + limits.running() + " running and " + limits.queued()
          + " waiting requests is reached: try again later");
    }
    try {
      route.endpoint().serve(call);
    } finally {
      places.release();
    }
  }

  private void refuse(Call call, ApiException e, String name) {
    if (e.status() == ApiException.CLIENT_GONE) {
      metrics.disconnect();
      call.abort(e);
    } else if (call.isOpen()) {
      call.abort(e);
    } else {
      if (e.status() == 429) {
        long seconds = Math.max(1, Math.min(30, Math.round(metrics.meanSeconds(name))));
        call.setHeader(HttpHeader.RETRY_AFTER, Long.toString(seconds));
      }
      call.send(e.status(), "application/json",
          Json.write(call.path().startsWith("/api/") ? ErrorBody.ollama(e) : ErrorBody.openAi(e)));
    }
  }

  /** Returns the client's id of a request if it is harmless, or a new one. */
  private static String id(@Nullable String given) {
    return given != null && GOOD_ID.matcher(given).matches() ? given
        : BaseEncoding.base32Hex().lowerCase().omitPadding()
            .encode(ByteBuffer.allocate(Long.BYTES).putLong(ThreadLocalRandom.current().nextLong()).array());
  }
}
