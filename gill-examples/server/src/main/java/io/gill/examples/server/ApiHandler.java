package io.gill.examples.server;

import com.google.common.io.BaseEncoding;
import io.gill.examples.server.Routes.Kind;
import io.gill.examples.server.Routes.Route;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
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
  private final Duration transfer;
  private final HeaderTimes headers;
  private final Uploads uploads;

  /** Places of the requests that wait or run. */
  private final Semaphore places;

  /**
   * @param transfer time that a client may take to send its body, or to receive a piece of a response
   * @param headers is told when the header of a request is complete
   * @param model returns the model, or throws {@link ApiException} while it is loaded
   * @param loaded returns the model, or null
   */
  ApiHandler(ServerOptions options, Duration transfer, HeaderTimes headers, Supplier<ServedModel> model,
      Supplier<@Nullable ServedModel> loaded) {
    limits = options.limits();
    this.transfer = transfer;
    this.headers = headers;
    access = new Access(options);
    places = new Semaphore(limits.running() + limits.queued());
    uploads = new Uploads((long) (limits.running() + limits.queued()) * limits.bodyBytes());
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
        .add("GET", "/api/version", Kind.KEY, call -> json(call, Json.write(Models.version())))
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
    headers.begin(request);
    Call call = new Call(request, response, callback, id(request.getHeaders().get(REQUEST_ID)), transfer);
    call.setHeader(REQUEST_ID, call.id());
    attempt(call, () -> answer(call));
    return true;
  }

  /** Runs a step of a request and turns its failure into a response. The step returns whether it was the last one. */
  private void attempt(Call call, BooleanSupplier step) {
    MDC.put("request", call.id());
    boolean last = true;
    int status = 500;
    try {
      last = step.getAsBoolean();
      if (last) {
        status = call.status();
      }
    } catch (ApiException e) {
      status = e.status();
      refuse(call, e);
    } catch (OutOfMemoryError e) {
      logFailure(call, e);
      status = 503;
      refuse(call, ApiException.unavailable("too little memory: send smaller pictures, or try again later"));
    } catch (RuntimeException | Error e) {
      logFailure(call, e);
      refuse(call, ApiException.internal());
    } finally {
      if (last) {
        end(call, status);
      }
      MDC.remove("request");
    }
  }

  private void end(Call call, int status) {
    double seconds = call.seconds();
    metrics.request(call.route(), status, seconds);
    if (LOG.isInfoEnabled()) {
      LOG.info("{} {} {} {} {} ms", call.id(), method(call), call.route(), status, Math.round(1000 * seconds));
    }
  }

  private static void logFailure(Call call, Throwable e) {
    LOG.error("{} {} {} failed", call.id(), method(call), call.route(), WithoutMessages.of(e));
    LOG.debug("{} failed", call.id(), e);
  }

  /** Returns the method for the log. HTTP allows any word. */
  private static String method(Call call) {
    return METHODS.contains(call.method()) ? call.method() : "other";
  }

  /**
   * Answers what the model does not compute. Otherwise receives the body first, since a slow client must hold neither a
   * thread nor a place.
   *
   * @return false if the request is answered later
   */
  private boolean answer(Call call) {
    access.checkOrigin(call);
    if (call.method().equals("OPTIONS") && call.header(HttpHeader.ACCESS_CONTROL_REQUEST_METHOD) != null) {
      access.preflight(call);
      return true;
    }
    Route route = routes.find(call);
    call.setRoute(route.name());
    if (route.kind() != Kind.OPEN) {
      access.checkKey(call);
    }
    if (route.kind() == Kind.COMPUTING) {
      call.receive(limits.bodyBytes(), uploads, () -> attempt(call, () -> compute(call, route)));
      return false;
    }
    route.endpoint().serve(call);
    return true;
  }

  private boolean compute(Call call, Route route) {
    call.requireBody();
    if (!places.tryAcquire()) {
      throw ApiException.busy("the server's limit of " + limits.running() + " running and " + limits.queued()
          + " waiting requests is reached: try again later");
    }
    try {
      route.endpoint().serve(call);
    } finally {
      places.release();
    }
    return true;
  }

  private void refuse(Call call, ApiException e) {
    if (e.status() == ApiException.CLIENT_GONE) {
      metrics.disconnect();
      call.abort(e);
    } else if (call.isOpen()) {
      call.abort(e);
    } else {
      if (e.status() == 429) {
        long seconds = Math.max(1, Math.min(30, Math.round(metrics.meanSeconds(call.route()))));
        call.setHeader(HttpHeader.RETRY_AFTER, Long.toString(seconds));
      }
      call.send(e.status(), "application/json", Json.write(ErrorBody.of(call.path(), e)));
    }
  }

  /** Returns the client's id of a request if it is harmless, or a new one. */
  private static String id(@Nullable String given) {
    return given != null && GOOD_ID.matcher(given).matches() ? given
        : BaseEncoding.base32Hex().lowerCase().omitPadding()
            .encode(ByteBuffer.allocate(Long.BYTES).putLong(ThreadLocalRandom.current().nextLong()).array());
  }
}
