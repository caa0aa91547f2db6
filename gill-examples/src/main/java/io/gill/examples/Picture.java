package io.gill.examples;

import io.gill.Reply.Action;
import io.gill.Reply.GeneratedImage;
import io.gill.Reply.ImagePart;
import io.gill.Reply.RetrievedImage;
import io.gill.RespondOptions;
import io.gill.image.Images;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * An image of a reply.
 *
 * @param image the image
 * @param action whether it was retrieved or generated
 * @param shown whether it is the chosen one; the others are the remaining candidates
 * @param facts its provenance as text
 */
record Picture(BufferedImage image, Action action, boolean shown, Map<String, String> facts) {
  /** Returns all images at one place of a reply, the chosen one first. */
  static List<Picture> of(ImagePart part, RespondOptions options) {
    BufferedImage shown = part.image().orElse(null);
    List<Picture> pictures = new ArrayList<>();
    for (RetrievedImage found : part.retrieved()) {
      Map<String, String> facts = facts(part, "retrieved", found.score());
      facts.put("source", found.uri());
      pictures.add(new Picture(found.image(), Action.RETRIEVE, found.image() == shown, facts));
    }
    for (GeneratedImage made : part.generated()) {
      Map<String, String> facts = facts(part, "generated", made.score());
      facts.put("seed", Long.toString(options.seed()));
      facts.putAll(ReplySettings.describe(options.diffusion()));
      facts.put("size", made.image().getWidth() + "x" + made.image().getHeight());
      pictures.add(new Picture(made.image(), Action.GENERATE, made.image() == shown, facts));
    }
    pictures.sort((a, b) -> Boolean.compare(b.shown, a.shown));
    return pictures;
  }

  private static Map<String, String> facts(ImagePart part, String origin, double score) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("origin", origin);
    facts.put("decision", part.decision().probabilities()
        .map(p -> String.format(
            Locale.ROOT, "generate %.1f %%, retrieve %.1f %%", 100 * p.generate(), 100 * p.retrieve()))
        .orElse("no choice"));
    facts.put("score", String.format(Locale.ROOT, "%.4f", score));
    return facts;
  }

  /** Returns "retrieved" or "generated". */
  String origin() {
    return action == Action.RETRIEVE ? "retrieved" : "generated";
  }

  /** Encodes a PNG file whose text chunks hold the provenance. */
  byte[] toPng() {
    Map<String, String> text = new LinkedHashMap<>();
    text.put("Software", "gill");
    facts.forEach((name, value) -> text.put(name, value.replace('\0', ' ')));
    return Images.toPng(image, text);
  }
}
