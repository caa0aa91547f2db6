package io.gill.examples.server;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** The bodies of errors. */
final class ErrorBody {
  private ErrorBody() {}

  /** The form of the interface that a path belongs to. */
  static ObjectNode of(String path, ApiException e) {
    return path.startsWith("/api/") ? ollama(e) : openAi(e);
  }

  /** OpenAI's: all four keys are present. */
  static ObjectNode openAi(ApiException e) {
    ObjectNode body = Json.object();
    body.putObject("error")
        .put("message", e.text())
        .put("type", e.type())
        .put("param", e.param())
        .put("code", e.code());
    return body;
  }

  /** Ollama's. */
  static ObjectNode ollama(ApiException e) {
    return Json.object().put("error", e.text());
  }
}
