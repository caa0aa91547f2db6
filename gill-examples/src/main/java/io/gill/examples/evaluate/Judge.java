package io.gill.examples.evaluate;

import io.gill.Conversation;
import io.gill.GillModel;
import io.gill.RespondOptions;
import java.awt.image.BufferedImage;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Decides what a picture shows: few-shot pictures are graded so. */
@FunctionalInterface
interface Judge {
  /** The first word that decides. */
  Pattern VERDICT = Pattern.compile("\\b(?:yes|no)\\b");

  /**
   * Decides.
   *
   * @param picture the picture
   * @param what a name
   * @return whether the picture contains what the name says
   */
  boolean contains(BufferedImage picture, String what);

  /** Returns a judge that is a model. */
  static Judge of(GillModel model) {
    RespondOptions options = model.defaults().toBuilder().maxImages(0).build();
    return (picture, what) -> verdict(
        model.respond(Conversation.builder().image(picture).text(question(what)).build(), options).text());
  }

  /** Returns the published question. */
  static String question(String what) {
    return "Decide whether the image contains " + what + ". Answer with 'yes' or 'no'.";
  }

  /** Reads a reply. One that says neither yes nor no counts as no, as in the official script. */
  static boolean verdict(String reply) {
    Matcher matcher = VERDICT.matcher(reply.toLowerCase(Locale.ROOT));
    return matcher.find() && matcher.group().equals("yes");
  }
}
