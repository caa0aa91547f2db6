package io.gill.examples.world;

import com.google.common.collect.ImmutableSet;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A fact that a reply has to state, in one of several wordings. A wording consists of words of the world: colours,
 * shapes, sizes, places, numbers, "yes", "no" and the like. A reply states the fact if it has all words of a wording
 * and no word of the same kinds that is in none. So "The red star." states "star | red", but "The red circle." does
 * not.
 *
 * @param wordings the words of each wording, in lower case
 */
public record Fact(List<Set<String>> wordings) {
  private static final Pattern NO_WORD = Pattern.compile("[^\\p{L}\\p{N}]+");

  private static final Map<String, String> SYNONYMS = Map.ofEntries(
      Map.entry("center", "centre"), Map.entry("middle", "centre"), Map.entry("gray", "grey"),
      Map.entry("big", "large"), Map.entry("little", "small"), Map.entry("upper", "top"), Map.entry("lower", "bottom"),
      Map.entry("0", "zero"), Map.entry("1", "one"), Map.entry("2", "two"), Map.entry("3", "three"));

  private enum Kind {
    COLOUR(Stream.concat(
        Arrays.stream(Colour.values()).map(Colour::word), Arrays.stream(Background.values()).map(Background::word))),
    SHAPE(Arrays.stream(Shape.values()).map(Shape::word)),
    SIZE(Arrays.stream(Size.values()).map(Size::word)),
    PLACE(Stream.of("top", "bottom", "left", "right", "centre")),
    NUMBER(Stream.of("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")),
    ANSWER(Stream.of("yes", "no", "none", "nothing", "neither", "both"));

    private final ImmutableSet<String> words;

    Kind(Stream<String> words) {
      this.words = words.collect(ImmutableSet.toImmutableSet());
    }
  }

  /**
   * Copies and checks the wordings.
   *
   * @param wordings the words of each wording
   * @throws IllegalArgumentException if there is no wording, one is empty, or a word is none of the world
   */
  public Fact {
    wordings = wordings.stream().map(Set::copyOf).toList();
    if (wordings.isEmpty()) {
      throw new IllegalArgumentException("a fact has at least one wording");
    }
    for (Set<String> wording : wordings) {
      if (wording.isEmpty()) {
        throw new IllegalArgumentException("a wording of a fact has at least one word");
      }
      for (String word : wording) {
        if (Arrays.stream(Kind.values()).noneMatch(kind -> kind.words.contains(word))) {
          throw new IllegalArgumentException("'" + word + "' is no colour, shape, size, place, number, yes or no");
        }
      }
    }
  }

  /**
   * Parses wordings.
   *
   * @param text wordings with a bar between them, such as {@code star | red} or {@code top left}
   * @return the fact
   * @throws IllegalArgumentException if a wording is empty or has a word that is none of the world
   */
  public static Fact parse(String text) {
    return new Fact(Arrays.stream(text.split("\\|", -1)).map(Fact::words).toList());
  }

  /**
   * Whether a text states the fact.
   *
   * @param text any text
   * @return whether all its words of the fact's kinds are right, and enough of them are there
   */
  public boolean isIn(String text) {
    Set<String> accepted = wordings.stream().flatMap(Set::stream).collect(Collectors.toSet());
    Map<Kind, Boolean> kinds = new EnumMap<>(Kind.class);
    for (Kind kind : Kind.values()) {
      kinds.put(kind, accepted.stream().anyMatch(kind.words::contains));
    }
    Set<String> said = words(text).stream()
        .filter(word -> kinds.entrySet().stream().anyMatch(e -> e.getValue() && e.getKey().words.contains(word)))
        .collect(Collectors.toSet());
    return accepted.containsAll(said) && wordings.stream().anyMatch(said::containsAll);
  }

  /** Returns the words of a text in lower case, each synonym and plural as the world's word. */
  static Set<String> words(String text) {
    Set<String> words = new LinkedHashSet<>();
    for (String word : NO_WORD.split(text.toLowerCase(Locale.ROOT), -1)) {
      String one = SYNONYMS.getOrDefault(word, word);
      for (Shape shape : Shape.values()) {
        if (one.equals(shape.word() + "s") || one.equals(shape.word() + "es")) {
          one = shape.word();
        }
      }
      if (!one.isEmpty()) {
        words.add(one);
      }
    }
    return words;
  }

  @Override
  public String toString() {
    return wordings.stream().map(wording -> String.join(" ", wording)).collect(Collectors.joining(" | "));
  }
}
