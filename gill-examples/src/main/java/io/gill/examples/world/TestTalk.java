package io.gill.examples.world;

import io.gill.examples.world.WorldDialogue.Shown;
import io.gill.examples.world.WorldDialogue.UserPart;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A dialogue of the free-talk test set, which training never sees: what a user types and shows, and what each reply has
 * to bring. The wanted scenes follow from the user's words alone, whatever the model has answered.
 *
 * @param name a short title, or a number
 * @param turns the turns in order
 */
public record TestTalk(String name, List<Turn> turns) {
  /** Maximum number of turns. */
  public static final int MAX_TURNS = 20;

  /**
   * Copies the turns.
   *
   * @param name a short title, or a number
   * @param turns from 1 to {@value #MAX_TURNS} turns
   * @throws IllegalArgumentException if there are none or too many
   */
  public TestTalk {
    turns = List.copyOf(turns);
    if (turns.isEmpty() || turns.size() > MAX_TURNS) {
      throw new IllegalArgumentException("a talk has 1 to " + MAX_TURNS + " turns, not " + turns.size());
    }
  }

  /**
   * A message of the user.
   *
   * @param user words and pictures in the order of the message, at least one
   * @param wanted what the reply has to bring
   */
  public record Turn(List<UserPart> user, Wanted wanted) {
    /**
     * Copies the parts.
     *
     * @param user words and pictures, at least one
     * @param wanted what the reply has to bring
     */
    public Turn {
      user = List.copyOf(user);
    }

    /**
     * Whether the user shows a picture.
     *
     * @return true if at least one part is a picture
     */
    public boolean shows() {
      return user.stream().anyMatch(Shown.class::isInstance);
    }
  }

  /** What a reply has to bring, as a line of the test set. Only {@link Picture} allows pictures. */
  public sealed interface Wanted permits Picture, Stated, Description, SmallTalk, Refusal {}

  /**
   * A picture, or several in this order.
   *
   * @param scenes the scene that each shows, at least one
   */
  public record Picture(List<Scene> scenes) implements Wanted {
    /**
     * Copies the scenes.
     *
     * @param scenes at least one
     */
    public Picture {
      scenes = List.copyOf(scenes);
      if (scenes.isEmpty()) {
        throw new IllegalArgumentException("at least one picture must be wanted");
      }
    }

    /**
     * Creates the wish for one picture.
     *
     * @param scene the scene that it shows
     */
    public Picture(Scene scene) {
      this(List.of(scene));
    }

    /**
     * Returns the scene that the talk is about afterwards.
     *
     * @return the last one
     */
    public Scene scene() {
      return scenes.get(scenes.size() - 1);
    }

    @Override
    public String toString() {
      return "= " + scenes.stream().map(Grammar::caption).collect(Collectors.joining(TestTalkReader.AND));
    }
  }

  /**
   * A fact.
   *
   * @param fact the fact, which the reply's text states
   */
  public record Stated(Fact fact) implements Wanted {
    @Override
    public String toString() {
      return "? " + fact;
    }
  }

  /**
   * A description of the last picture.
   *
   * @param scene the scene of that picture
   */
  public record Description(Scene scene) implements Wanted {
    @Override
    public String toString() {
      return "description";
    }
  }

  /** Words about no picture: the answer to a greeting, to thanks or to a question about the model. */
  public record SmallTalk() implements Wanted {
    @Override
    public String toString() {
      return "small talk";
    }
  }

  /** What the model can do instead of the impossible. */
  public record Refusal() implements Wanted {
    @Override
    public String toString() {
      return "refusal";
    }
  }
}
