package io.gill.examples.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gill.Reply.Action;
import io.gill.Reply.Decision;
import io.gill.Reply.GeneratedImage;
import io.gill.Reply.ImagePart;
import io.gill.Reply.RetrievedImage;
import io.gill.image.Images;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A picture of a reply.
 *
 * @param image the picture
 * @param action whether it was retrieved or generated
 * @param score its score
 * @param source where a retrieved picture is stored
 * @param chosen whether it is the one to show
 */
record ReplyPicture(BufferedImage image, Action action, double score, Optional<String> source, boolean chosen) {
  /** Maximum side of a retrieved picture in a response, in pixels. Collections may hold photographs. */
  private static final int RETRIEVED_SIDE = 1024;

  /** Returns the picture to show and, if wanted, the other candidates after it. */
  static List<ReplyPicture> of(ImagePart part, boolean candidates) {
    BufferedImage shown = part.image().orElse(null);
    List<ReplyPicture> pictures = new ArrayList<>();
    for (RetrievedImage found : part.retrieved()) {
      pictures.add(new ReplyPicture(
          found.image(), Action.RETRIEVE, found.score(), Optional.of(name(found.uri())), found.image() == shown));
    }
    for (GeneratedImage made : part.generated()) {
      pictures.add(new ReplyPicture(
          made.image(), Action.GENERATE, made.score(), Optional.empty(), made.image() == shown));
    }
    pictures.removeIf(picture -> !candidates && !picture.chosen);
    pictures.sort((a, b) -> Boolean.compare(b.chosen, a.chosen));
    return pictures;
  }

  /** Leaves out the folders of an absolute path, which are nobody else's business. */
  static String name(String uri) {
    return uri.startsWith("/") || uri.matches("(?i)file:.*|[a-z]:[\\\\/].*")
        ? uri.substring(Math.max(uri.lastIndexOf('/'), uri.lastIndexOf('\\')) + 1) : uri;
  }

  /** Returns the form that OpenRouter and Open WebUI share, with GILL's facts beside the URL. */
  ObjectNode toJson(Decision decision) {
    ObjectNode json = Json.object().put("type", "image_url");
    json.putObject("image_url").put("url", dataUrl(shown()));
    ObjectNode gill = json.putObject("gill")
        .put("origin", action == Action.RETRIEVE ? "retrieved" : "generated")
        .put("chosen", chosen)
        .put("score", score);
    source.ifPresent(name -> gill.put("source", name));
    gill.set("decision", toJson(decision, Json.object()));
    return json;
  }

  static ObjectNode toJson(Decision decision, ObjectNode json) {
    json.put("action", decision.action() == Action.RETRIEVE ? "retrieve" : "generate");
    decision.probabilities().ifPresent(p -> json.put("generate", p.generate()).put("retrieve", p.retrieve()));
    return json;
  }

  /** Returns the picture as clients get it. Generated pictures have the size that was asked for. */
  BufferedImage shown() {
    return action == Action.RETRIEVE ? Images.reduced(image, RETRIEVED_SIDE) : image;
  }

  static String dataUrl(BufferedImage image) {
    return "data:image/png;base64," + base64(image);
  }

  static String base64(BufferedImage image) {
    return Base64.getEncoder().encodeToString(Images.toPng(image, Map.of("Software", "gill")));
  }
}
