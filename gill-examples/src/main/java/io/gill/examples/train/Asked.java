package io.gill.examples.train;

import com.google.common.primitives.Ints;
import io.gill.examples.world.Dialogues.Window;
import io.gill.examples.world.Scene;
import io.gill.examples.world.WorldDialogue;
import io.gill.examples.world.WorldDialogue.Pictured;
import io.gill.examples.world.WorldDialogue.Piece;
import io.gill.examples.world.WorldDialogue.Said;
import io.gill.examples.world.WorldDialogue.Seen;
import io.gill.stage.Tokenizer;
import io.gill.training.TrainingExample;
import io.gill.training.TrainingExample.Use;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A turn about a picture.
 *
 * @param context the text before the answer, without the picture
 * @param answer the answer to learn
 * @param picture the scene of the user's or the model's picture
 * @param use captioning for a picture of the user, which precedes the context
 */
record Asked(String context, String answer, Scene picture, Use use) {
  /** The text of an earlier picture of the model in a dialogue: its tokens, which are trained here. */
  private static final String IMAGE = IntStream.range(0, WorldModel.IMAGE_TOKENS).mapToObj(i -> "[IMG" + i + "]")
      .collect(Collectors.joining());

  /**
   * Returns the turn; empty if it has no answer or no picture, or if the user shows one in the middle or of
   * something else.
   */
  static Optional<Asked> of(Window window, int turn) {
    if (!window.answerable().get(turn)) {
      return Optional.empty();
    }
    List<Piece> pieces = window.dialogue().pieces();
    int answer = answer(pieces, turn);
    int first = pieces.get(0) instanceof Seen ? 1 : 0;
    List<Piece> before = pieces.subList(first, answer);
    if (before.stream().anyMatch(Piece::isShown)) {
      return Optional.empty();
    }
    StringBuilder context = new StringBuilder();
    before.forEach(piece -> context.append(piece instanceof Pictured ? IMAGE : WorldDialogue.text(piece)));
    String said = WorldDialogue.text(pieces.get(answer));
    if (pieces.get(0) instanceof Seen seen) {
      return Optional.of(new Asked(context.toString(), said, seen.scene(), Use.CAPTION));
    }
    return pieces.get(answer + 1) instanceof Pictured pictured
        ? Optional.of(new Asked(context.toString(), said, pictured.scene(), Use.PICTURE))
        : Optional.empty();
  }

  /** Returns the tokens up to and including the picture's [IMG] tokens. */
  int[] tokens(Tokenizer tokenizer) {
    return Ints.concat(tokenizer.encodeWithMarkers(context + answer, true), tokenizer.imageTokenIds());
  }

  private static int answer(List<Piece> pieces, int turn) {
    int left = turn;
    for (int i = 0; i < pieces.size(); i++) {
      if (pieces.get(i) instanceof Said said && said.answer() && !said.text().isBlank() && left-- == 0) {
        return i;
      }
    }
    throw new IllegalArgumentException("the dialogue has no turn " + turn);
  }

  TrainingExample example(Path image) {
    return new TrainingExample(context, answer, image, image, use, image.getFileName().toString());
  }
}
