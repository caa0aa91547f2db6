package io.gill.examples.server;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;

/** The endpoints by path and method. */
final class Routes {
  /** Who may call an endpoint, and whether it holds a place among the requests that are computed. */
  enum Kind {
    /** Everybody: the page and the state of the server. */
    OPEN,
    /** Holders of the key. */
    KEY,
    /** Holders of the key; the model computes. */
    COMPUTING
  }

  /**
   * An endpoint.
   *
   * @param name its path, with {@code *} for a variable last part
   * @param kind who may call it
   * @param endpoint answers
   */
  record Route(String name, Kind kind, Endpoint endpoint) {}

  private final Map<String, Map<String, Route>> paths = new HashMap<>();

  Routes add(String method, String path, Kind kind, Endpoint endpoint) {
    paths.computeIfAbsent(path, key -> new HashMap<>()).put(method, new Route(path, kind, endpoint));
    return this;
  }

  /** Returns whether a path exists. A last part may be variable: {@code /v1/models/*}. */
  private @Nullable Map<String, Route> methods(String path) {
    Map<String, Route> exact = paths.get(path);
    int slash = path.lastIndexOf('/');
    return exact != null || slash < 0 ? exact : paths.get(path.substring(0, slash + 1) + "*");
  }

  /** Returns the endpoint of a request; HEAD is answered as GET, without the body. */
  Route find(Call call) {
    Map<String, Route> methods = methods(call.path());
    if (methods == null) {
      throw new ApiException(404, "invalid_request_error", null, "unknown_url",
          "there is no such path: this server has " + String.join(", ", new TreeSet<>(paths.keySet())));
    }
    Route route = methods.get(call.method().equals("HEAD") ? "GET" : call.method());
    if (route == null) {
      String allowed = String.join(", ", new TreeSet<>(methods.keySet()));
      call.setHeader(HttpHeader.ALLOW, allowed);
      throw new ApiException(405, "invalid_request_error", null, "method_not_allowed",
          "this path answers " + allowed + " only");
    }
    return route;
  }
}
