package io.gill.examples.world;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Words things and places like many users do, with synonyms, politeness, capitals, punctuation and typing errors. */
final class FreeWording {
  private static final double SYNONYM = 0.2;
  private static final double SIZE_SYNONYM = 0.45;
  private static final double PLACE_SYNONYM = 0.45;
  private static final double POLITE = 0.25;
  private static final double TAIL = 0.08;
  private static final double CAPITAL = 0.35;
  private static final double ALL_CAPITALS = 0.07;
  private static final double TYPING_ERROR = 0.25;

  private static final double POINTED = 0.08;
  private static final double FILLER = 0.08;
  private static final double UNKNOWN = 0.03;

  /** The share of things with a size and a colour that are named before these. */
  private static final double DETAILED = 0.2;

  private static final double ARTICLE = 0.15;
  private static final double PLACED = 0.06;

  /** Shorter words are hardly ever mistyped, and a change would make another word of them. */
  private static final int LONG = 4;

  /** Mistyped words that stand for another one, too: "please" and "plus", "black" and "block". */
  private static final Set<String> AMBIGUOUS = Set.of("pls", "blck");

  /** Words with a meaning. */
  private static final Set<String> MEANT = Stream.of(
          named(Shape.values(), FreeWords.SHAPES, Shape::word), named(Colour.values(), FreeWords.COLOURS, Colour::word),
          named(Size.values(), FreeWords.SIZES, Size::word),
          named(Background.values(), FreeWords.BACKGROUNDS, Background::word),
          named(Position.values(), FreeWords.PLACES, Position::words))
      .flatMap(words -> words).flatMap(words -> Stream.of(words.split(" ", -1))).collect(Collectors.toSet());

  /** Words that only the tests may say. */
  private static final Set<String> TESTED = Set.copyOf(TestWords.synonyms());

  private final Dice dice;

  FreeWording(Dice dice) {
    this.dice = dice;
  }

  String shape(Shape shape) {
    return word(shape.word(), shape, FreeWords.SHAPES, SYNONYM);
  }

  String colour(Colour colour) {
    return word(colour.word(), colour, FreeWords.COLOURS, SYNONYM);
  }

  String size(Size size) {
    return word(size.word(), size, FreeWords.SIZES, SIZE_SYNONYM);
  }

  String background(Background background) {
    return word(background.word(), background, FreeWords.BACKGROUNDS, SYNONYM);
  }

  private static <T> Stream<String> named(T[] values, Map<T, List<String>> synonyms, Function<T, String> word) {
    return Stream.concat(Stream.of(values).map(word), synonyms.values().stream().flatMap(List::stream));
  }

  private <T> String word(String usual, T value, Map<T, List<String>> synonyms, double chance) {
    return dice.chance(chance) ? dice.pick(synonyms.getOrDefault(value, List.of(usual))) : usual;
  }

  /** Names a place, after "the". */
  String place(Position position) {
    if (dice.chance(FILLER)) {
      return position.words() + " " + filler(FreeWords.PLACE_ENDS);
    }
    return word(position.words(), position, FreeWords.PLACES, PLACE_SYNONYM);
  }

  /** Returns a word that changes nothing, known or unknown. */
  private String filler(List<String> known) {
    return dice.chance(0.5) ? nonsense() : dice.pick(known);
  }

  /** Adds such a word in front of words. */
  private String filled(String words) {
    return dice.chance(FILLER) ? filler(FreeWords.FILLERS) + " " + words : words;
  }

  /** Where a thing is. */
  String at(Position position) {
    return dice.chance(0.3) ? position.phrase()
        : dice.pick(position == Position.CENTRE ? "in the " : "at the ", "in the ", "on the ") + place(position);
  }

  /** Where a thing goes. */
  String to(Position position) {
    return dice.pick("to the ", "to the ", "into the ") + place(position);
  }

  /**
   * Describes a thing by some of its attributes.
   *
   * @param size whether to name its size
   * @param colour whether to name its colour
   * @param where its place in words; empty to leave it out
   * @param alone whether no other thing is described, to which a place at the start might belong
   */
  String thing(Thing thing, boolean size, boolean colour, String where, boolean alone) {
    String shape = shape(thing.shape());
    String first = size ? filled(size(thing.size()) + " ") : "";
    String second = colour ? filled(colour(thing.colour()) + " ") : "";
    shape = dice.chance(FILLER) ? shape + " " + filler(FreeWords.SHAPE_ENDS)
        : dice.chance(FILLER) ? dice.pick(FreeWords.FILLERS) + " " + shape : shape;
    if (size && colour && dice.chance(DETAILED)) {
      return detailed(first.strip(), second.strip(), shape, where);
    }
    int order = dice.below(12);
    if (order == 0 && size && colour) {
      return withAnyArticle(second + first + shape) + placed(where);
    }
    if (order == 1 && size) {
      return withAnyArticle(second + shape) + ", " + first.strip() + (where.isEmpty() ? "" : ", " + where);
    }
    if (order == 2) {
      return first + second + shape + placed(where);
    }
    if (order == 3 && alone && !where.isEmpty()) {
      return where + " " + withAnyArticle(first + second + shape);
    }
    return withAnyArticle(first + second + shape) + placed(where);
  }

  /** Names a thing first and then its size and its colour, in one of many orders. */
  private String detailed(String size, String colour, String shape, String where) {
    String detailed = dice.pick(FreeWords.DETAILED).replace("{size}", size).replace("{colour}", colour);
    String place = where.isEmpty() ? "" : (detailed.contains(",") ? "," : "") + placed(where);
    return withAnyArticle(detailed.replace("{v}", shape)) + place;
  }

  /** Returns what stands between two things. */
  String joint() {
    return dice.chance(UNKNOWN) ? " " + nonsense() + " " : dice.pick(FreeWords.JOINTS);
  }

  private String withAnyArticle(String noun) {
    return dice.chance(ARTICLE) ? dice.pick(FreeWords.ARTICLES) + " " + noun : withArticle(noun);
  }

  private String placed(String where) {
    return where.isEmpty() ? "" : " " + (dice.chance(PLACED) ? dice.pick(FreeWords.PLACED) + " " : "") + where;
  }

  static String withArticle(String noun) {
    return ("aeiou".indexOf(noun.charAt(0)) >= 0 ? "an " : "a ") + noun;
  }

  static String plural(String noun) {
    return noun.matches(".*(s|x|z|ch|sh)") ? noun + "es"
        : noun.matches(".*[^aeiou]y") ? noun.substring(0, noun.length() - 1) + "ies" : noun + "s";
  }

  /**
   * Refers to a thing of a scene in a way that fits no other.
   *
   * @param focus the meaning of "it"; null if "it" is unclear
   */
  String reference(Scene scene, Thing thing, @Nullable Thing focus) {
    List<String> references = new ArrayList<>();
    boolean alone = scene.things().size() == 1;
    if (alone || thing.equals(focus)) {
      references.addAll(List.of("it", "it", "it"));
    }
    boolean colour = alone || scene.things().stream().filter(one -> one.colour() == thing.colour()).count() == 1;
    boolean shape = alone || scene.things().stream().filter(one -> one.shape() == thing.shape()).count() == 1;
    boolean size = !alone && scene.things().stream().filter(one -> one.size() == thing.size()).count() == 1;
    references.add("the " + colour(thing.colour()) + " " + shape(thing.shape()));
    if (shape) {
      references.addAll(List.of("the " + shape(thing.shape()), "the " + shape(thing.shape()),
          "the " + thing.shape().word()));
    }
    if (colour) {
      references.add("the " + colour(thing.colour()) + dice.pick(" one", " thing", " shape"));
    }
    if (size) {
      references.add("the " + size(thing.size()) + dice.pick(" one", " thing", " shape"));
    }
    if (size && shape) {
      references.add("the " + size(thing.size()) + " " + shape(thing.shape()));
    }
    if (size) {
      references.add(thing.size() == Size.LARGE ? "the bigger one" : "the smaller one");
    }
    if (!alone && dice.chance(0.3)) {
      references.add(dice.pick("the one ", "the thing ", "the " + thing.shape().word() + " ") + at(thing.position()));
    }
    if (!alone && focus != null && scene.things().contains(focus) && !thing.equals(focus)) {
      references.addAll(List.of("the other one", "the other one", dice.pick("the other", "the other thing")));
    }
    String reference = dice.pick(references);
    return reference.startsWith("the ") && dice.chance(POINTED)
        ? dice.pick("that ", "this ") + reference.substring(4) : reference;
  }

  /** Puts what is wanted into a frame that it fits. */
  String request(List<String> frames, String what) {
    boolean placeFirst = what.matches("(at|in|on) .*");
    List<String> fitting =
        frames.stream().filter(frame -> !placeFirst || !frame.matches(".*(of|with|for|to find)")).toList();
    String frame = dice.pick(fitting.isEmpty() ? frames : fitting);
    return (frame + " " + what).strip();
  }

  /** Asks whether the model can draw things of a kind. */
  String able(String noun) {
    return dice.pick(FreeWords.ASK_ABLE).replace("{v}", plural(noun));
  }

  /** Picks a template that lacks a part. */
  String pickWithout(String part, List<String> templates) {
    return dice.pick(templates.stream().filter(template -> !template.contains(part)).toList());
  }

  /** Words a request that begins with a verb. */
  String command(String text) {
    String said = text;
    if (dice.chance(POLITE)) {
      said = dice.pick("please ", "please ", "can you ", "could you ", "can you please ", "now ", "ok, ", "then ",
          "and ", "pls ", "next ", "would you ", "will you ", "would you please ", "okay, ", "so, ", "well, ", "hey, ",
          "good, ", "right, ", "hmm, ", "now please ", "i want you to ", "let us ", "you could ", "just ", "first ",
          "kindly ", "great, now ", "thanks, now ", "yes, ", "oh, ", "i'd like you to ", "you should ") + said;
    } else if (dice.chance(POLITE / 3)) {
      said += dice.pick(" please", ", please", " now", " for me", ", will you", ", would you", ", thanks",
          " if possible",
          ", ok", " again", " this time", ", my friend", " quickly", " :)");
    } else if (dice.chance(UNKNOWN)) {
      said = dice.chance(0.5) ? nonsense() + ", " + said : said + ", " + nonsense();
    }
    boolean asks = said.matches("(can|could|would|will) .*");
    return typed(tailed(asks ? said + "?" : said));
  }

  /** Words a request that does not begin with a verb. */
  String wish(String text) {
    String said = dice.chance(POLITE / 3) && !text.endsWith("?")
        ? text + dice.pick(" please", ", please", " now", ", thanks", " then", ", ok") : text;
    if (dice.chance(POLITE / 3)) {
      said = dice.pick("ok, ", "well, ", "okay, ", "so, ", "hmm, ", "and ", "but ", "good, ", "oh, ", "yes, ", "hey, ")
          + said;
    } else if (dice.chance(UNKNOWN)) {
      said = nonsense() + ", " + said;
    }
    return typed(tailed(said));
  }

  /** Words a question, or a request for a description. */
  String question(String text) {
    String said = dice.chance(POLITE / 3)
        ? dice.pick("so, ", "ok, ", "and ", "hey, ", "well, ", "now, ", "hmm, ") + text : text;
    return typed(tailed(said));
  }

  /** Adds politeness that fits after any request. */
  private String tailed(String text) {
    if (!dice.chance(TAIL)) {
      return text;
    }
    boolean asks = text.endsWith("?");
    return (asks ? text.substring(0, text.length() - 1) : text) + dice.pick(FreeWords.TAILS)
        + (asks && dice.chance(0.5) ? "?" : "");
  }

  /** Puts words that nobody knows into a template that has places for them. */
  private String filledIn(String template) {
    String said = template;
    while (said.contains("{x}")) {
      said = said.replaceFirst("\\{x}", nonsense());
    }
    return said;
  }

  /** Fills in unknown words, then changes a text like a typing user. */
  String typed(String text) {
    String said = filledIn(text);
    if (said.endsWith("?")) {
      said = dice.chance(0.2) ? said.substring(0, said.length() - 1) : said;
    } else if (dice.chance(0.25)) {
      said += dice.pick(".", ".", ".", "!");
    }
    if (dice.chance(TYPING_ERROR)) {
      said = mistyped(said);
    }
    if (dice.chance(ALL_CAPITALS)) {
      return said.toUpperCase(Locale.ROOT);
    }
    if (dice.chance(CAPITAL)) {
      said = said.substring(0, 1).toUpperCase(Locale.ROOT) + said.substring(1);
      said = dice.chance(0.7) ? said.replaceAll("\\bi\\b", "I") : said;
    }
    return said;
  }

  /** Swaps, drops or doubles a letter of a long word, but not its first. */
  private String mistyped(String text) {
    String[] words = text.split(" ", -1);
    int index = dice.below(words.length);
    String word = words[index];
    if (word.length() < LONG || !word.chars().allMatch(Character::isLetter)) {
      return text;
    }
    int at = 1 + dice.below(word.length() - 2);
    String mistake = word.substring(0, at) + switch (dice.below(3)) {
      case 0 -> "" + word.charAt(at + 1) + word.charAt(at) + word.substring(at + 2);
      case 1 -> word.substring(at + 1);
      default -> word.charAt(at) + word.substring(at);
    };
    if (AMBIGUOUS.contains(mistake)) {
      return text;
    }
    words[index] = mistake;
    return String.join(" ", words);
  }

  /** Whether a word contains one with a meaning. */
  static boolean means(String word) {
    return MEANT.stream().anyMatch(word::contains);
  }

  /** Returns a word that means nothing, and none that only the tests may say. */
  String nonsense() {
    while (true) {
      StringBuilder word = new StringBuilder();
      for (int i = 1 + dice.below(2); i > 0; i--) {
        word.append(dice.pick(FreeWords.ONSETS)).append(dice.pick(FreeWords.VOWELS)).append(dice.pick(FreeWords.CODAS));
      }
      word.append(dice.pick(FreeWords.SUFFIXES));
      String all = word.toString();
      if (all.length() > LONG && !means(all) && !TESTED.contains(all)) {
        return all;
      }
    }
  }
}
