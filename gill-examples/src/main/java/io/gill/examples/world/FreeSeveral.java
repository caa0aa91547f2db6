package io.gill.examples.world;

import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.WorldDialogue.Meant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Requests for several pictures in a reply. */
final class FreeSeveral {
  private final Split split;
  private final FreeState state;
  private final Dice dice;
  private final FreeWording wording;

  FreeSeveral(Split split, FreeState state, Dice dice, FreeWording wording) {
    this.split = split;
    this.state = state;
    this.dice = dice;
    this.wording = wording;
  }

  /**
   * A request for several pictures.
   *
   * @param words what the user types
   * @param scenes the scenes of the pictures, two or three
   * @param meant the thing that differs; empty if it is new, or if the background differs
   * @param since the first turn that one must know
   */
  record Several(String words, List<Scene> scenes, Optional<Meant> meant, int since) {}

  /** Several pictures of one new thing. */
  Several drawn() {
    while (true) {
      Variation by = dice.pick(Variation.COLOUR, Variation.PLACE, Variation.SIZE, Variation.BACKGROUND);
      Thing thing = SceneSampler.sample(split, 1, dice).things().get(0);
      boolean size = by != Variation.SIZE && dice.chance(0.5);
      boolean colour = by != Variation.COLOUR && dice.chance(0.7);
      boolean place = by != Variation.PLACE && dice.chance(0.5);
      boolean ground = by != Variation.BACKGROUND && dice.chance(0.4);
      thing = size ? thing : thing.with(Unsaid.SIZE);
      thing = colour ? thing : thing.with(Unsaid.colour(thing.shape()));
      thing = place ? thing : thing.with(Unsaid.place(List.of()));
      Scene in = new Scene(ground ? dice.pick(Background.values()) : Unsaid.BACKGROUND, List.of(thing));
      Optional<Varied> varied = varied(in, thing, by);
      if (varied.isPresent()) {
        String what = wording.thing(thing, size, colour, place ? wording.at(thing.position()) : "", false)
            + (ground ? " on " + wording.background(in.background()) : "") + " " + varied.get().words;
        boolean command = dice.chance(0.7);
        List<String> frames = (command ? FreeWords.DRAW : FreeWords.DRAW_WISHES).stream()
            .filter(frame -> !frame.matches(".*(picture|image|drawing).*")).toList(); // these ask for one
        String text = wording.request(frames, what);
        return new Several(command ? wording.command(text) : wording.wish(text), varied.get().scenes, Optional.empty(),
            state.turn());
      }
    }
  }

  /** Several pictures with different values of an attribute of a thing. */
  Several changed() {
    while (true) {
      Scene in = state.current();
      Thing thing = dice.pick(in.things());
      Variation by = dice.pick(Variation.values());
      Optional<Varied> varied = varied(in, thing, by)
          .filter(one -> !one.scenes.get(one.scenes.size() - 1).equals(in)); // or undo is unclear
      if (varied.isPresent()) {
        boolean all = by == Variation.BACKGROUND;
        String words = dice.pick(FreeWords.SEVERAL)
            .replace("{it}", all ? dice.pick("it", "this", "that", "the picture") : state.reference(in, thing))
            .replace("{v}", varied.get().words)
            .replace("{n}", varied.get().scenes.size() == Dialogues.MAX_PICTURES ? "three" : "two");
        return new Several(wording.wish(words), varied.get().scenes,
            all ? Optional.empty() : Optional.of(new Meant(in, Optional.of(thing))),
            all ? state.stated() : state.since(in, thing));
      }
    }
  }

  private enum Variation { COLOUR, PLACE, SIZE, SHAPE, BACKGROUND }

  /**
   * Pictures that differ in one value.
   *
   * @param words the values in words
   */
  private record Varied(List<Scene> scenes, String words) {}

  private Optional<Varied> varied(Scene in, Thing thing, Variation by) {
    return switch (by) {
      case COLOUR -> varied(in, thing, Colour.values(), wording::colour, words -> listed("in ", words), Thing::with);
      case PLACE -> varied(in, thing, Position.values(), wording::at, this::placed, Thing::with);
      case SIZE -> {
        String preposition = dice.pick("", "in ");
        yield varied(in, thing, Size.values(), wording::size, words -> listed(preposition, words), Thing::with);
      }
      case SHAPE -> varied(in, thing, Shape.values(), shape -> FreeWording.withArticle(wording.shape(shape)),
          words -> listed("as ", words), Thing::with);
      case BACKGROUND -> {
        List<Background> values = several(Background.values());
        yield possible(values.stream().map(in::with).toList(),
            listed("on ", values.stream().map(wording::background).toList()));
      }
    };
  }

  private <T> Optional<Varied> varied(Scene in, Thing thing, T[] all, Function<T, String> word,
      Function<List<String>, String> join, BiFunction<Thing, T, Thing> with) {
    List<T> values = several(all);
    List<Scene> scenes = values.stream()
        .flatMap(value -> in.possible(in.replacing(thing, with.apply(thing, value))).stream()).toList();
    return scenes.size() < values.size()
        ? Optional.empty() : possible(scenes, join.apply(values.stream().map(word).toList()));
  }

  private Optional<Varied> possible(List<Scene> scenes, String words) {
    return split == Split.TRAIN && scenes.stream().anyMatch(HeldOut::contains)
        ? Optional.empty() : Optional.of(new Varied(scenes, words));
  }

  /** Picks two or three values. */
  private <T> List<T> several(T[] values) {
    List<T> left = new ArrayList<>(List.of(values));
    int count = Math.min(left.size(), dice.pick(2, Dialogues.MAX_PICTURES));
    return IntStream.range(0, count).mapToObj(i -> left.remove(dice.below(left.size()))).toList();
  }

  /** Names places so that they cannot be read as one, as in "at the top, on the left". */
  private String placed(List<String> places) {
    return switch (dice.below(5)) {
      case 0 -> "first " + String.join(dice.pick(", then ", ", next ", ", after that "), places);
      case 1 -> "in one picture " + String.join(dice.pick(", in another ", " and in the next one "), places);
      default -> "once " + String.join(dice.pick(" and once ", " and then ", ", then ", ", once ", ", later "), places);
    };
  }

  /** Names values after a preposition, which may stand before each. */
  private String listed(String preposition, List<String> values) {
    String each = dice.chance(0.4) ? preposition : "";
    int last = values.size() - 1;
    return switch (dice.below(10)) {
      case 0 -> preposition + String.join(", then " + each, values);
      case 1 -> "once " + preposition + String.join(" and once " + preposition, values);
      case 2 -> "first " + preposition + String.join(dice.pick(", then ", ", next ", ", after that ") + each, values);
      case 3 -> preposition + String.join(dice.pick(" / ", "; ", " & ", " - ") + each, values);
      case 4 -> preposition + String.join(dice.pick(", afterwards ", ", next time ", ", in another picture ") + each,
          values);
      default -> preposition + String.join(", " + each, values.subList(0, last))
          + dice.pick(" and ", " and ", " and then ", ", ", " and also ", " as well as ") + each + values.get(last);
    };
  }
}
