package io.gill.examples.world;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Writes scenes as text and parses them. One wording is canonical: "a small red circle at the top left and a large blue
 * star in the centre on a white background", with the things in reading order.
 */
public final class Grammar {
  /** The tags of a picture that shows no scene. */
  static final String NO_TAGS = String.join(" ", Collections.nCopies(1 + 4 * Scene.MAX_THINGS, "none"));

  private static final int WORDS = 2 * 2 * 3;

  /** Number of wordings of a scene. */
  public static final int PARAPHRASES = Frame.values().length * WORDS;

  /** The first wordings, this many, can follow "a picture of". */
  static final int NOUN_PHRASES = 5 * WORDS;

  private static final String SIZES = "small|little|large|big";
  private static final String COLOURS = anyOf(Colour.values(), Colour::word);
  private static final String SHAPES = anyOf(Shape.values(), Shape::word);

  /** Longer names come first, since "top left" starts with "top". */
  private static final String PLACES = "(?:at|in|on) the "
      + "(?:top left|top right|bottom left|bottom right|top|bottom|left|right|centre|middle)(?: corner| side)?";

  private static final Pattern THING = Pattern.compile(
      "(?<before>" + PLACES + "),? a (?<size1>" + SIZES + ") (?<colour1>" + COLOURS + ") (?<shape1>" + SHAPES + ")"
          + "|a (?<size2>" + SIZES + ") (?<colour2>" + COLOURS + ") (?<shape2>" + SHAPES + ") "
          + "(?<after>" + PLACES + ")");

  private static final Pattern ANSWER = Pattern.compile("^(?:here is|i found|i see) ");

  private Grammar() {}

  /** The sentence around the things (%1$s) and the background (%2$s). */
  private enum Frame {
    CANONICAL("%1$s on a %2$s background", false),
    SHORT("%1$s, on %2$s", false),
    WITH("a %2$s background with %1$s", false),
    PICTURE("a %2$s picture with %1$s", false),
    AGAINST("%1$s against %2$s", false),
    // the following are no noun phrases and cannot follow "of"
    FIRST("on a %2$s background, %1$s", false),
    PLACES("%1$s, on %2$s", true),
    PLACES_LAST("on a %2$s background, %1$s", true);

    private final String format;
    private final boolean placeFirst;
    private final Pattern pattern;

    Frame(String format, boolean placeFirst) {
      this.format = format;
      this.placeFirst = placeFirst;
      pattern = Pattern.compile(String.format(Locale.ROOT, format, "(?<things>.*)", "(?<background>[a-z]+)"));
    }
  }

  /**
   * Returns the canonical wording.
   *
   * @param scene the scene to describe
   * @return lower-case words without a full stop
   */
  public static String caption(Scene scene) {
    return paraphrase(scene, 0);
  }

  /**
   * Returns one of the wordings.
   *
   * @param scene the scene to describe
   * @param number the wording, from 0 to {@link #PARAPHRASES} - 1; 0 is the canonical one. Several wordings coincide if
   *     the scene has a single thing or a thing that is not in a corner
   * @return lower-case words without a full stop
   */
  public static String paraphrase(Scene scene, int number) {
    if (number < 0 || number >= PARAPHRASES) {
      throw new IllegalArgumentException("wording must be between 0 and " + (PARAPHRASES - 1) + ": " + number);
    }
    int rest = number;
    final int placeWords = rest % 3;
    rest /= 3;
    boolean bigWords = rest % 2 == 1;
    rest /= 2;
    boolean backwards = rest % 2 == 1;
    Frame frame = Frame.values()[rest / 2];
    List<String> phrases = new ArrayList<>();
    for (Thing thing : scene.things()) {
      String look = look(thing, bigWords);
      String place = place(thing.position(), placeWords);
      String phrase = frame.placeFirst ? place + " " + look : look + " " + place;
      phrases.add(backwards ? 0 : phrases.size(), phrase);
    }
    return String.format(Locale.ROOT, frame.format, String.join(" and ", phrases), scene.background().word());
  }

  /**
   * Parses a wording, or an answer that starts with "Here is", "I found" or "I see".
   *
   * @param text text in any case, with or without a full stop or colon
   * @return the scene; empty if the text is not a sentence of the grammar or describes an impossible scene
   */
  public static Optional<Scene> parse(String text) {
    String plain = text.strip().toLowerCase(Locale.ROOT);
    plain = plain.endsWith(".") || plain.endsWith(":") ? plain.substring(0, plain.length() - 1) : plain;
    plain = ANSWER.matcher(plain).replaceFirst("");
    for (Frame frame : Frame.values()) {
      Matcher matcher = frame.pattern.matcher(plain);
      if (matcher.matches()) {
        Optional<Background> background =
            Arrays.stream(Background.values()).filter(b -> b.word().equals(matcher.group("background"))).findFirst();
        Optional<List<Thing>> things = thingsOnly(matcher.group("things")).filter(Scene::isPossible);
        if (background.isPresent() && things.isPresent()) {
          return Optional.of(new Scene(background.get(), things.get()));
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Finds every thing in a text that is named with all its attributes, in any context.
   *
   * @param text any text
   * @return the things in the order of the text
   */
  public static List<Thing> things(String text) {
    Matcher matcher = THING.matcher(text.toLowerCase(Locale.ROOT));
    List<Thing> things = new ArrayList<>();
    while (matcher.find()) {
      things.add(thing(matcher));
    }
    return things;
  }

  /**
   * Describes a scene in few words, like the alternative text of a picture: "white small red circle northwest large
   * blue star middle". A missing second thing is four times "none". Every attribute has a fixed position.
   *
   * @param scene the scene to describe
   * @return nine lower-case words
   */
  public static String tags(Scene scene) {
    List<String> words = new ArrayList<>(List.of(scene.background().word()));
    for (int i = 0; i < Scene.MAX_THINGS; i++) {
      if (i < scene.things().size()) {
        Thing thing = scene.things().get(i);
        words.addAll(List.of(
            thing.size().word(), thing.colour().word(), thing.shape().word(), thing.position().direction()));
      } else {
        words.addAll(Collections.nCopies(4, "none"));
      }
    }
    return String.join(" ", words);
  }

  /** Describes a thing with all its attributes: "a small red circle at the top left". */
  static String phrase(Thing thing) {
    return look(thing, false) + " " + thing.position().phrase();
  }

  private static String look(Thing thing, boolean bigWords) {
    String size = thing.size().word();
    if (bigWords) {
      size = thing.size() == Size.SMALL ? "little" : "big";
    }
    return "a " + size + " " + thing.colour().word() + " " + thing.shape().word();
  }

  private static String place(Position position, int words) {
    return switch (words) {
      case 1 -> switch (position) {
        case CENTRE -> "in the middle";
        case TOP, BOTTOM, LEFT, RIGHT -> "on the " + position.words() + " side";
        default -> "in the " + position.words() + " corner";
      };
      case 2 -> switch (position) {
        case CENTRE -> "at the centre";
        case TOP, BOTTOM, LEFT, RIGHT -> "at the " + position.words();
        default -> "in the " + position.words();
      };
      default -> position.phrase();
    };
  }

  /** Parses a text that consists of things only. */
  private static Optional<List<Thing>> thingsOnly(String text) {
    List<Thing> things = new ArrayList<>();
    Matcher matcher = THING.matcher(text);
    int from = 0;
    while (matcher.lookingAt()) {
      things.add(thing(matcher));
      from = matcher.end();
      if (!text.startsWith(" and ", from)) {
        break;
      }
      from += " and ".length();
      matcher.region(from, text.length());
    }
    return from == text.length() ? Optional.of(things) : Optional.empty();
  }

  private static Thing thing(Matcher matcher) {
    boolean placeFirst = matcher.group("before") != null;
    String suffix = placeFirst ? "1" : "2";
    String size = matcher.group("size" + suffix);
    String place = matcher.group(placeFirst ? "before" : "after")
        .replaceAll("^.. the | corner$| side$", "")
        .replace("middle", "centre");
    return new Thing(
        Shape.valueOf(upper(matcher.group("shape" + suffix))),
        Colour.valueOf(upper(matcher.group("colour" + suffix))),
        size.equals("small") || size.equals("little") ? Size.SMALL : Size.LARGE,
        Position.valueOf(upper(place).replace(' ', '_')));
  }

  private static String upper(String word) {
    return word.toUpperCase(Locale.ROOT);
  }

  private static <T> String anyOf(T[] values, Function<T, String> word) {
    return Arrays.stream(values).map(word).collect(Collectors.joining("|"));
  }
}
