package io.gill.examples.claim;

import io.gill.Conversation.Content;
import io.gill.Conversation.Image;
import io.gill.Conversation.Text;
import io.gill.examples.world.Grammar;
import io.gill.examples.world.SceneRenderer;
import io.gill.examples.world.WorldDialogue.Shown;
import io.gill.examples.world.WorldDialogue.Turn;
import io.gill.examples.world.WorldDialogue.UserPart;
import io.gill.examples.world.WorldDialogue.Words;
import java.util.List;
import java.util.stream.Collectors;

/** Converts the user's side of a dialogue to the library's types. */
final class Asking {
  private Asking() {}

  /** Returns the contents of a turn; a shown picture is painted a little differently for every seed. */
  static List<Content> contents(Turn turn, long seed) {
    return contents(turn.user(), seed);
  }

  static List<Content> contents(List<UserPart> user, long seed) {
    return user.stream().map(part -> content(part, seed)).toList();
  }

  private static Content content(UserPart part, long seed) {
    return part instanceof Shown shown
        ? new Image(SceneRenderer.render(shown.scene(), seed))
        : new Text(((Words) part).text());
  }

  static String words(Turn turn) {
    return words(turn.user());
  }

  static String words(List<UserPart> user) {
    return user.stream()
        .filter(Words.class::isInstance)
        .map(part -> ((Words) part).text())
        .collect(Collectors.joining(" "));
  }

  /** Returns a message as it is written in the test set. */
  static String written(List<UserPart> user) {
    return user.stream()
        .map(part -> part instanceof Shown shown
            ? "[picture: " + Grammar.caption(shown.scene()) + "]"
            : ((Words) part).text())
        .collect(Collectors.joining(" "));
  }
}
