package io.gill.examples.evaluate;

import io.gill.Conversation;
import io.gill.GillException;
import io.gill.GillModel;
import io.gill.RespondOptions;
import io.gill.Sampler;
import java.awt.image.BufferedImage;
import java.util.Locale;

/** Decides what a picture shows: few-shot pictures are graded so. */
interface Judge {
  /** The published length of a reply. */
  int MAX_TOKENS = 5;

  /**
   * Decides.
   *
   * @param picture the picture
   * @param what a name
   * @return whether the picture contains what the name says
   * @throws GillException if it cannot judge this picture
   * @throws IllegalStateException if it cannot judge any picture at present
   */
  boolean contains(BufferedImage picture, String what);

  /** Returns what identifies this judge. */
  String name();

  /**
   * Returns a judge that is a model.
   *
   * @param model the model
   * @param name identifies it
   */
  static Judge of(GillModel model, String name) {
    RespondOptions options =
        model.defaults().toBuilder().maxImages(0).maxTokens(MAX_TOKENS).sampler(Sampler.greedy()).build();
    return new Judge() {
      @Override
      public boolean contains(BufferedImage picture, String what) {
        return verdict(
            model.respond(Conversation.builder().image(picture).text(question(what)).build(), options).text());
      }

      @Override
      public String name() {
        return name;
      }
    };
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
