package io.gill.examples.world;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.examples.world.TestTalk.Description;
import io.gill.examples.world.TestTalk.Picture;
import io.gill.examples.world.TestTalk.Stated;
import io.gill.examples.world.TestTalk.Turn;
import io.gill.examples.world.WorldDialogue.Shown;
import io.gill.examples.world.WorldDialogue.Words;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Checks that the expectations of a dialogue follow from the user's words, without the code that made them: a new value
 * of an attribute is named, or a word says where it comes from; what nobody speaks of stays; facts agree with the
 * scene.
 */
final class TalkCheck {
  private static final Set<String> RETURNING =
      Set.of("undo", "back", "again", "before", "better", "first", "reverse", "previous", "earlier", "original");
  private static final Set<String> REMOVING = Set.of("remove", "delete", "take", "rid", "only",
      "everything", "away", "erase", "drop", "lose", "without", "leave", "go");
  private static final Set<String> SWAPPING = Set.of("swap", "exchange", "trade", "switch");
  private static final Set<String> RELATING = Stream.of(RETURNING, SWAPPING,
      Set.of("same", "sizes", "other", "there", "instead", "not", "meant", "below", "wanted"))
      .flatMap(Set::stream).collect(Collectors.toSet());

  private static final Set<String> COLOURS = words(Colour.values(), Colour::word);
  private static final Set<String> BACKGROUNDS = words(Background.values(), Background::word);
  private static final Set<String> SHAPES = words(Shape.values(), Shape::word);
  private static final Set<String> SIZES = words(Size.values(), Size::word);
  private static final Set<String> PLACES = Set.of("top", "bottom", "left", "right", "centre");
  private static final Map<String, String> COMPARATIVES = Map.of(
      "bigger", "large", "larger", "large", "huge", "large", "smaller", "small", "tiny", "small", "shrink", "small");
  private static final Set<String> ALL = Stream.of(
      COLOURS, BACKGROUNDS, SHAPES, SIZES, PLACES, RELATING, REMOVING, COMPARATIVES.keySet(), Set.of("background"))
      .flatMap(Set::stream).collect(Collectors.toSet());

  private final String name;
  private final List<Scene> earlier = new ArrayList<>();
  private @Nullable Scene current;

  private TalkCheck(String name) {
    this.name = name;
  }

  static void check(TestTalk talk) {
    TalkCheck check = new TalkCheck(talk.name());
    talk.turns().forEach(check::check);
  }

  private void check(Turn turn) {
    turn.user().stream().filter(Shown.class::isInstance).forEach(part -> show(((Shown) part).scene()));
    String text = turn.user().stream().filter(Words.class::isInstance).map(part -> ((Words) part).text())
        .collect(Collectors.joining(" "));
    Set<String> words = understood(text.replaceAll("(?i)how (big|large|small)", "what size"));
    String place = name + ": " + text + " -> " + turn.wanted() + ", before: " + current;
    if (turn.wanted() instanceof Picture picture) {
      Scene before = current;
      for (Scene scene : picture.scenes()) {
        assertThat(isAsked(before, scene, words)).as(place).isTrue();
        show(scene);
      }
    } else if (turn.wanted() instanceof Stated stated) {
      assertThat(current).as(place).isNotNull();
      for (Set<String> wording : stated.fact().wordings()) {
        assertThat(isTrue(wording, words, current)).as(place).isTrue();
      }
    } else if (turn.wanted() instanceof Description description) {
      assertThat(description.scene()).as(place).isEqualTo(current);
    }
  }

  private void show(Scene scene) {
    if (current != null) {
      earlier.add(current);
    }
    current = scene;
  }

  private boolean isAsked(@Nullable Scene before, Scene next, Set<String> words) {
    boolean named = words.containsAll(words(next));
    boolean returned = earlier.contains(next) && words.stream().anyMatch(RETURNING::contains);
    return named || returned || before != null && isChange(before, next, words);
  }

  /** Whether every difference is spoken of. */
  private static boolean isChange(Scene old, Scene next, Set<String> words) {
    if (old.equals(next)) {
      return false;
    }
    boolean relating = words.stream().anyMatch(RELATING::contains);
    if (old.background() != next.background() && !words.contains(next.background().word())) {
      return false;
    }
    Set<String> news = new HashSet<>();
    List<Thing> before = new ArrayList<>(old.things());
    List<Thing> after = new ArrayList<>(next.things());
    before.removeAll(next.things());
    after.removeAll(old.things());
    if (old.things().size() > next.things().size()) {
      return after.isEmpty() && words.stream().anyMatch(REMOVING::contains);
    }
    for (Thing thing : after) {
      Set<String> best = words(thing);
      for (Thing other : before) {
        Set<String> changed = new HashSet<>(words(thing));
        changed.removeAll(words(other));
        if (isStep(other.position(), thing.position(), words)) {
          changed.removeAll(PLACES);
        } else if (thing.position() != other.position()) {
          changed.addAll(Arrays.asList(thing.position().words().split(" ", -1)));
        }
        if (changed.size() < best.size() || thing.shape() == other.shape() && after.size() == 2) {
          best = changed;
        }
      }
      news.addAll(best);
    }
    return words.containsAll(news) || relating;
  }

  /** Whether a place is next to another one in a named direction. */
  private static boolean isStep(Position from, Position to, Set<String> words) {
    double right = to.x() - from.x();
    double down = to.y() - from.y();
    double cell = Position.CENTRE.x() - Position.LEFT.x();
    return Math.abs(right) + Math.abs(down) == cell
        && words.contains(down < 0 ? "up" : down > 0 ? "down" : right < 0 ? "left" : "right");
  }

  private static boolean isTrue(Set<String> wording, Set<String> words, Scene scene) {
    if (wording.contains("yes") || wording.contains("no")) {
      return isTrue(wording.contains("yes"), words, scene);
    }
    Set<String> looks = mentioned(words, List.of(COLOURS, SHAPES, SIZES));
    List<Thing> meant = scene.things().stream().filter(thing -> words(thing).containsAll(looks)).toList();
    int number = List.of("zero", "one", "two").indexOf(String.join("", wording));
    if (wording.contains("none") || wording.contains("nothing") || number >= 0) {
      return words.contains("else") ? scene.things().size() == 1 : meant.size() == Math.max(0, number);
    }
    if (words.contains("background") || wording.stream().anyMatch(BACKGROUNDS::contains)) {
      return wording.equals(Set.of(scene.background().word()));
    }
    boolean rest = words.contains("else") || words.contains("other");
    Set<String> about = mentioned(words, List.of(COLOURS, SHAPES, SIZES, PLACES));
    return scene.things().stream().anyMatch(thing -> words(thing).containsAll(wording)
        && (rest && (about.isEmpty() || !words(thing).containsAll(about)) || words(thing).containsAll(about)));
  }

  private static boolean isTrue(boolean yes, Set<String> words, Scene scene) {
    if (words.contains("same")) {
      return yes == (scene.things().size() == 2 && isSame(words, scene.things().get(0), scene.things().get(1)));
    }
    if (words.contains("than")) {
      return yes == (scene.things().get(0).size() != scene.things().get(1).size()); // the order is not checked
    }
    if (words.contains("background")) {
      return yes == words.contains(scene.background().word());
    }
    if (words.contains("else")) {
      return yes == (scene.things().size() == 2);
    }
    Set<String> about = mentioned(words, List.of(COLOURS, SHAPES, SIZES, PLACES));
    boolean both = words.contains("both");
    long fitting = scene.things().stream().filter(thing -> words(thing).containsAll(about)).count();
    return yes == (fitting >= (both ? 2 : 1));
  }

  private static boolean isSame(Set<String> words, Thing a, Thing b) {
    if (words.contains("size")) {
      return a.size() == b.size();
    }
    return words.contains("shape") ? a.shape() == b.shape() : a.colour() == b.colour();
  }

  private static Set<String> mentioned(Set<String> words, List<Set<String>> kinds) {
    return words.stream().filter(word -> kinds.stream().anyMatch(kind -> kind.contains(word)))
        .collect(Collectors.toSet());
  }

  private static Set<String> words(Scene scene) {
    Set<String> words = new HashSet<>(Set.of(scene.background().word()));
    scene.things().forEach(thing -> words.addAll(words(thing)));
    return words;
  }

  private static Set<String> words(Thing thing) {
    Set<String> words = new HashSet<>(Set.of(thing.shape().word(), thing.colour().word(), thing.size().word()));
    words.addAll(Arrays.asList(thing.position().words().split(" ", -1)));
    return words;
  }

  /** Returns the words of a message; misspelt words of the world and comparatives as the world's words. */
  private static Set<String> understood(String text) {
    Set<String> words = new HashSet<>();
    for (String word : Fact.words(text)) {
      words.add(word);
      if (word.length() > 3) {
        ALL.stream().filter(known -> known.length() > 3 && isMisspelt(word, known)).forEach(words::add);
      }
    }
    COMPARATIVES.forEach((word, size) -> {
      if (words.contains(word)) {
        words.add(size);
      }
    });
    return words;
  }

  /** Whether a word is another one with one letter missing, doubled or exchanged with the next. */
  private static boolean isMisspelt(String word, String known) {
    for (int i = 0; i < known.length(); i++) {
      String before = known.substring(0, i);
      String after = known.substring(i + 1);
      char letter = known.charAt(i);
      boolean exchanged = !after.isEmpty()
          && word.equals(before + after.charAt(0) + letter + after.substring(1));
      if (word.equals(before + after) || word.equals(before + letter + letter + after) || exchanged) {
        return true;
      }
    }
    return false;
  }

  private static <T> Set<String> words(T[] values, Function<T, String> word) {
    return Arrays.stream(values).map(word).collect(Collectors.toSet());
  }
}
