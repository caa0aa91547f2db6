package io.gill.examples.world;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Talk about scenes, of 1 to {@value Dialogues#MAX_TURNS} turns.
 *
 * @param turns in the order in which they are spoken
 */
public record WorldDialogue(List<Turn> turns) {
  /** How many marks a picture of the model's has in {@link #text}: as many as a trained model has [IMG] tokens. */
  public static final int MARKS = 8;

  /** A mark. */
  public static final String MARK = " *";

  /**
   * Copies the turns.
   *
   * @param turns at least one
   */
  public WorldDialogue {
    turns = List.copyOf(turns);
    if (turns.isEmpty()) {
      throw new IllegalArgumentException("a dialogue has at least one turn");
    }
  }

  /** What a user wants in a turn. */
  public enum Kind {
    /** A picture of a scene that the user describes; it is made. */
    DRAW,
    /** A change of the last picture; a picture is made. */
    EDIT,
    /** To know something about the last picture; answered in a few words. */
    QUESTION,
    /** The last picture in words. */
    DESCRIBE,
    /** A picture of a scene that the user describes; it is looked for. */
    FIND
  }

  /** What a user says or shows. */
  public sealed interface UserPart {}

  /**
   * Something said.
   *
   * @param text one line
   */
  public record Words(String text) implements UserPart {}

  /**
   * A picture shown.
   *
   * @param scene what it shows
   */
  public record Shown(Scene scene) implements UserPart {}

  /**
   * One thing of a scene that a user speaks of.
   *
   * @param scene the scene before the turn
   * @param thing one of its things; empty if the user asks for one that is not there
   */
  public record Meant(Scene scene, Optional<Thing> thing) {}

  /**
   * A user's turn and its answer.
   *
   * @param kind what is wanted
   * @param user what the user says and shows: words, perhaps with one picture before or after them
   * @param meant the thing that is asked about or changed, if there is one
   * @param answer what is answered, one line
   * @param picture what the picture at the end of the answer shows
   * @param scene the scene that is talked about after this turn; the same as {@code picture} where there is one
   */
  public record Turn(
      Kind kind, List<UserPart> user, Optional<Meant> meant, String answer, Optional<Scene> picture, Scene scene) {
    /**
     * Copies the parts.
     *
     * @param kind as above
     * @param user as above
     * @param meant as above
     * @param answer as above
     * @param picture as above
     * @param scene as above
     */
    public Turn {
      user = List.copyOf(user);
    }
  }

  /** A piece of the prompt that {@link io.gill.PromptFormat#questionAnswer} writes; each is tokenized on its own. */
  public sealed interface Piece {}

  /**
   * Text.
   *
   * @param text as it stands in the prompt
   * @param answer whether the model says it, its line break included; the rest is said to the model
   */
  public record Said(String text, boolean answer) implements Piece {}

  /**
   * The user's picture.
   *
   * @param scene what it shows
   */
  public record Seen(Scene scene) implements Piece {}

  /**
   * The model's picture: [IMG0], [IMG1], ….
   *
   * @param scene what it is to show
   * @param found whether it is to be found rather than made
   */
  public record Pictured(Scene scene, boolean found) implements Piece {}

  /**
   * The dialogue as the model reads and says it.
   *
   * @return the pieces in order
   */
  public List<Piece> pieces() {
    List<Piece> pieces = new ArrayList<>();
    for (Turn turn : turns) {
      question(turn.user(), pieces);
      pieces.add(new Said(" " + turn.answer(), true));
      turn.picture().ifPresent(scene -> pieces.add(new Pictured(scene, turn.kind() == Kind.FIND)));
      pieces.add(new Said("\n", true));
    }
    return pieces;
  }

  private static void question(List<UserPart> user, List<Piece> pieces) {
    String open = "Q: ";
    for (int i = 0; i < user.size(); i++) {
      boolean last = i == user.size() - 1;
      if (user.get(i) instanceof Words words) {
        pieces.add(new Said(open + words.text() + (last ? "\nA:" : ""), false));
        open = "";
      } else if (user.get(i) instanceof Shown shown) {
        pieces.add(new Seen(shown.scene()));
        if (last) {
          pieces.add(new Said("\nA:", false));
        }
      }
    }
  }

  /**
   * The dialogue without pictures, to teach a language model: where the user shows one its {@link Grammar#tags tags}
   * stand, and {@link #MARKS} marks where the model does. Joined, the pieces have the same tokens as one by one.
   *
   * @return lines
   */
  public String text() {
    return pieces().stream().map(WorldDialogue::text).collect(Collectors.joining());
  }

  /**
   * What stands for a piece in a dialogue without pictures.
   *
   * @param piece any
   * @return text
   */
  public static String text(Piece piece) {
    if (piece instanceof Said said) {
      return said.text();
    }
    return piece instanceof Seen seen ? " " + Grammar.tags(seen.scene()) + "." : MARK.repeat(MARKS);
  }

  /**
   * The last turn.
   *
   * @return what an evaluation asks for
   */
  public Turn last() {
    return turns.get(turns.size() - 1);
  }
}
