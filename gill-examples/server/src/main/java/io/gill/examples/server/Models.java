package io.gill.examples.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gill.Capabilities;
import io.gill.RespondOptions;
import java.util.Locale;

/** The model as the interfaces list it. */
final class Models {
  /** The last version of Ollama without tools and structured outputs, which this server lacks, too. */
  private static final String OLLAMA = "0.2.8";

  private Models() {}

  /** Rejects a request for another model. */
  static void require(ServedModel served, Fields request) {
    require(served, request.requiredText("model"));
  }

  static void require(ServedModel served, String asked) {
    if (!asked.equals(served.id()) && !asked.equals(served.id() + ":latest")) { // Ollama's clients add the tag
      throw new ApiException(404, "invalid_request_error", "model", "model_not_found",
          "there is no such model: this server has " + served.id());
    }
  }

  /** OpenAI's list. */
  static ObjectNode list(ServedModel served, Limits limits) {
    ObjectNode list = Json.object().put("object", "list");
    list.putArray("data").add(one(served, limits));
    return list;
  }

  /** OpenAI's description of the model, with its capabilities, defaults and limits. */
  static ObjectNode one(ServedModel served, Limits limits) {
    Capabilities can = served.model().capabilities();
    RespondOptions defaults = served.defaults();
    ObjectNode model = Json.object().put("id", served.id()).put("object", "model")
        .put("created", served.created().getEpochSecond()).put("owned_by", "gill");
    ObjectNode gill = model.putObject("gill");
    ArrayNode notes = gill.putObject("capabilities")
        .put("reads", can.reads()).put("retrieves", can.retrieves())
        .put("generates", can.generates()).put("decides", can.decides()).putArray("notes");
    can.notes().forEach(notes::add);
    gill.putObject("defaults")
        .put("max_tokens", defaults.maxTokens())
        .put("max_images", defaults.maxImages())
        .put("policy", defaults.imagePolicy().name().toLowerCase(Locale.ROOT))
        .put("steps", defaults.diffusion().steps())
        .put("guidance", defaults.diffusion().guidanceScale())
        .put("pictures", defaults.generatedImages());
    gill.putObject("limits")
        .put("body_bytes", limits.bodyBytes()).put("pixels", limits.pixels()).put("messages", limits.messages())
        .put("max_tokens", limits.tokens()).put("steps", limits.steps()).put("pictures", limits.pictures());
    return model;
  }

  /** Ollama's version, for clients that choose by it what to ask for. */
  static ObjectNode version() {
    return Json.object().put("version", OLLAMA);
  }

  /** Ollama's list. */
  static ObjectNode tags(ServedModel served) {
    ObjectNode list = Json.object();
    ObjectNode model = list.putArray("models").addObject()
        .put("name", served.id()).put("model", served.id())
        .put("modified_at", served.created().toString()).put("size", 0).put("digest", "");
    model.putObject("details").put("format", "safetensors").put("family", "gill").putArray("families").add("gill");
    return list;
  }
}
