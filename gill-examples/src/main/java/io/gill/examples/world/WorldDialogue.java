package io.gill.examples.world;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A dialogue about scenes.
 *
 * @param turns the turns in order
 */
public record WorldDialogue(List<Turn> turns) {
  /** Number of marks for a picture of the model in {@link #text}: as many as a trained model has [IMG] tokens. */
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
    /** A picture of a described scene; it is generated. */
    DRAW,
    /** A change to the last picture, or a return to an earlier one; the new picture is generated. */
    EDIT,
    /** A fact about the last picture: an attribute, a number, a comparison, yes or no; the answer is a few words. */
    QUESTION,
    /** A description of the last picture. */
    DESCRIBE,
    /** A picture of a described scene; it is retrieved. */
    FIND,
    /** Nothing of a picture: a greeting, thanks, a question about the model; {@link Answers.SmallTalk} answers. */
    GREETING,
    /** Something impossible; {@link Answers.Refusal} answers. The scene stays. */
    REFUSAL
  }

  /** A part of a user's turn. */
  public sealed interface UserPart {}

  /**
   * Words of the user.
   *
   * @param text one line
   */
  public record Words(String text) implements UserPart {}

  /**
   * A picture that the user shows.
   *
   * @param scene the scene of the picture
   */
  public record Shown(Scene scene) implements UserPart {}

  /** A picture of the user that shows something else, such as a photograph. */
  public record OtherPicture() implements UserPart, Piece {}

  /**
   * The thing of a scene that a user refers to.
   *
   * @param scene the scene before the turn
   * @param thing one of its things; empty if the user asks for a missing one
   */
  public record Meant(Scene scene, Optional<Thing> thing) {}

  /**
   * A user's turn and its answer.
   *
   * @param kind what the user wants
   * @param user the user's parts: words, one picture, or one picture before, between or after words; empty where the
   *     answer of the turn before goes on with another picture
   * @param meant the thing in question or the changed thing, if there is one
   * @param answer the answer, one line
   * @param picture the scene of the picture at the end of the answer
   * @param current the current scene after this turn; equal to {@code picture} if there is one, and empty before the
   *     first picture
   */
  public record Turn(
      Kind kind, List<UserPart> user, Optional<Meant> meant, String answer, Optional<Scene> picture,
      Optional<Scene> current) {
    /**
     * Copies the parts.
     *
     * @param kind what the user wants
     * @param user the user's parts
     * @param meant the thing in question or the changed thing
     * @param answer the answer
     * @param picture the scene of the answer's picture
     * @param current the current scene after this turn
     */
    public Turn {
      user = List.copyOf(user);
    }

    /**
     * Whether this is another picture of the reply before.
     *
     * @return whether the user said nothing
     */
    public boolean goesOn() {
      return user.isEmpty();
    }

    /**
     * Returns the current scene after this turn.
     *
     * @return the scene
     * @throws java.util.NoSuchElementException if there has been no picture yet
     */
    public Scene scene() {
      return current.orElseThrow();
    }
  }

  /** A piece of a prompt in the format {@link io.gill.PromptFormat#questionAnswer}, tokenized on its own. */
  public sealed interface Piece {
    /**
     * Whether this is a picture of the user.
     *
     * @return true for a scene and for something else
     */
    default boolean isShown() {
      return this instanceof Seen || this instanceof OtherPicture;
    }
  }

  /**
   * Text.
   *
   * @param text the text in the prompt
   * @param answer whether the text, including its line break, comes from the model; otherwise it is input
   */
  public record Said(String text, boolean answer) implements Piece {}

  /**
   * A picture of the user.
   *
   * @param scene the scene of the picture
   */
  public record Seen(Scene scene) implements Piece {}

  /**
   * A picture of the model: [IMG0], [IMG1], ….
   *
   * @param scene the wanted scene
   * @param found whether it is retrieved rather than generated
   */
  public record Pictured(Scene scene, boolean found) implements Piece {}

  /**
   * Returns the dialogue as the model reads and writes it.
   *
   * @return the pieces in order
   */
  public List<Piece> pieces() {
    List<Piece> pieces = new ArrayList<>();
    for (int i = 0; i < turns.size(); i++) {
      Turn turn = turns.get(i);
      if (!turn.goesOn()) {
        question(turn.user(), pieces);
      }
      pieces.add(new Said(" " + turn.answer(), true));
      turn.picture().ifPresent(scene -> pieces.add(new Pictured(scene, turn.kind() == Kind.FIND)));
      if (i == turns.size() - 1 || !turns.get(i + 1).goesOn()) {
        pieces.add(new Said("\n", true));
      }
    }
    return pieces;
  }

  private static void question(List<UserPart> user, List<Piece> pieces) {
    if (!(user.get(0) instanceof Words) && user.size() == 1) {
      pieces.add(picture(user.get(0)));
      pieces.add(new Said("Q:\nA:", false));
      return;
    }
    String open = "Q: ";
    for (int i = 0; i < user.size(); i++) {
      boolean last = i == user.size() - 1;
      if (user.get(i) instanceof Words words) {
        pieces.add(new Said(open + words.text() + (last ? "\nA:" : ""), false));
        open = "";
      } else {
        pieces.add(picture(user.get(i)));
        if (last) {
          pieces.add(new Said("\nA:", false));
        }
      }
    }
  }

  private static Piece picture(UserPart part) {
    return part instanceof Shown shown ? new Seen(shown.scene()) : new OtherPicture();
  }

  /**
   * Returns the dialogue without pictures, to train a language model. {@link Grammar#tags Tags} replace a picture of
   * the user, {@link #MARKS} marks a picture of the model. The joined text has the same tokens as its pieces.
   *
   * @return lines
   */
  public String text() {
    return pieces().stream().map(WorldDialogue::text).collect(Collectors.joining());
  }

  /**
   * Returns the text of a piece in a dialogue without pictures.
   *
   * @param piece any piece
   * @return its text
   */
  public static String text(Piece piece) {
    if (piece instanceof Said said) {
      return said.text();
    }
    return piece instanceof Pictured ? MARK.repeat(MARKS)
        : " " + (piece instanceof Seen seen ? Grammar.tags(seen.scene()) : Grammar.NO_TAGS) + ".";
  }

  /**
   * Returns the last turn.
   *
   * @return the turn that an evaluation scores
   */
  public Turn last() {
    return turns.get(turns.size() - 1);
  }
}
