package io.gill.examples.server;

import com.google.common.hash.Hashing;
import com.google.common.io.Resources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;

/** The page's files, served from the jar. It may load and contact nothing but this server. */
final class Page {
  private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; "
      + "img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  /** Content types by the paths of the files. */
  private static final Map<String, String> FILES = Map.of(
      "index.html", "text/html; charset=utf-8",
      "style.css", "text/css; charset=utf-8",
      "app.js", "text/javascript; charset=utf-8",
      "api.js", "text/javascript; charset=utf-8",
      "conversation.js", "text/javascript; charset=utf-8",
      "pictures.js", "text/javascript; charset=utf-8",
      "view.js", "text/javascript; charset=utf-8",
      "transcript.js", "text/javascript; charset=utf-8");

  private Page() {}

  static void addTo(Routes routes) {
    FILES.forEach((name, type) -> {
      Endpoint endpoint = endpoint(name, type);
      routes.add("GET", "/" + name, Routes.Kind.OPEN, endpoint);
      if (name.equals("index.html")) {
        routes.add("GET", "/", Routes.Kind.OPEN, endpoint);
      }
    });
  }

  private static Endpoint endpoint(String name, String type) {
    byte[] content;
    try {
      content = Resources.toByteArray(Resources.getResource(Page.class, "page/" + name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String tag = '"' + Hashing.sha256().hashBytes(content).toString().substring(0, 32) + '"';
    return call -> {
      call.setHeader("Content-Security-Policy", POLICY);
      call.setHeader("X-Content-Type-Options", "nosniff");
      call.setHeader("Referrer-Policy", "no-referrer");
      call.setHeader(HttpHeader.CACHE_CONTROL, "no-cache");
      call.setHeader(HttpHeader.ETAG, tag);
      if (tag.equals(call.header(HttpHeader.IF_NONE_MATCH))) {
        call.send(304);
      } else {
        call.send(200, type, content);
      }
    };
  }
}
