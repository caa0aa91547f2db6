package io.gill.examples.evaluate;

import io.gill.Conversation;
import io.gill.GillModel;
import io.gill.RespondOptions;
import io.gill.Sampler;
import java.awt.image.BufferedImage;
import java.util.Locale;

/** Decides what a picture shows: few-shot pictures are graded so. */
@FunctionalInterface
interface Judge {
  /** The published length of a reply. */
  int MAX_TOKENS = 5;

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
    RespondOptions options =
        model.defaults().toBuilder().maxImages(0).maxTokens(MAX_TOKENS).sampler(Sampler.greedy()).build();
    return (picture, what) -> verdict(
        model.respond(Conversation.builder().image(picture).text(question(what)).build(), options).text());
  }

  /** Returns the published question. */
  static String question(String what) {
    return "Decide whether the image contains " + what + ". Answer with 'yes' or 'no'.\n";
  }

  /** Reads a reply. It means yes if it contains these letters, as in the official script. */
  static boolean verdict(String reply) {
    return reply.toLowerCase(Locale.ROOT).contains("yes");
  }
}
