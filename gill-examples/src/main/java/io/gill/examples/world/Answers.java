package io.gill.examples.world;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * The model's answers: one wording for everything it says. Each is one line with at most one full stop, at its end,
 * since the library cuts a text after the first.
 */
public final class Answers {
  /** The answer to a question whose answer is yes. */
  public static final String YES = "Yes.";

  /** The answer to a question whose answer is no. */
  public static final String NO = "No.";

  /** The answer to a question for further things if there are none. */
  public static final String NOTHING_ELSE = "Nothing else.";

  private static final String REFUSING = "I can only ";

  private Answers() {}

  /** Why a request is impossible; each answer says what is possible. */
  public enum Refusal {
    /** It is about something else than pictures of shapes: sounds, poems, photographs, another language, nonsense. */
    SOMETHING_ELSE("draw, find and describe pictures of coloured shapes: what shall I draw?"),
    /** It names a thing that the world lacks. */
    SHAPE("draw " + list(Shape.values(), shape -> FreeWording.plural(shape.word()), "and") + ": what shall I draw?"),
    /** It names a colour of a thing that the world lacks. */
    COLOUR("paint things " + list(Colour.values(), Colour::word, "or") + "."),
    /** It names a size that the world lacks, or wants a large thing larger or a small one smaller. */
    SIZE("paint small and large things."),
    /** It names a background that the world lacks. */
    BACKGROUND("paint a " + list(Background.values(), Background::word, "or") + " background."),
    /** It would leave no thing in the picture, or more than two. */
    NUMBER("draw one or two things in a picture."),
    /** It would put two things into one place, or make them alike. */
    ALIKE("draw two things that look different, in different places."),
    /** It would move a thing out of the picture. */
    EDGE("move things within the picture."),
    /** It is to change a thing that the picture does not show. */
    MISSING("change what is in the picture."),
    /** It is to change or to tell something of a picture, and there is none yet. */
    NO_PICTURE("talk about a picture that is there: what shall I draw?"),
    /** It is to go back, and there is no earlier picture. */
    NO_EARLIER("go back to an earlier picture, and there is none.");

    private final String text;

    Refusal(String possible) {
      text = REFUSING + possible;
    }

    /**
     * Returns the answer.
     *
     * @return a sentence that begins with "I can only"
     */
    public String text() {
      return text;
    }
  }

  /** What a user says that is not about a picture. */
  public enum SmallTalk {
    /** A greeting. */
    HELLO("Hello! What shall I draw?"),
    /** A question for the model's well-being. */
    HOW_ARE_YOU("I am fine, thank you! What shall I draw?"),
    /** A question for its name. */
    WHO_ARE_YOU("I am GILL, a small model that draws coloured shapes."),
    /** A question for its abilities. */
    WHAT_CAN_YOU_DO("I draw, find and describe pictures of one or two coloured shapes."),
    /** Thanks. */
    THANKS("You are welcome!"),
    /** Praise of a picture. */
    PRAISE("I am glad that you like it!"),
    /** Blame without a wish. */
    BLAME("I am sorry! What shall I change?"),
    /** A farewell. */
    BYE("Goodbye!");

    private final String text;

    SmallTalk(String text) {
      this.text = text;
    }

    /**
     * Returns the answer.
     *
     * @return one or two sentences
     */
    public String text() {
      return text;
    }
  }

  /**
   * Whether an answer refuses a request.
   *
   * @param answer an answer of a model
   * @return true for all answers that say what is possible instead
   */
  public static boolean isRefusal(String answer) {
    return answer.strip().startsWith(REFUSING);
  }

  /**
   * Whether an answer is not about a picture.
   *
   * @param answer an answer of a model
   * @return true for exactly the texts of {@link SmallTalk}
   */
  public static boolean isSmallTalk(String answer) {
    return Arrays.stream(SmallTalk.values()).anyMatch(talk -> talk.text.equals(answer.strip()));
  }

  /**
   * Announces a generated picture.
   *
   * @param scene its scene
   * @return the canonical caption after "Here is"
   */
  public static String drawn(Scene scene) {
    return "Here is " + Grammar.caption(scene) + ":";
  }

  /**
   * Announces a retrieved picture.
   *
   * @param scene its scene
   * @return the canonical caption after "I found"
   */
  public static String found(Scene scene) {
    return "I found " + Grammar.caption(scene) + ":";
  }

  /**
   * Describes a picture.
   *
   * @param scene its scene
   * @return the canonical caption after "I see"
   */
  public static String seen(Scene scene) {
    return "I see " + Grammar.caption(scene) + ".";
  }

  /**
   * Answers a question for the number of things.
   *
   * @param count 1 or 2, or 0 for none of a kind
   * @return one word and a full stop
   */
  public static String number(int count) {
    return List.of("None.", "One.", "Two.").get(count);
  }

  /**
   * Answers a question that yes or no answers.
   *
   * @param fact whether it is so
   * @return {@link #YES} or {@link #NO}
   */
  public static String yesOrNo(boolean fact) {
    return fact ? YES : NO;
  }

  /**
   * Answers a question whether two things are alike. The values come first, since a small model can compare what it has
   * said, but not what it is about to say.
   *
   * @param first a value of the first thing: a colour, a size, or a shape with its article
   * @param second the value of the second thing
   * @return "Red and blue, so no.", for example
   */
  public static String alike(String first, String second) {
    return first.substring(0, 1).toUpperCase(Locale.ROOT) + first.substring(1) + " and " + second
        + (first.equals(second) ? ", so yes." : ", so no.");
  }

  /**
   * Answers a question for the background.
   *
   * @param background the picture's background
   * @return a sentence
   */
  public static String background(Background background) {
    return "It is " + background.word() + ".";
  }

  /**
   * Answers a question for a thing's colour.
   *
   * @param thing the thing in question
   * @return a sentence
   */
  public static String colour(Thing thing) {
    return "It is " + thing.colour().word() + ".";
  }

  /**
   * Answers a question for a thing's place.
   *
   * @param thing the thing in question
   * @return a sentence
   */
  public static String place(Thing thing) {
    return "It is " + thing.position().phrase() + ".";
  }

  /**
   * Answers a question for a thing's shape.
   *
   * @param thing the thing in question
   * @return a sentence
   */
  public static String shape(Thing thing) {
    return "It is a " + thing.shape().word() + ".";
  }

  /**
   * Answers a question for a thing's size.
   *
   * @param thing the thing in question
   * @return a sentence
   */
  public static String size(Thing thing) {
    return "It is " + thing.size().word() + ".";
  }

  /**
   * Answers a question which thing has a property.
   *
   * @param thing the only thing that has it; empty if all or none have it
   * @return colour and shape, which no two things of a picture share; "Neither." for none
   */
  public static String which(Optional<Thing> thing) {
    return thing.map(one -> "The " + one.colour().word() + " " + one.shape().word() + ".").orElse("Neither.");
  }

  /**
   * Answers a question what is at a place, or beside a thing.
   *
   * @param thing the thing there; empty if there is none
   * @return colour and shape, or "Nothing."
   */
  public static String what(Optional<Thing> thing) {
    return thing.isPresent() ? which(thing) : "Nothing.";
  }

  /**
   * Answers a question for further things.
   *
   * @param thing the other thing; empty if there is none
   * @return all its attributes, or {@link #NOTHING_ELSE}
   */
  public static String also(Optional<Thing> thing) {
    return thing.map(one -> "There is also " + Grammar.phrase(one) + ".").orElse(NOTHING_ELSE);
  }

  /**
   * Answers a question about a thing that is not there.
   *
   * @param shape the shape that no thing has
   * @return a sentence
   */
  public static String missing(Shape shape) {
    return "There is no " + shape.word() + ".";
  }

  private static <T> String list(T[] values, Function<T, String> word, String last) {
    List<String> words = Arrays.stream(values).map(word).toList();
    return String.join(", ", words.subList(0, words.size() - 1)) + " " + last + " " + words.get(words.size() - 1);
  }
}
