package io.gill.examples.world;

import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.TestTalk.Description;
import io.gill.examples.world.TestTalk.Picture;
import io.gill.examples.world.TestTalk.Refusal;
import io.gill.examples.world.TestTalk.SmallTalk;
import io.gill.examples.world.TestTalk.Stated;
import io.gill.examples.world.TestTalk.Turn;
import io.gill.examples.world.TestTalk.Wanted;
import io.gill.examples.world.WorldDialogue.Shown;
import io.gill.examples.world.WorldDialogue.UserPart;
import io.gill.examples.world.WorldDialogue.Words;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Samples dialogues of the free-talk test set, with the words of {@link TestWords} and typing errors. The same number
 * always gives the same dialogue.
 */
public final class TestTalkSampler {
  private static final double HELD_OUT = 0.6;
  private static final int TRIES = 12;
  private static final int LONG_TEXT = 12;

  private final Dice dice;
  private final boolean clean;
  private final List<Turn> turns = new ArrayList<>();

  /** The pictures that an undo goes back to. */
  private final Deque<Scene> before = new ArrayDeque<>();

  private @Nullable Scene scene;

  /** The meaning of "it": the thing of the last turn, if it was about one. */
  private @Nullable Thing focus;

  /** The last turn's change of one thing. */
  private @Nullable Change last;

  private enum Kind { COLOUR, PLACE, STEP, SIZE, SHAPE, ADD, REMOVE, BACKGROUND, SWAP_PLACES, SWAP_COLOURS }

  /** A change of a thing to another value; its words have a slot for it. */
  private record Change(Kind kind, Scene old, Thing thing, Thing changed) {}

  private TestTalkSampler(long seed, boolean clean) {
    dice = new Dice(seed);
    this.clean = clean;
  }

  /**
   * Samples a dialogue.
   *
   * @param seed any number
   * @param turns the number of turns, from 1 to {@value TestTalk#MAX_TURNS}
   * @return the dialogue
   * @throws IllegalArgumentException if the number of turns is outside the range
   */
  public static TestTalk sample(long seed, int turns) {
    return sample(seed, turns, false);
  }

  /** Samples a dialogue, without typing errors, capitals and politeness if it has to be clean. */
  static TestTalk sample(long seed, int turns, boolean clean) {
    if (turns < 1 || turns > TestTalk.MAX_TURNS) {
      throw new IllegalArgumentException("turns must be between 1 and " + TestTalk.MAX_TURNS + ": " + turns);
    }
    TestTalkSampler sampler = new TestTalkSampler(seed, clean);
    sampler.first();
    while (sampler.turns.size() < turns) {
      boolean end = sampler.turns.size() == turns - 1;
      sampler.next(end);
    }
    return new TestTalk(String.valueOf(seed), sampler.turns);
  }

  private void first() {
    int what = dice.below(20);
    if (what < 3) {
      smallTalk(TestWords.HELLO);
    } else if (what < 4) {
      smallTalk(TestWords.ABOUT);
    } else if (what < 6) {
      refusal();
    } else if (what < 9) {
      shown();
    } else {
      begin(what < 11 ? TestWords.FIND : TestWords.DRAW);
    }
  }

  private void next(boolean end) {
    if (scene == null) {
      int what = dice.below(8);
      switch (what) {
        case 0 -> smallTalk(TestWords.ABOUT);
        case 1 -> refusal();
        case 2 -> shown();
        case 3 -> begin(TestWords.FIND);
        default -> begin(TestWords.DRAW);
      }
      return;
    }
    if (end && turns.size() > 3 && dice.chance(0.2)) {
      smallTalk(TestWords.BYE);
      return;
    }
    int what = dice.below(100);
    if (what < 46) {
      edit(List.of());
    } else if (what < 54) {
      if (!repaired()) {
        edit(List.of());
      }
    } else if (what < 72) {
      question(List.of());
    } else if (what < 76) {
      describe(List.of());
    } else if (what < 81) {
      smallTalk(dice.chance(0.7) ? TestWords.THANKS : TestWords.ABOUT);
    } else if (what < 88) {
      refusal();
    } else if (what < 94) {
      shown();
    } else {
      begin(what < 97 ? TestWords.DRAW : TestWords.FIND);
    }
  }

  // ---------------------------------------------------------------- pictures

  private void begin(List<String> templates) {
    Scene wanted = SceneSampler.sample(
        dice.chance(HELD_OUT) ? Split.HELD_OUT : Split.TRAIN, 1 + dice.below(Scene.MAX_THINGS), dice);
    before.clear();
    last = null;
    add(List.of(), filled(dice.pick(templates), "scene", wording(wanted)), new Picture(wanted));
    show(wanted);
  }

  private void show(Scene shown) {
    scene = shown;
    focus = shown.things().size() == 1 ? shown.things().get(0) : null;
  }

  private void shown() {
    Scene shown = SceneSampler.sample(
        dice.chance(HELD_OUT) ? Split.HELD_OUT : Split.TRAIN, 1 + dice.below(Scene.MAX_THINGS), dice);
    before.clear();
    last = null;
    show(shown);
    List<UserPart> parts = List.of(new Shown(shown));
    switch (dice.below(4)) {
      case 0 -> question(parts);
      case 1 -> describe(parts);
      default -> edit(parts);
    }
  }

  private void describe(List<UserPart> shown) {
    add(shown, dice.pick(TestWords.DESCRIBE), new Description(current()));
    focus = current().things().size() == 1 ? focus : null;
  }

  private void edit(List<UserPart> shown) {
    boolean heldOut = dice.chance(HELD_OUT);
    for (int i = 0; ; i++) {
      Optional<Edited> edited = edited(dice.pick(Kind.values()));
      if (edited.isPresent() && (!heldOut || i > TRIES || HeldOut.contains(edited.get().result))) {
        Edited made = edited.get();
        before.push(current());
        add(shown, made.request, new Picture(made.result));
        show(made.result);
        focus = made.focus == null ? focus : made.focus;
        last = made.change;
        return;
      }
    }
  }

  /** A change with the user's words for it. */
  private record Edited(String request, Scene result, @Nullable Thing focus, @Nullable Change change) {}

  private Optional<Edited> edited(Kind kind) {
    Thing thing = dice.pick(current().things());
    return switch (kind) {
      case COLOUR -> {
        Colour colour = other(Colour.values(), thing.colour());
        yield changed(kind, thing, thing.with(colour), dice.pick(TestWords.COLOUR), colour(colour));
      }
      case SHAPE -> {
        Shape shape = other(Shape.values(), thing.shape());
        yield changed(kind, thing, thing.with(shape), dice.pick(TestWords.SHAPE), shape(shape));
      }
      case SIZE -> {
        boolean bigger = thing.size() == Size.SMALL;
        yield changed(kind, thing, thing.with(bigger ? Size.LARGE : Size.SMALL),
            dice.pick(bigger ? TestWords.BIGGER : TestWords.SMALLER), "");
      }
      case PLACE -> {
        Position place = other(Position.values(), thing.position());
        String request = dice.pick(TestWords.PLACE).replace("{to}", to(place)).replace("{at}", at(place));
        yield changed(kind, thing, thing.with(place), request, "");
      }
      case STEP -> {
        int way = dice.below(4);
        Optional<Position> next =
            thing.position().step(List.of(0, 0, -1, 1).get(way), List.of(-1, 1, 0, 0).get(way));
        yield next.flatMap(place -> changed(kind, thing, thing.with(place), dice.pick(TestWords.STEP),
            List.of("up", "down", "to the left", "to the right").get(way)));
      }
      case ADD -> added();
      case REMOVE -> {
        if (current().things().size() == 1) {
          yield Optional.empty();
        }
        List<Thing> rest = current().things().stream().filter(one -> !one.equals(thing)).toList();
        yield Optional.of(new Edited(
            filled(dice.pick(TestWords.REMOVE), "it", reference(thing)), new Scene(current().background(), rest),
            rest.get(0), null));
      }
      case BACKGROUND -> {
        Background background = other(Background.values(), current().background());
        yield Optional.of(new Edited(filled(dice.pick(TestWords.BACKGROUND), "v", background.word()),
            current().with(background), null, null));
      }
      case SWAP_PLACES, SWAP_COLOURS -> swapped(kind == Kind.SWAP_PLACES);
    };
  }

  private Optional<Edited> changed(Kind kind, Thing thing, Thing changed, String template, String value) {
    List<Thing> things = current().replacing(thing, changed);
    if (!Scene.isPossible(things)) {
      return Optional.empty();
    }
    String request = filled(filled(template, "it", reference(thing)), "v", value);
    return Optional.of(new Edited(
        request, new Scene(current().background(), things), changed, new Change(kind, current(), thing, changed)));
  }

  private Optional<Edited> added() {
    List<Thing> things = new ArrayList<>(current().things());
    Thing thing = dice.pick(HeldOut.things(dice.chance(HELD_OUT) ? Split.HELD_OUT : Split.TRAIN));
    things.add(thing);
    return Scene.isPossible(things)
        ? Optional.of(new Edited(filled(dice.pick(TestWords.ADD), "v", wording(thing)),
            new Scene(current().background(), things), thing, null))
        : Optional.empty();
  }

  private Optional<Edited> swapped(boolean places) {
    if (current().things().size() < 2) {
      return Optional.empty();
    }
    Thing a = current().things().get(0);
    Thing b = current().things().get(1);
    List<Thing> things = places
        ? List.of(a.with(b.position()), b.with(a.position()))
        : List.of(a.with(b.colour()), b.with(a.colour()));
    if (!Scene.isPossible(things) || (!places && (a.colour() == b.colour() || a.shape() == b.shape()))) {
      return Optional.empty();
    }
    String request = dice.pick(places ? TestWords.SWAP_PLACES : TestWords.SWAP_COLOURS);
    return Optional.of(new Edited(request, new Scene(current().background(), things), null, null));
  }

  /** Takes the last change back, or corrects it. Returns false if there is none. */
  private boolean repaired() {
    if (before.isEmpty() || !(turns.get(turns.size() - 1).wanted() instanceof Picture)) {
      return false;
    }
    Change change = last;
    if (change == null || dice.chance(0.5)) {
      last = null;
      Scene back = before.pop();
      add(List.of(), dice.pick(TestWords.UNDO), new Picture(back));
      show(back);
      return true;
    }
    return dice.chance(0.5) ? anotherValue(change) : anotherThing(change);
  }

  private boolean anotherValue(Change change) {
    Thing now = change.changed;
    Thing meant = switch (change.kind) {
      case COLOUR -> now.with(dice.pick(Colour.values()));
      case SHAPE -> now.with(dice.pick(Shape.values()));
      default -> now;
    };
    List<Thing> things = current().replacing(now, meant);
    if (meant.equals(now) || meant.equals(change.thing) || !Scene.isPossible(things)) {
      return false;
    }
    String value = change.kind == Kind.COLOUR ? colour(meant.colour()) : "a " + shape(meant.shape());
    return repaired(filled(dice.pick(TestWords.NOT_VALUE), "v", value), things, meant);
  }

  private boolean anotherThing(Change change) {
    if (current().things().size() < 2) {
      return false;
    }
    Thing other = change.old.things().stream().filter(one -> !one.equals(change.thing)).findFirst().orElseThrow();
    Thing meant = switch (change.kind) {
      case COLOUR -> other.with(change.changed.colour());
      case SHAPE -> other.with(change.changed.shape());
      case SIZE -> other.with(change.changed.size());
      case PLACE -> other.with(change.changed.position());
      default -> other;
    };
    List<Thing> things = change.old.replacing(other, meant);
    if (meant.equals(other) || !Scene.isPossible(things) || change.thing.shape() == other.shape()
        || change.kind == Kind.SHAPE) {
      return false;
    }
    String request = dice.pick(TestWords.NOT_THING)
        .replace("{other}", "the " + other.shape().word()).replace("{it}", "the " + change.thing.shape().word());
    return repaired(request, things, meant);
  }

  private boolean repaired(String request, List<Thing> things, Thing meant) {
    last = null;
    Scene result = new Scene(current().background(), things);
    add(List.of(), request, new Picture(result));
    show(result);
    focus = meant;
    return true;
  }

  // --------------------------------------------------------------- questions

  private void question(List<UserPart> shown) {
    Thing thing = dice.pick(current().things());
    boolean two = current().things().size() == 2;
    focus = shown.isEmpty() ? focus : current().things().size() == 1 ? thing : null;
    int kind = dice.below(two ? 14 : 10);
    Thing about = kind < 5 ? thing : null;
    switch (kind) {
      case 0 -> ask(shown, TestWords.ASK_COLOUR, silent(thing, thing.colour().word()), thing.colour().word());
      case 1 -> ask(shown, TestWords.ASK_PLACE, reference(thing), thing.position().words());
      case 2 -> ask(shown, TestWords.ASK_SHAPE, silent(thing, thing.shape().word()), thing.shape().word());
      case 3 -> ask(shown, TestWords.ASK_SIZE, silent(thing, thing.size().word()), thing.size().word());
      case 4 -> {
        Colour colour = dice.chance(0.5) ? thing.colour() : dice.pick(Colour.values());
        String question = filled(dice.pick(TestWords.ASK_IS), "v", colour(colour));
        state(shown, filled(question, "it", silent(thing, thing.colour().word())), yes(colour == thing.colour()));
      }
      case 5 -> state(shown, dice.pick(TestWords.ASK_BACKGROUND), current().background().word());
      case 6 -> state(shown, dice.pick(TestWords.ASK_NUMBER), two ? "two" : "one");
      case 7 -> {
        Shape shape = dice.chance(0.6) ? thing.shape() : dice.pick(Shape.values());
        int count = (int) current().things().stream().filter(one -> one.shape() == shape).count();
        state(shown, filled(dice.pick(TestWords.ASK_NUMBER_OF), "v", FreeWording.plural(shape.word())),
            List.of("none | zero | no", "one", "two").get(count));
      }
      case 8 -> {
        Shape shape = dice.chance(0.5) ? thing.shape() : dice.pick(Shape.values());
        state(shown, filled(dice.pick(TestWords.ASK_EXISTS), "v", shape(shape)),
            yes(current().things().stream().anyMatch(one -> one.shape() == shape)));
      }
      case 9 -> state(shown, filled(dice.pick(TestWords.ASK_ELSE), "it", reference(thing)),
          two ? look(theOther(thing)) : "nothing | no");
      case 10 -> state(shown, dice.pick(TestWords.ASK_THERE).replace("{at}", at(thing.position())), look(thing));
      case 11 -> same(shown);
      default -> {
        Thing large = current().things().get(0).size() == Size.LARGE ? current().things().get(0)
            : current().things().get(1);
        if (theOther(large).size() == large.size()) {
          same(shown);
        } else {
          about = kind == 12 ? large : theOther(large);
          state(shown, dice.pick(kind == 12 ? TestWords.ASK_BIGGER : TestWords.ASK_SMALLER), differing(about));
        }
      }
    }
    focus = two ? about : current().things().get(0);
  }

  private void same(List<UserPart> shown) {
    Thing a = current().things().get(0);
    Thing b = current().things().get(1);
    switch (dice.below(3)) {
      case 0 -> state(shown, dice.pick(TestWords.ASK_SAME_COLOUR), yes(a.colour() == b.colour()));
      case 1 -> state(shown, dice.pick(TestWords.ASK_SAME_SIZE), yes(a.size() == b.size()));
      default -> state(shown, dice.pick(TestWords.ASK_SAME_SHAPE), yes(a.shape() == b.shape()));
    }
  }

  private void ask(List<UserPart> shown, List<String> templates, String it, String answer) {
    state(shown, filled(dice.pick(templates), "it", it), answer);
  }

  private void state(List<UserPart> shown, String question, String fact) {
    add(shown, question, new Stated(Fact.parse(fact)));
  }

  private static String yes(boolean fact) {
    return fact ? "yes" : "no";
  }

  private static String look(Thing thing) {
    return thing.shape().word() + " | " + thing.colour().word();
  }

  /** Returns what tells a thing of two from the other. */
  private String differing(Thing thing) {
    Thing other = theOther(thing);
    if (thing.shape() == other.shape()) {
      return thing.colour().word();
    }
    return thing.colour() == other.colour() ? thing.shape().word() : look(thing);
  }

  private Thing theOther(Thing thing) {
    return current().things().stream().filter(one -> !one.equals(thing)).findFirst().orElseThrow();
  }

  // --------------------------------------------- small talk and the impossible

  private void smallTalk(List<String> sentences) {
    add(List.of(), dice.pick(sentences), new SmallTalk());
    unfocus();
  }

  private void refusal() {
    add(List.of(), impossible(), new Refusal());
    unfocus();
  }

  private void unfocus() {
    last = null;
    focus = scene != null && scene.things().size() == 1 ? scene.things().get(0) : null;
  }

  private String impossible() {
    int what = dice.below(10);
    if (scene == null && what > 4) {
      what = 9;
    }
    Thing thing = scene == null
        ? new Thing(Shape.STAR, Colour.RED, Size.SMALL, Position.TOP) : dice.pick(scene.things());
    return switch (what) {
      case 0, 1 -> dice.pick(TestWords.SOMETHING_ELSE);
      case 2 -> filled(dice.pick(TestWords.DRAW), "scene", "a " + dice.pick(TestWords.NOUNS));
      case 3 -> filled(dice.pick(TestWords.DRAW), "scene",
          dice.pick(TestWords.NUMBERS) + " " + FreeWording.plural(dice.pick(Shape.values()).word()));
      case 4 -> chatter();
      case 5 -> filled(
          filled(dice.pick(TestWords.COLOUR), "it", reference(thing)), "v", dice.pick(TestWords.NO_COLOURS));
      case 6 -> filled(dice.pick(TestWords.BACKGROUND), "v", dice.pick(TestWords.NO_BACKGROUNDS));
      case 7 -> filled(dice.pick(TestWords.SHAPE).replace("{v}", dice.pick(TestWords.NOUNS)), "it", reference(thing));
      case 8 -> tooManyOrFew(thing);
      default -> {
        List<Shape> missing = Arrays.stream(Shape.values())
            .filter(shape -> scene == null || scene.things().stream().noneMatch(one -> one.shape() == shape)).toList();
        yield filled(filled(dice.pick(TestWords.COLOUR), "it", "the " + dice.pick(missing).word()), "v",
            dice.pick(Colour.values()).word());
      }
    };
  }

  private String tooManyOrFew(Thing thing) {
    if (current().things().size() == 1) {
      return filled(dice.pick(TestWords.REMOVE), "it", reference(thing));
    }
    Predicate<Thing> free = one -> current().things().stream().allMatch(one::goesWith);
    List<Thing> third = HeldOut.things(Split.TRAIN).stream().filter(free).toList();
    return filled(dice.pick(TestWords.ADD), "v", wording(dice.pick(third)));
  }

  private String chatter() {
    List<String> sentences = new ArrayList<>();
    for (int i = 0; i < LONG_TEXT; i++) {
      sentences.add(dice.pick(TestWords.CHATTER));
    }
    return String.join(", ", sentences);
  }

  // ------------------------------------------------------------------- words

  /** Returns words for a thing that no other thing fits. */
  private String reference(Thing thing) {
    List<String> all = references(thing);
    return dice.pick(all);
  }

  /** Returns a reference without a word. */
  private String silent(Thing thing, String word) {
    List<String> all = references(thing).stream().filter(one -> !one.contains(word)).toList();
    return all.isEmpty() ? "the thing " + thing.position().phrase() : dice.pick(all);
  }

  private List<String> references(Thing thing) {
    List<String> all = new ArrayList<>();
    all.add("the " + thing.colour().word() + " " + thing.shape().word());
    if (only(one -> one.shape() == thing.shape())) {
      all.addAll(Collections.nCopies(2, "the " + thing.shape().word()));
      all.add("that " + thing.shape().word());
    }
    if (current().things().size() > 1) {
      if (only(one -> one.colour() == thing.colour())) {
        all.add("the " + thing.colour().word() + " one");
      }
      if (only(one -> one.size() == thing.size())) {
        all.add("the " + thing.size().word() + " one");
      }
    }
    if (thing.equals(focus)) {
      all.addAll(Collections.nCopies(3, "it"));
    }
    return all;
  }

  private boolean only(Predicate<Thing> alike) {
    return current().things().stream().filter(alike).count() == 1;
  }

  private String wording(Scene wanted) {
    List<String> things = new ArrayList<>(wanted.things().stream().map(this::wording).toList());
    if (dice.chance(0.5)) {
      Collections.reverse(things);
    }
    return dice.pick(TestWords.FRAMES).replace("{bg}", wanted.background().word())
        .replace("{things}", String.join(dice.pick(TestWords.BETWEEN), things));
  }

  private String wording(Thing thing) {
    String size = thing.size().word();
    return dice.pick(TestWords.THINGS)
        .replace("{size}", dice.chance(0.15) ? dice.pick(TestWords.SIZES) + " " + size : size)
        .replace("{colour}", colour(thing.colour())).replace("{shape}", shape(thing.shape()))
        .replace("{at}", at(thing.position()));
  }

  private String colour(Colour colour) {
    return dice.chance(0.1) ? dice.pick(TestWords.COLOURS) + " " + colour.word() : colour.word();
  }

  private String shape(Shape shape) {
    return dice.chance(0.1) ? shape.word() + " " + dice.pick(TestWords.SHAPES) : shape.word();
  }

  private String at(Position place) {
    return dice.chance(0.15) ? "in the " + place.words() + " " + dice.pick(TestWords.PLACES) : place.phrase();
  }

  private String to(Position place) {
    return "to the " + place.words() + (dice.chance(0.15) ? " " + dice.pick(TestWords.PLACES) : "");
  }

  private static String filled(String template, String slot, String value) {
    return template.replace("{" + slot + "}", value);
  }

  private static <T> List<T> others(T[] values, T not) {
    return Arrays.stream(values).filter(value -> !value.equals(not)).toList();
  }

  private <T> T other(T[] values, T not) {
    return dice.pick(others(values, not));
  }

  private Scene current() {
    if (scene == null) {
      throw new IllegalStateException("the dialogue has no scene yet");
    }
    return scene;
  }

  // ------------------------------------------------------------------ typing

  private void add(List<UserPart> shown, String sentence, Wanted wanted) {
    String said = clean ? sentence : typed(sentence, wanted);
    List<UserPart> parts = new ArrayList<>(shown);
    parts.add(dice.chance(0.2) ? 0 : parts.size(), new Words(said));
    turns.add(new Turn(parts, wanted));
  }

  /** Varies a sentence like a typing user: capitals, punctuation, politeness and one error. */
  private String typed(String sentence, Wanted wanted) {
    String said = sentence;
    if (wanted instanceof Picture && dice.chance(0.15)) {
      said = dice.chance(0.5) ? "alright, " + said : said.replaceFirst("\\?$", "") + ", if you can";
    }
    if (wanted instanceof Picture && dice.chance(0.15)) {
      said = misspelt(said);
    }
    boolean question = said.endsWith("?");
    if (question && dice.chance(0.35)) {
      said = said.substring(0, said.length() - 1);
    } else if (!question && !(wanted instanceof Refusal) && dice.chance(0.35)) {
      said += dice.pick(".", ".", "!");
    }
    if (dice.chance(0.35)) {
      said = said.substring(0, 1).toUpperCase(Locale.ROOT) + said.substring(1);
    } else if (dice.chance(0.05)) {
      said = said.toUpperCase(Locale.ROOT);
    }
    return said;
  }

  /** Leaves a letter out, doubles it or exchanges it with the next, in a word of at least five letters. */
  private String misspelt(String sentence) {
    String[] words = sentence.split(" ", -1);
    int which = dice.below(words.length);
    String word = words[which];
    if (!word.matches("[a-z]{5,}")) {
      return sentence;
    }
    int at = 1 + dice.below(word.length() - 2);
    String start = word.substring(0, at);
    String rest = word.substring(at + 1);
    words[which] = switch (dice.below(3)) {
      case 0 -> start + rest;
      case 1 -> start + word.charAt(at) + word.charAt(at) + rest;
      default -> start + rest.charAt(0) + word.charAt(at) + rest.substring(1);
    };
    return String.join(" ", words);
  }
}
