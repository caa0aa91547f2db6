package io.gill.examples.world;

import io.gill.examples.world.Answers.Refusal;
import io.gill.examples.world.Answers.SmallTalk;
import io.gill.examples.world.FreeDraft.Direction;
import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.WorldDialogue.Kind;
import io.gill.examples.world.WorldDialogue.Meant;
import io.gill.examples.world.WorldDialogue.Shown;
import io.gill.examples.world.WorldDialogue.Turn;
import io.gill.examples.world.WorldDialogue.UserPart;
import io.gill.examples.world.WorldDialogue.Words;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Free talk for training, under construction. A user speaks only of what the last {@link Dialogues#WINDOW} turns show,
 * since a session of the bundled model forgets earlier ones.
 */
final class TrainingTalk {
  private static final double UNKNOWN = 0.04;

  /** The share of the requests that want several pictures. */
  private static final double SEVERAL = 0.07;

  /** The share of the questions about likeness that are kept where the answer is no. */
  private static final double NO = 0.25;

  private static final double AS_WELL = 0.3;

  private final Split split;
  private final Dice dice;
  private final FreeWording wording;
  private final List<Turn> turns = new ArrayList<>();
  private final List<Integer> since = new ArrayList<>();

  /** The scenes to which the user can go back; the last one is the current one. */
  private final List<Stated> stack = new ArrayList<>();

  private @Nullable Scene scene;
  private @Nullable Thing focus;
  private @Nullable Change last;

  /** Whether the last change went back. */
  private boolean wentBack;

  /** The attribute that the last change swapped. */
  private @Nullable Attribute swapped;

  /** The last thing that was removed from the current picture. */
  private @Nullable Removed removed;

  /** The turn that stated the current scene. */
  private int stated;

  /** The turn that last spoke of the focus. */
  private int focused;

  /** The attribute that a question asked for last. */
  private @Nullable Attribute asked;

  /** The turn of that question. */
  private int askedIn;

  /** A scene and the turn that stated it. */
  private record Stated(Scene scene, int turn) {}

  /**
   * A removed thing.
   *
   * @param shown the turn that stated it
   * @param gone the turn that removed it
   */
  private record Removed(Thing thing, int shown, int gone) {}

  private enum Attribute { COLOUR, PLACE, SIZE, SHAPE }

  /**
   * A new value of an attribute.
   *
   * @param word the value in words; a place without its preposition
   * @param at a place with a preposition; empty for other attributes
   * @param to the same place as a goal
   * @param of gives a thing the value
   */
  private record Value(Attribute attribute, String word, String at, String to, UnaryOperator<Thing> of) {
    String fill(String template) {
      return template.replace("{v}", word).replace("{at}", at).replace("{to}", to);
    }
  }

  /** A change of one attribute of a thing in the last turn, and the turn that stated the scene before it. */
  private record Change(Value value, Thing old, Thing now, Scene before, int since) {}

  /**
   * A request for a change and its result.
   *
   * @param command whether the words begin with a verb
   * @param thing the changed thing; null if the request is not about one thing
   * @param focus the meaning of "it" afterwards
   * @param since the first turn that one must know
   * @param change the change, if a user may correct or repeat it
   * @param swapped the attribute that two things swap
   */
  private record Edited(String words, boolean command, @Nullable Thing thing, Scene result, @Nullable Thing focus,
      int since, @Nullable Change change, @Nullable Attribute swapped) {
    Edited(String words, boolean command, @Nullable Thing thing, Scene result, @Nullable Thing focus, int since,
        @Nullable Change change) {
      this(words, command, thing, result, focus, since, change, null);
    }
  }

  TrainingTalk(Split split, Dice dice) {
    this.split = split;
    this.dice = dice;
    wording = new FreeWording(dice);
  }

  WorldDialogue dialogue() {
    return new WorldDialogue(turns);
  }

  boolean belongs() {
    return scene != null && HeldOut.belongs(split, scene);
  }

  /** Returns the last turns, as a session shows them. */
  Dialogues.Window window() {
    int first = first(Dialogues.WINDOW);
    List<Boolean> answerable = since.subList(first, since.size()).stream().map(turn -> turn >= first).toList();
    return new Dialogues.Window(new WorldDialogue(turns.subList(first, turns.size())), answerable);
  }

  private int windowStart() {
    return first(Dialogues.WINDOW - 1);
  }

  /** Returns the index of the first of the user's last turns. */
  private int first(int last) {
    int index = turns.size();
    for (int left = last; left > 0 && index > 0;) {
      index--;
      left -= turns.get(index).goesOn() ? 0 : 1;
    }
    return index;
  }

  /** Adds 1 to {@code most} turns of any kind; small numbers are more frequent. */
  void turns(int most) {
    int count = Math.min(1 + dice.below(most), 1 + dice.below(most));
    for (int i = 0; i < count; i++) {
      turn();
    }
  }

  /** Adds a turn of any kind. */
  void turn() {
    forget();
    int kind = dice.below(100);
    if (scene == null) {
      if (kind < 52) {
        draw();
      } else if (kind < 66) {
        find();
      } else if (kind < 82) {
        show();
      } else if (kind < 90) {
        smallTalk();
      } else {
        refuse();
      }
    } else if (kind < 41) {
      edit(List.of());
    } else if (kind < 61) {
      question(List.of());
    } else if (kind < 67) {
      draw();
    } else if (kind < 71) {
      find();
    } else if (kind < 74) {
      describe(List.of());
    } else if (kind < 82) {
      show();
    } else if (kind < 89) {
      smallTalk();
    } else {
      refuse();
    }
  }

  /** Adds a turn of one kind, with a picture of the user if it needs one. */
  void turn(Kind kind) {
    switch (kind) {
      case DRAW -> draw();
      case FIND -> find();
      case GREETING -> smallTalk();
      case REFUSAL -> refuse();
      case QUESTION, DESCRIBE, EDIT -> about(kind, shown());
    }
  }

  /** Adds a turn about the current picture, without a new one of the user. */
  void follow(Kind kind) {
    about(kind, List.of());
  }

  private void about(Kind kind, List<UserPart> shown) {
    switch (kind) {
      case QUESTION -> question(shown);
      case DESCRIBE -> describe(shown);
      case EDIT -> edit(shown);
      case DRAW, FIND, GREETING, REFUSAL -> throw new IllegalArgumentException(kind + " is not about a picture");
    }
  }

  private void forget() {
    int first = windowStart();
    stack.removeIf(one -> one.turn < first);
    if (scene != null && stated < first) {
      scene = null;
    }
    if (focus != null && focused < first) {
      focus = null;
    }
    if (last != null && (last.since < first || scene == null)) {
      last = null;
    }
    if (removed != null && removed.shown < first) {
      removed = null;
    }
  }

  private Scene current() {
    if (scene == null) {
      throw new IllegalStateException("the dialogue has no scene");
    }
    return scene;
  }

  private void add(Kind kind, List<UserPart> user, Optional<Meant> meant, String answer, Optional<Scene> picture,
      int sinceTurn) {
    turns.add(new Turn(kind, user, meant, answer, picture, Optional.ofNullable(scene)));
    since.add(sinceTurn);
  }

  private static List<UserPart> words(String text) {
    return List.of(new Words(text));
  }

  /** Makes a scene the current one, stated in the turn to add. */
  private void state(Scene next, @Nullable Thing about) {
    stated = turns.size();
    if (!stack.isEmpty() && stack.get(stack.size() - 1).scene.equals(next)) {
      stack.remove(stack.size() - 1);
    }
    stack.add(new Stated(next, stated));
    scene = next;
    Thing only = next.things().size() == 1 ? next.things().get(0) : about;
    focused = about != null && about.equals(focus) ? focused : stated;
    focus = only;
    last = null;
    wentBack = false;
    swapped = null;
    removed = null;
  }

  private void draw() {
    if (dice.chance(SEVERAL)) {
      drawSeveral();
      return;
    }
    FreeDraft draft = FreeDraft.of(split, dice, wording);
    boolean command = dice.chance(0.7);
    String text = dice.chance(0.07) ? draft.words() + dice.pick(FreeWords.DRAW_AFTER)
        : dice.chance(UNKNOWN) ? wording.nonsense() + dice.pick(" ", " me ") + draft.words()
        : request(command ? FreeWords.DRAW : FreeWords.DRAW_WISHES, draft.words());
    state(draft.scene(), null);
    last = focus == null ? null : drawn(draft.scene(), focus);
    add(Kind.DRAW, words(command ? wording.command(text) : wording.wish(text)), Optional.empty(),
        Answers.drawn(draft.scene()), Optional.of(draft.scene()), turns.size());
  }

  /** An attribute of the only thing in a new picture, which a user may correct like a change. */
  private Change drawn(Scene scene, Thing thing) {
    return new Change(value(dice.pick(Attribute.COLOUR, Attribute.PLACE, Attribute.SHAPE), thing), thing, thing, scene,
        turns.size());
  }

  /** Several pictures of one new thing. */
  private void drawSeveral() {
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
        String text = request(frames, what);
        add(Kind.DRAW, words(command ? wording.command(text) : wording.wish(text)), Optional.empty(), varied.get(),
            turns.size());
        return;
      }
    }
  }

  /** Several pictures with different values of an attribute of a thing. */
  private void vary(List<UserPart> shown) {
    while (true) {
      Scene in = current();
      Thing thing = dice.pick(in.things());
      Variation by = dice.pick(Variation.values());
      Optional<Varied> varied = varied(in, thing, by).filter(one -> !one.last().equals(in)); // or undo is unclear
      if (varied.isPresent()) {
        boolean all = by == Variation.BACKGROUND;
        String words = dice.pick(FreeWords.SEVERAL)
            .replace("{it}", all ? dice.pick("it", "this", "that", "the picture") : reference(in, thing))
            .replace("{v}", varied.get().words)
            .replace("{n}", varied.get().scenes.size() == Dialogues.MAX_PICTURES ? "three" : "two");
        add(Kind.EDIT, with(shown, wording.wish(words)), all ? Optional.empty() : meant(in, thing), varied.get(),
            all ? stated : since(in, thing));
        return;
      }
    }
  }

  /** Adds a reply of several pictures. The last one becomes the current picture; one undo takes back all of them. */
  private void add(Kind kind, List<UserPart> user, Optional<Meant> meant, Varied varied, int sinceTurn) {
    List<UserPart> said = user;
    for (Scene picture : varied.scenes) {
      if (picture.equals(varied.last())) {
        state(picture, null);
      } else {
        scene = picture;
      }
      add(kind, said, meant, Answers.drawn(picture), Optional.of(picture), sinceTurn);
      said = List.of();
    }
  }

  private enum Variation { COLOUR, PLACE, SIZE, SHAPE, BACKGROUND }

  /**
   * Pictures that differ in one value.
   *
   * @param words the values in words
   */
  private record Varied(List<Scene> scenes, String words) {
    Scene last() {
      return scenes.get(scenes.size() - 1);
    }
  }

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
        .flatMap(value -> scene(in, in.replacing(thing, with.apply(thing, value))).stream()).toList();
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
    return "once " + String.join(dice.pick(" and once ", " and then ", ", then "), places);
  }

  /** Names values after a preposition, which may stand before each. */
  private String listed(String preposition, List<String> values) {
    String each = dice.chance(0.4) ? preposition : "";
    int last = values.size() - 1;
    return switch (dice.below(6)) {
      case 0 -> preposition + String.join(", then " + each, values);
      case 1 -> "once " + preposition + String.join(" and once " + preposition, values);
      default -> preposition + String.join(", " + each, values.subList(0, last))
          + dice.pick(" and ", " and ", " and then ", ", ", " and also ") + each + values.get(last);
    };
  }

  private String request(List<String> frames, String what) {
    boolean placeFirst = what.matches("(at|in|on) .*");
    List<String> fitting =
        frames.stream().filter(frame -> !placeFirst || !frame.matches(".*(of|with|for|to find)")).toList();
    String frame = dice.pick(fitting.isEmpty() ? frames : fitting);
    return (frame + " " + what).strip();
  }

  private void find() {
    if (scene != null && dice.chance(0.2)) {
      findAlike(List.of());
      return;
    }
    FreeDraft draft = FreeDraft.of(split, dice, wording);
    boolean command = dice.chance(0.8);
    String text = request(command ? FreeWords.FIND : FreeWords.FIND_WISHES, draft.words());
    state(draft.scene(), null);
    add(Kind.FIND, words(command ? wording.command(text) : wording.wish(text)), Optional.empty(),
        Answers.found(draft.scene()), Optional.of(draft.scene()), turns.size());
  }

  private void findAlike(List<UserPart> shown) {
    Scene same = current();
    int from = shown.isEmpty() ? stated : turns.size();
    List<UserPart> user = with(shown, wording.command(dice.pick(FreeWords.FIND_ALIKE)));
    state(same, null);
    add(Kind.FIND, user, Optional.empty(), Answers.found(same), Optional.of(same), from);
  }

  /** Makes the user show a picture. */
  private List<UserPart> shown() {
    Scene next = SceneSampler.sample(split, dice.chance(0.4) ? 1 : 2, dice);
    state(next, null);
    return List.of(new Shown(next));
  }

  private void show() {
    List<UserPart> shown = shown();
    switch (dice.below(10)) {
      case 0, 1, 2 -> edit(shown);
      case 3, 4, 5 -> question(shown);
      case 6, 7 -> describe(shown);
      case 8 -> findAlike(shown);
      default -> add(Kind.DESCRIBE, shown, Optional.empty(), Answers.seen(current()), Optional.empty(), turns.size());
    }
  }

  private List<UserPart> with(List<UserPart> shown, String words) {
    if (shown.isEmpty()) {
      return words(words);
    }
    int order = dice.below(20);
    if (order == 0) {
      String before = wording.typed(dice.pick("look at this", "here is a picture", "look", "i have a picture"));
      return List.of(new Words(before), shown.get(0), new Words(words));
    }
    return order < 4 ? List.of(new Words(words), shown.get(0)) : List.of(shown.get(0), new Words(words));
  }

  private void describe(List<UserPart> shown) {
    int from = shown.isEmpty() ? stated : turns.size();
    List<UserPart> user = with(shown, wording.typed(dice.pick(FreeWords.DESCRIBE)));
    state(current(), focus);
    add(Kind.DESCRIBE, user, Optional.empty(), Answers.seen(current()), Optional.empty(), from);
  }

  private void smallTalk() {
    SmallTalk talk = dice.pick(SmallTalk.values());
    String text = talk == SmallTalk.WHAT_CAN_YOU_DO && dice.chance(0.15)
        ? able(wording.shape(dice.pick(Shape.values()))) : dice.pick(switch (talk) {
      case HELLO -> FreeWords.HELLO;
      case HOW_ARE_YOU -> FreeWords.HOW_ARE_YOU;
      case WHO_ARE_YOU -> FreeWords.WHO_ARE_YOU;
      case WHAT_CAN_YOU_DO -> FreeWords.WHAT_CAN_YOU_DO;
      case THANKS -> FreeWords.THANKS;
      case PRAISE -> FreeWords.PRAISE;
      case BLAME -> FreeWords.BLAME;
      case BYE -> FreeWords.BYE;
    });
    add(Kind.GREETING, words(wording.typed(text)), Optional.empty(), talk.text(), Optional.empty(), turns.size());
    last = null;
  }

  private String able(String noun) {
    return dice.pick(FreeWords.ASK_ABLE).replace("{v}", FreeWording.plural(noun));
  }

  private static Optional<Thing> other(Scene scene, Thing thing) {
    return scene.things().stream().filter(one -> !one.equals(thing)).findFirst();
  }

  private boolean isFocus(Scene scene, Thing thing) {
    return scene.things().size() == 1 || thing.equals(focus);
  }

  /** The first turn that one must know to understand words about a thing. */
  private int since(Scene in, Thing thing) {
    return in.things().size() > 1 && thing.equals(focus) ? Math.min(stated, focused) : stated;
  }

  private String reference(Scene in, Thing thing) {
    return wording.reference(in, thing, focus);
  }

  private void edit(List<UserPart> shown) {
    if (dice.chance(SEVERAL)) {
      vary(shown);
      return;
    }
    while (true) {
      Optional<Edited> edited = attempt(current(), shown.isEmpty());
      if (edited.isPresent() && (split == Split.HELD_OUT || !HeldOut.contains(edited.get().result))) {
        edit(shown, edited.get());
        return;
      }
    }
  }

  private void edit(List<UserPart> shown, Edited edited) {
    Optional<Meant> meant =
        Optional.ofNullable(edited.thing).map(thing -> new Meant(current(), Optional.of(thing)));
    List<UserPart> user =
        with(shown, edited.command ? wording.command(edited.words) : wording.wish(edited.words));
    Removed gone = gone(current(), edited.result);
    state(edited.result, edited.focus);
    removed = gone;
    last = edited.change;
    swapped = edited.swapped;
    wentBack = FreeWords.UNDO.contains(edited.words);
    add(Kind.EDIT, user, meant, Answers.drawn(edited.result), Optional.of(edited.result), edited.since);
  }

  /** Returns what a change removes, or what an earlier one has removed. */
  private @Nullable Removed gone(Scene before, Scene after) {
    if (after.things().size() == Scene.MAX_THINGS) {
      return null;
    }
    return before.things().size() < Scene.MAX_THINGS ? removed
        : !before.things().containsAll(after.things()) ? null
        : before.things().stream().filter(one -> !after.things().contains(one)).findFirst()
            .map(one -> new Removed(one, stated, turns.size())).orElse(null);
  }

  private Optional<Edited> attempt(Scene in, boolean hasEarlier) {
    if (last != null && dice.chance(0.25)) {
      return followUp(in, last);
    }
    if (wentBack && hasEarlier && dice.chance(0.35)) {
      return undone();
    }
    if (swapped != null && dice.chance(0.25)) {
      return swappedToo(in, swapped);
    }
    if (removed != null && dice.chance(0.3)) {
      return restored(in, removed);
    }
    Thing thing = dice.pick(in.things());
    int kind = dice.below(100);
    if (kind < 38) {
      Attribute attribute = kind < 13 ? Attribute.COLOUR : kind < 24 ? Attribute.PLACE
          : kind < 31 ? Attribute.SIZE : Attribute.SHAPE;
      return one(in, thing, value(attribute, thing));
    } else if (kind < 49) {
      return added(in);
    } else if (kind < 54) {
      return removed(in, thing);
    } else if (kind < 59) {
      return background(in);
    } else if (kind < 69) {
      return swapped(in);
    } else if (kind < 71) {
      boolean command = dice.chance(0.5);
      return Optional.of(new Edited(dice.pick(FreeWords.AGAIN), command, null, in, focus, stated, null));
    } else if (kind < 80) {
      return hasEarlier ? undone() : Optional.empty();
    } else if (kind < 86) {
      return moved(in, thing);
    } else if (kind < 89) {
      return both(in, thing);
    } else if (kind < 92) {
      return exchanged(in, thing);
    } else if (kind < 95) {
      return alike(in, thing);
    } else if (kind < 96) {
      return corrected(in, thing);
    } else if (kind < 98) {
      return hasEarlier ? fromBefore(in) : Optional.empty();
    }
    return twice(in, thing);
  }

  private Value value(Attribute attribute, Thing thing) {
    return switch (attribute) {
      case COLOUR -> {
        Colour colour = different(Colour.values(), thing.colour());
        yield new Value(attribute, wording.colour(colour), "", "", one -> one.with(colour));
      }
      case PLACE -> {
        Position place = different(Position.values(), thing.position());
        yield new Value(attribute, wording.place(place), wording.at(place), wording.to(place), one -> one.with(place));
      }
      case SIZE -> {
        Size size = different(Size.values(), thing.size());
        yield new Value(attribute, wording.size(size), "", "", one -> one.with(size));
      }
      case SHAPE -> {
        Shape shape = different(Shape.values(), thing.shape());
        yield new Value(attribute, wording.shape(shape), "", "", one -> one.with(shape));
      }
    };
  }

  private <T> T different(T[] values, T from) {
    return dice.pick(Arrays.stream(values).filter(value -> !value.equals(from)).toList());
  }

  private List<String> commands(Value value, Thing thing) {
    return switch (value.attribute) {
      case COLOUR -> FreeWords.COLOUR;
      case PLACE -> FreeWords.PLACE;
      case SIZE -> thing.size() == Size.SMALL ? FreeWords.BIGGER : FreeWords.SMALLER;
      case SHAPE -> FreeWords.SHAPE;
    };
  }

  private static List<String> wishes(Value value, Thing thing) {
    return switch (value.attribute) {
      case COLOUR -> FreeWords.COLOUR_WISHES;
      case PLACE -> FreeWords.PLACE_WISHES;
      case SIZE -> thing.size() == Size.SMALL ? FreeWords.BIGGER_WISHES : FreeWords.SMALLER_WISHES;
      case SHAPE -> FreeWords.SHAPE_WISHES;
    };
  }

  /** Returns templates that leave out which thing is meant. */
  private static List<String> alone(Value value, Thing thing) {
    return switch (value.attribute) {
      case COLOUR -> FreeWords.COLOUR_ALONE;
      case PLACE -> FreeWords.PLACE_ALONE;
      case SIZE -> thing.size() == Size.SMALL ? FreeWords.BIGGER_ALONE : FreeWords.SMALLER_ALONE;
      case SHAPE -> FreeWords.SHAPE_ALONE;
    };
  }

  private Optional<Edited> one(Scene in, Thing thing, Value value) {
    int how = dice.below(20);
    boolean command = how < 11;
    boolean alone = how > 14 && isFocus(in, thing);
    String template = alone && dice.chance(0.15) && isTold(in, thing, value.attribute) ? insteadOf(value, thing)
        : dice.pick(command ? commands(value, thing) : alone ? alone(value, thing) : wishes(value, thing));
    String words = value.fill(template).replace("{it}", reference(in, thing));
    boolean shared = other(in, thing).stream().anyMatch(one -> value.of.apply(one).equals(one));
    return replaced(shared && command && dice.chance(AS_WELL) ? words + dice.pick(" too", " as well", ", too") : words,
        command, in, thing, value);
  }

  /** Names a wrong value first. */
  private Optional<Edited> corrected(Scene in, Thing thing) {
    Attribute attribute = dice.pick(Attribute.COLOUR, Attribute.PLACE, Attribute.SHAPE);
    Value wrong = value(attribute, thing);
    Value meant = value(attribute, thing);
    if (wrong.of.apply(thing).equals(meant.of.apply(thing))) {
      return Optional.empty();
    }
    String words = wrong.fill(dice.pick(commands(wrong, thing))).replace("{it}", reference(in, thing))
        + dice.pick(FreeWords.CORRECTED).replace("{v}", said(meant));
    return replaced(words, true, in, thing, meant);
  }

  /** Names a value without a verb. */
  private static String said(Value value) {
    return switch (value.attribute) {
      case PLACE -> value.at;
      case SHAPE -> FreeWording.withArticle(value.word);
      case COLOUR, SIZE -> value.word;
    };
  }

  private String insteadOf(Value value, Thing thing) {
    return dice.pick(FreeWords.INSTEAD_OF).replace("{old}", word(thing, value.attribute));
  }

  private static String word(Thing thing, Attribute attribute) {
    return switch (attribute) {
      case COLOUR -> thing.colour().word();
      case PLACE -> thing.position().words();
      case SIZE -> thing.size().word();
      case SHAPE -> thing.shape().word();
    };
  }

  /** Whether no other thing has the same value. */
  private static boolean isTold(Scene in, Thing thing, Attribute attribute) {
    return other(in, thing).stream().noneMatch(one -> word(one, attribute).equals(word(thing, attribute)));
  }

  /** Puts another thing in the place of one; what is unsaid stays as it was. */
  private Optional<Edited> exchanged(Scene in, Thing thing) {
    boolean size = dice.chance(0.5);
    boolean colour = !size || dice.chance(0.7);
    Thing look = thing.with(dice.pick(Shape.values()));
    look = size ? look.with(dice.pick(Size.values())) : look;
    Thing now = colour ? look.with(dice.pick(Colour.values())) : look;
    boolean command = dice.chance(0.6);
    String template = without("shape", command ? FreeWords.SHAPE : FreeWords.SHAPE_WISHES); // more than that changes
    String words = template.replace("a {v}", wording.thing(now, size, colour, "", false))
        .replace("{it}", reference(in, thing));
    return scene(in, in.replacing(thing, now)).filter(result -> !result.equals(in))
        .map(result -> new Edited(words, command, thing, result, now, since(in, thing), null));
  }

  /** Gives a thing an attribute of the other one. */
  private Optional<Edited> alike(Scene in, Thing thing) {
    return other(in, thing).flatMap(model -> {
      Attribute attribute = dice.pick(Attribute.COLOUR, Attribute.COLOUR, Attribute.SIZE, Attribute.SHAPE);
      Value value = new Value(attribute, word(model, attribute), "", "", switch (attribute) {
        case COLOUR -> one -> one.with(model.colour());
        case SIZE -> one -> one.with(model.size());
        default -> one -> one.with(model.shape());
      });
      if (value.of.apply(thing).equals(thing)) {
        return Optional.empty();
      }
      String words = dice.pick(switch (attribute) {
        case COLOUR -> FreeWords.COLOUR_OF;
        case SIZE -> FreeWords.SIZE_OF;
        default -> FreeWords.SHAPE_OF;
      }).replace("{it}", reference(in, thing)).replace("{other}", wording.reference(in, model, null));
      return replaced(value.fill(words), false, in, thing, value);
    });
  }

  /** Puts a removed thing back. */
  private Optional<Edited> restored(Scene in, Removed one) {
    Thing thing = one.thing;
    return scene(in, List.of(in.things().get(0), thing)).map(result -> {
      Thing kept = in.things().get(0);
      List<String> references = new ArrayList<>(List.of(
          "the " + wording.colour(thing.colour()) + " " + wording.shape(thing.shape()), "the other one"));
      if (kept.shape() != thing.shape()) {
        references.addAll(List.of("the " + wording.shape(thing.shape()), "the " + thing.shape().word()));
      }
      if (kept.colour() != thing.colour()) {
        references.add("the " + wording.colour(thing.colour()) + " one");
      }
      if (one.gone == turns.size() - 1) {
        references.addAll(List.of("it", "it", "it"));
      }
      String words = dice.pick(FreeWords.RESTORE).replace("{it}", dice.pick(references));
      return new Edited(words, false, null, result, thing, Math.min(stated, one.shown), null);
    });
  }

  /** Gives both things one colour or size. */
  private Optional<Edited> both(Scene in, Thing thing) {
    if (in.things().size() < 2) {
      return Optional.empty();
    }
    Value value = value(dice.pick(Attribute.COLOUR, Attribute.SIZE), thing);
    boolean painted = value.attribute == Attribute.COLOUR && dice.chance(0.4);
    String words = value.fill(dice.pick(painted ? FreeWords.BOTH_COLOURS : FreeWords.BOTH));
    return scene(in, in.things().stream().map(value.of).toList())
        .map(result -> new Edited(words, false, null, result, null, stated, null));
  }

  private Optional<Edited> replaced(String words, boolean command, Scene in, Thing old, Value value) {
    Thing now = value.of.apply(old);
    return scene(in, in.replacing(old, now)).map(result -> new Edited(
        words, command, old, result, now, since(in, old), new Change(value, old, now, in, since(in, old))));
  }

  private static Optional<Scene> scene(Scene in, List<Thing> things) {
    return Scene.isPossible(things) ? Optional.of(new Scene(in.background(), things)) : Optional.empty();
  }

  private Optional<Edited> added(Scene in) {
    if (in.things().size() == Scene.MAX_THINGS) {
      return Optional.empty();
    }
    Thing old = in.things().get(0);
    if (dice.chance(0.12)) {
      return addedLike(in, old);
    }
    Thing thing = new Thing(
        dice.pick(Shape.values()), dice.pick(Colour.values()), dice.pick(Size.values()), dice.pick(Position.values()));
    boolean size = dice.chance(0.6);
    boolean colour = dice.chance(0.85);
    thing = size ? thing : thing.with(Unsaid.SIZE);
    thing = colour ? thing : thing.with(Unsaid.colour(thing.shape()));
    String where;
    int said = dice.below(10);
    if (removed != null && removed.gone == turns.size() - 1 && dice.chance(0.4)) {
      said = 0;
      thing = thing.with(removed.thing.position());
      where = dice.pick(FreeWords.IN_ITS_PLACE);
    } else if (said < 5) {
      where = wording.at(thing.position());
    } else if (said < 7) {
      thing = thing.with(Unsaid.place(List.of(old.position())));
      where = "";
    } else {
      Direction direction = dice.pick(Direction.values());
      Optional<Position> beside = direction.from(old.position());
      if (beside.isEmpty()) {
        return Optional.empty();
      }
      thing = thing.with(beside.get());
      where = beside(direction, reference(in, old));
    }
    List<Thing> things = List.of(old, thing);
    boolean command = dice.chance(0.6);
    boolean related = said >= 7 && !command && dice.chance(0.7);
    String what = wording.thing(thing, size, colour, where, true);
    String words = related ? dice.pick(FreeWords.ADD_BESIDE) + what
        : dice.pick(command ? FreeWords.ADD : FreeWords.ADD_WISHES).replace("{v}", what);
    Thing now = thing;
    return scene(in, things).map(result -> new Edited(words, command, null, result, now, stated, null));
  }

  /** Adds a thing of the same shape and size. */
  private Optional<Edited> addedLike(Scene in, Thing old) {
    Thing moved = old.with(different(Position.values(), old.position()));
    boolean colour = dice.chance(0.6);
    Thing thing = colour ? moved.with(different(Colour.values(), old.colour())) : moved;
    String at = wording.at(thing.position());
    String named = wording.colour(thing.colour());
    String what = !colour ? at : dice.pick("in " + named + " " + at, at + ", in " + named, at + " but " + named);
    String words = dice.pick(FreeWords.ADD_LIKE).replace("{v}", what);
    return scene(in, List.of(old, thing))
        .map(result -> new Edited(words, false, null, result, thing, stated, null));
  }

  /** Words for a neighbouring place. */
  private String beside(Direction direction, String it) {
    boolean level = direction == Direction.LEFT || direction == Direction.RIGHT;
    return level && dice.chance(0.5)
        ? dice.pick(FreeWords.NEXT_TO).replace("{it}", it).replace("{v}", direction.word())
        : dice.pick(direction.words()) + " " + it;
  }

  private Optional<Edited> removed(Scene in, Thing thing) {
    return other(in, thing).flatMap(kept -> {
      int how = dice.below(10);
      String words = how < 3 ? dice.pick(FreeWords.ONLY).replace("{other}", reference(in, kept))
          : dice.pick(how < 8 ? FreeWords.REMOVE : FreeWords.REMOVE_WISHES).replace("{it}", reference(in, thing));
      int known = Math.min(since(in, thing), since(in, kept));
      return scene(in, List.of(kept))
          .map(result -> new Edited(words, how >= 3 && how < 8, thing, result, kept, known, null));
    });
  }

  private Optional<Edited> background(Scene in) {
    Background background = different(Background.values(), in.background());
    boolean command = dice.chance(0.6);
    String words = dice.pick(command ? FreeWords.BACKGROUND : FreeWords.BACKGROUND_WISHES)
        .replace("{v}", wording.background(background));
    return Optional.of(new Edited(words, command, null, in.with(background), focus, stated, null));
  }

  private Optional<Edited> swapped(Scene in) {
    if (in.things().size() < 2) {
      return Optional.empty();
    }
    int kind = dice.below(20);
    Attribute attribute = kind < 9 ? Attribute.PLACE : kind < 16 ? Attribute.COLOUR : Attribute.SIZE;
    return swapped(in, attribute, dice.pick(switch (attribute) {
      case PLACE -> FreeWords.SWAP_PLACES;
      case COLOUR -> FreeWords.SWAP_COLOURS;
      default -> FreeWords.SWAP_SIZES;
    }), true);
  }

  /** Swaps another attribute than the request before. */
  private Optional<Edited> swappedToo(Scene in, Attribute before) {
    Attribute attribute = different(new Attribute[] {Attribute.PLACE, Attribute.COLOUR, Attribute.SIZE}, before);
    String word = switch (attribute) {
      case PLACE -> dice.pick("places", "positions");
      case COLOUR -> dice.pick("colours", "colors");
      default -> "sizes";
    };
    return swapped(in, attribute, dice.pick(FreeWords.SWAP_TOO).replace("{v}", word), false);
  }

  private Optional<Edited> swapped(Scene in, Attribute attribute, String words, boolean command) {
    Thing a = in.things().get(0);
    Thing b = in.things().get(1);
    List<Thing> things = switch (attribute) {
      case PLACE -> List.of(a.with(b.position()), b.with(a.position()));
      case COLOUR -> List.of(a.with(b.colour()), b.with(a.colour()));
      default -> List.of(a.with(b.size()), b.with(a.size()));
    };
    return scene(in, things).filter(result -> !result.equals(in))
        .map(result -> new Edited(words, command, null, result, null, stated, null, attribute));
  }

  private Optional<Edited> undone() {
    if (stack.size() < 2) {
      return Optional.empty();
    }
    stack.remove(stack.size() - 1);
    Stated earlier = stack.get(stack.size() - 1);
    return Optional.of(
        new Edited(dice.pick(FreeWords.UNDO), dice.chance(0.3), null, earlier.scene, null, earlier.turn, null));
  }

  /** Adds a thing of an earlier picture. */
  private Optional<Edited> fromBefore(Scene in) {
    if (in.things().size() == Scene.MAX_THINGS) {
      return Optional.empty();
    }
    Stated earlier = dice.pick(stack);
    Thing thing = dice.pick(earlier.scene.things());
    boolean known = in.things().stream().anyMatch(one -> one.shape() == thing.shape());
    String reference = "the " + (dice.chance(0.6) ? wording.colour(thing.colour()) + " " : "")
        + wording.shape(thing.shape());
    boolean unclear = stack.stream().flatMap(one -> one.scene.things().stream())
        .anyMatch(one -> one.shape() == thing.shape() && !one.equals(thing));
    return known || unclear ? Optional.empty() : scene(in, List.of(in.things().get(0), thing)).map(result ->
        new Edited(dice.pick(FreeWords.FROM_BEFORE).replace("{it}", reference), false, null, result, thing,
            Math.min(stated, earlier.turn), null));
  }

  private Optional<Edited> moved(Scene in, Thing thing) {
    Direction direction = dice.pick(Direction.values());
    Optional<Thing> other = other(in, thing);
    if (other.isPresent() && dice.chance(0.5)) {
      Optional<Position> beside = direction.from(other.get().position());
      String side = beside(direction, wording.reference(in, other.get(), null));
      return beside.filter(place -> place != thing.position()).flatMap(place -> {
        Value value = new Value(Attribute.PLACE, "", side, side, one -> one.with(place));
        String words = dice.pick("move {it} ", "put {it} ", "place {it} ").replace("{it}", reference(in, thing)) + side;
        return replaced(words, true, in, thing, value);
      });
    }
    boolean alone = isFocus(in, thing) && dice.chance(0.3);
    String words = dice.pick(alone ? FreeWords.STEP_ALONE : FreeWords.STEP).replace("{it}", reference(in, thing))
        .replace("{v}", alone ? dice.pick(direction.word(), "to the " + direction.word()) : direction.word());
    return direction.from(thing.position()).flatMap(place ->
        replaced(words, !alone, in, thing, new Value(Attribute.PLACE, "", "", "", one -> one.with(place))));
  }

  /** Two changes in one request. */
  private Optional<Edited> twice(Scene in, Thing thing) {
    Value first = value(dice.pick(Attribute.values()), thing);
    Thing now = first.of.apply(thing);
    Optional<Scene> between = scene(in, in.replacing(thing, now));
    if (between.isEmpty()) {
      return Optional.empty();
    }
    String words = first.fill(dice.pick(commands(first, thing))).replace("{it}", reference(in, thing));
    String joint = dice.pick(" and ", " and ", " and then ", ", ", " and also ");
    int known = since(in, thing);
    if (dice.chance(0.2)) {
      Background background = different(Background.values(), in.background());
      String more = dice.pick(FreeWords.BACKGROUND).replace("{v}", wording.background(background));
      return Optional.of(
          new Edited(words + joint + more, true, thing, between.get().with(background), now, known, null));
    }
    Optional<Thing> other = other(in, thing).filter(one -> dice.chance(0.4));
    Thing next = other.orElse(now);
    Value second = value(dice.pick(Attribute.values()), next);
    if (other.isEmpty() && second.attribute == first.attribute) {
      return Optional.empty();
    }
    String it = other.map(one -> wording.reference(in, one, thing)).orElse("it");
    String more = second.attribute == Attribute.COLOUR && first.attribute == Attribute.COLOUR && dice.chance(0.5)
        ? it + " " + second.word
        : second.fill(dice.pick(commands(second, next))).replace("{it}", it);
    Thing last = second.of.apply(next);
    return scene(in, between.get().replacing(next, last)).map(result -> new Edited(
        words + joint + more, true, other.isPresent() ? null : thing, result, last, known, null));
  }

  /** Corrects the last change, or repeats it with the other thing. */
  private Optional<Edited> followUp(Scene in, Change change) {
    Value value = change.value;
    switch (dice.below(3)) {
      case 0 -> {
        if (value.attribute == Attribute.SIZE) {
          return Optional.empty();
        }
        Value meant = value(value.attribute, change.now);
        String old = switch (value.attribute) {
          case PLACE -> wording.at(change.now.position());
          case SHAPE -> FreeWording.withArticle(change.now.shape().word());
          default -> change.now.colour().word();
        };
        String words = dice.pick(FreeWords.NOT_VALUE).replace("{v}", said(meant)).replace("{old}", old);
        return replaced(words, false, in, change.now, meant).map(edited -> new Edited(
            edited.words, false, edited.thing, edited.result, edited.focus, change.since, edited.change));
      }
      case 1 -> {
        Scene before = change.before;
        return other(before, change.old).filter(thing -> !value.of.apply(thing).equals(thing)).flatMap(thing -> {
          String words = dice.pick(FreeWords.NOT_THING)
              .replace("{it}", wording.reference(before, change.old, null))
              .replace("{other}", wording.reference(before, thing, change.old));
          Thing now = value.of.apply(thing);
          return scene(before, before.replacing(thing, now))
              .map(result -> new Edited(words, false, thing, result, now, change.since, null));
        });
      }
      default -> {
        if (value.attribute == Attribute.PLACE) {
          return Optional.empty();
        }
        return other(in, change.now).filter(thing -> !value.of.apply(thing).equals(thing)).flatMap(thing -> {
          String words = dice.pick(FreeWords.SAME_FOR).replace("{other}", wording.reference(in, thing, change.now));
          return replaced(words, false, in, thing, value).map(edited -> new Edited(
              words, false, thing, edited.result, edited.focus, change.since, edited.change));
        });
      }
    }
  }

  /** A question, its answer, and the thing it is about. */
  private record Asked(String question, String answer, Optional<Meant> meant, @Nullable Thing focus, int since) {}

  private void question(List<UserPart> shown) {
    Optional<Asked> asked = Optional.empty();
    while (asked.isEmpty()) {
      asked = ask(current(), dice.pick(current().things()));
    }
    add(Kind.QUESTION, with(shown, wording.typed(asked.get().question)), asked.get().meant, asked.get().answer,
        Optional.empty(), asked.get().since);
    if (asked.get().focus != null && !asked.get().focus.equals(focus)) {
      focus = asked.get().focus;
      focused = turns.size() - 1;
    }
    last = null;
  }

  private Optional<Asked> ask(Scene in, Thing thing) {
    if (asked != null && askedIn == turns.size() - 1 && focus != null && dice.chance(0.25)) {
      return sameOfOther(in, focus, asked);
    }
    int kind = dice.below(100);
    if (kind < 26) {
      return Optional.of(attribute(in, thing));
    } else if (kind < 29) {
      return fact(FreeWords.ASK_BACKGROUND, Answers.background(in.background()));
    } else if (kind < 41) {
      return number(in, thing);
    } else if (kind < 71) {
      return yesOrNo(in, thing);
    } else if (kind < 91) {
      return which(in, thing);
    } else if (kind < 95) {
      return missing(in);
    }
    return otherThing(in);
  }

  /** Asks of the other thing what the question before asked. */
  private Optional<Asked> sameOfOther(Scene in, Thing before, Attribute attribute) {
    return other(in, before).filter(other -> in.things().contains(before)).flatMap(other -> {
      String reference = wording.reference(in, other, before);
      return reference.replaceAll(hidden(other, attribute), "").equals(reference)
          ? Optional.of(asked(dice.pick(FreeWords.AND_OTHER).replace("{other}", reference), attribute, in, other))
          : Optional.empty();
    });
  }

  /** Asks about a thing that is not there. */
  private Optional<Asked> missing(Scene in) {
    Shape shape = dice.pick(Shape.values());
    if (in.things().stream().anyMatch(one -> one.shape() == shape)) {
      return Optional.empty();
    }
    List<String> templates = dice.pick(FreeWords.ASK_COLOUR, FreeWords.ASK_PLACE, FreeWords.ASK_SIZE);
    return Optional.of(new Asked(dice.pick(templates).replace("{it}", "the " + wording.shape(shape)),
        Answers.missing(shape), Optional.of(new Meant(in, Optional.empty())), null, stated));
  }

  private Optional<Asked> fact(List<String> questions, String answer) {
    return Optional.of(new Asked(dice.pick(questions), answer, Optional.empty(), null, stated));
  }

  private Optional<Meant> meant(Scene in, Thing thing) {
    return Optional.of(new Meant(in, Optional.of(thing)));
  }

  private Asked attribute(Scene in, Thing thing) {
    Attribute attribute = dice.pick(Attribute.values());
    String template = dice.pick(isFocus(in, thing) && dice.chance(0.12) ? switch (attribute) {
      case COLOUR -> FreeWords.ASK_COLOUR_ALONE;
      case PLACE -> FreeWords.ASK_PLACE_ALONE;
      case SIZE -> FreeWords.ASK_SIZE_ALONE;
      case SHAPE -> FreeWords.ASK_SHAPE_ALONE;
    } : switch (attribute) {
      case COLOUR -> FreeWords.ASK_COLOUR;
      case PLACE -> FreeWords.ASK_PLACE;
      case SIZE -> FreeWords.ASK_SIZE;
      case SHAPE -> FreeWords.ASK_SHAPE;
    });
    return asked(template.replace("{it}", silent(in, thing, attribute)), attribute, in, thing);
  }

  private Asked asked(String question, Attribute attribute, Scene in, Thing thing) {
    asked = attribute;
    askedIn = turns.size();
    String answer = switch (attribute) {
      case COLOUR -> Answers.colour(thing);
      case PLACE -> Answers.place(thing);
      case SIZE -> Answers.size(thing);
      case SHAPE -> Answers.shape(thing);
    };
    return new Asked(question, answer, meant(in, thing), thing, since(in, thing));
  }

  /** Refers to a thing without naming the attribute in question. */
  private String silent(Scene in, Thing thing, Attribute attribute) {
    String hidden = hidden(thing, attribute);
    for (int i = 0; i < 20; i++) {
      String reference = reference(in, thing);
      if (reference.replaceAll(hidden, "").equals(reference)) {
        return reference;
      }
    }
    return "the thing " + wording.at(thing.position());
  }

  /** Returns a pattern of the words that would name an attribute. */
  private static String hidden(Thing thing, Attribute attribute) {
    return switch (attribute) {
      case COLOUR -> named(FreeWords.COLOURS, thing.colour(), thing.colour().word());
      case SHAPE -> named(FreeWords.SHAPES, thing.shape(), thing.shape().word());
      case SIZE -> named(FreeWords.SIZES, thing.size(), thing.size().word());
      case PLACE -> " (at|in|on) the ";
    };
  }

  private static <T> String named(Map<T, List<String>> synonyms, T value, String word) {
    return word + "|" + String.join("|", synonyms.getOrDefault(value, List.of(word)));
  }

  private Optional<Asked> number(Scene in, Thing thing) {
    if (dice.chance(0.6)) {
      return fact(FreeWords.ASK_NUMBER, Answers.number(in.things().size()));
    }
    boolean there = dice.chance(0.6);
    Predicate<Thing> alike;
    String what;
    if (dice.chance(0.6)) {
      Shape shape = there ? thing.shape() : dice.pick(Shape.values());
      alike = one -> one.shape() == shape;
      what = FreeWording.plural(wording.shape(shape));
    } else {
      Colour colour = there ? thing.colour() : dice.pick(Colour.values());
      alike = one -> one.colour() == colour;
      what = wording.colour(colour) + dice.pick(" things", " shapes");
    }
    String question = dice.pick(FreeWords.ASK_NUMBER_OF).replace("{v}", what);
    String answer = Answers.number((int) in.things().stream().filter(alike).count());
    return Optional.of(new Asked(question, answer, Optional.empty(), null, stated));
  }

  private Optional<Asked> yesOrNo(Scene in, Thing thing) {
    boolean so = dice.chance(0.5);
    String it = reference(in, thing);
    Optional<Thing> other = other(in, thing);
    switch (dice.below(16)) {
      case 0, 1 -> {
        Colour colour = so ? thing.colour() : dice.pick(Colour.values());
        return Optional.of(new Asked(isIt(silent(in, thing, Attribute.COLOUR), wording.colour(colour)),
            Answers.yesOrNo(thing.colour() == colour), meant(in, thing), thing, since(in, thing)));
      }
      case 2 -> {
        Size size = dice.pick(Size.values());
        return Optional.of(new Asked(isIt(silent(in, thing, Attribute.SIZE), wording.size(size)),
            Answers.yesOrNo(thing.size() == size), meant(in, thing), thing, since(in, thing)));
      }
      case 3 -> {
        Position place = so ? thing.position() : dice.pick(Position.values());
        return Optional.of(new Asked(isIt(silent(in, thing, Attribute.PLACE), wording.at(place)),
            Answers.yesOrNo(thing.position() == place), meant(in, thing), thing, since(in, thing)));
      }
      case 4 -> {
        Background background = so ? in.background() : dice.pick(Background.values());
        return fact(List.of(isIt("the background", wording.background(background))),
            Answers.yesOrNo(in.background() == background));
      }
      case 5, 6 -> {
        Shape shape = so ? thing.shape() : dice.pick(Shape.values());
        Colour colour = so ? thing.colour() : dice.pick(Colour.values());
        boolean named = dice.chance(0.4);
        Optional<Thing> there = in.things().stream()
            .filter(one -> one.shape() == shape && (!named || one.colour() == colour)).findFirst();
        String what =
            FreeWording.withArticle((named ? wording.colour(colour) + " " : "") + wording.shape(shape));
        return Optional.of(new Asked(dice.pick(FreeWords.ASK_EXISTS).replace("{v}", what),
            Answers.yesOrNo(there.isPresent()), Optional.of(new Meant(in, there)), null, stated));
      }
      case 7, 8, 9 -> {
        if (other.isEmpty()) {
          return Optional.empty();
        }
        Thing b = other.get();
        return switch (dice.below(3)) {
          case 0 -> rarelyNo(FreeWords.ASK_SAME_COLOUR, thing.colour() == b.colour());
          case 1 -> fact(FreeWords.ASK_SAME_SIZE, Answers.yesOrNo(thing.size() == b.size()));
          default -> rarelyNo(FreeWords.ASK_SAME_SHAPE, thing.shape() == b.shape());
        };
      }
      case 10, 11 -> {
        return other.flatMap(b -> both(thing, b));
      }
      case 12 -> {
        boolean size = dice.chance(0.4);
        Size big = dice.pick(Size.values());
        Colour colour = so ? thing.colour() : dice.pick(Colour.values());
        String value = size ? wording.size(big) : wording.colour(colour);
        boolean some = in.things().stream().anyMatch(one -> size ? one.size() == big : one.colour() == colour);
        return fact(List.of(dice.pick(FreeWords.ASK_ANY).replace("{v}", value)), Answers.yesOrNo(some));
      }
      default -> {
        if (other.isEmpty()) {
          return Optional.empty();
        }
        Thing b = other.get();
        String second = wording.reference(in, b, null);
        if (dice.chance(0.4)) {
          boolean bigger = dice.chance(0.5);
          String word = bigger ? dice.pick("bigger", "larger") : "smaller";
          boolean fact = thing.size() != b.size() && (thing.size() == Size.LARGE) == bigger;
          if (!fact && !dice.chance(2 * NO)) {
            return Optional.empty();
          }
          return Optional.of(new Asked(isIt(it, word + " than " + second), Answers.yesOrNo(fact),
              Optional.empty(), thing, since(in, thing)));
        }
        Direction direction = dice.pick(Direction.values());
        return Optional.of(new Asked(isIt(it, dice.pick(direction.words()) + " " + second),
            Answers.yesOrNo(direction.isFurther(thing.position(), b.position())), Optional.empty(), thing,
            since(in, thing)));
      }
    }
  }

  private String isIt(String it, String value) {
    return dice.pick(FreeWords.ASK_IS).replace("{it}", it).replace("{v}", value);
  }

  private Optional<Asked> both(Thing thing, Thing other) {
    return switch (dice.below(3)) {
      case 0 -> both(wording.colour(thing.colour()), thing.colour() == other.colour());
      case 1 -> both(wording.size(thing.size()), thing.size() == other.size());
      default -> both(FreeWording.plural(wording.shape(thing.shape())), thing.shape() == other.shape());
    };
  }

  private Optional<Asked> both(String value, boolean so) {
    return rarelyNo(List.of(dice.pick(FreeWords.ASK_BOTH).replace("{v}", value)), so);
  }

  /** Asks less often where the answer is no. Two things are rarely alike, so that the model would always say no. */
  private Optional<Asked> rarelyNo(List<String> questions, boolean so) {
    return so || dice.chance(NO) ? fact(questions, Answers.yesOrNo(so)) : Optional.empty();
  }

  private Optional<Asked> which(Scene in, Thing thing) {
    Optional<Thing> other = other(in, thing);
    int kind = dice.below(6);
    if (kind == 0) {
      Position place = dice.chance(0.6) ? thing.position() : dice.pick(Position.values());
      Optional<Thing> there = in.things().stream().filter(one -> one.position() == place).findFirst();
      return asked(dice.pick(FreeWords.ASK_THERE).replace("{at}", wording.at(place)), Answers.what(there), there);
    }
    if (other.isEmpty()) {
      return Optional.empty();
    }
    Thing b = other.get();
    if (kind == 1) {
      Direction direction = dice.pick(Direction.values());
      Optional<Thing> there = Optional.of(b).filter(one -> direction.isFurther(one.position(), thing.position()));
      String question = dice.pick("what is ", "what do you see ") + dice.pick(direction.words()) + " "
          + wording.reference(in, thing, null) + "?";
      return asked(question, Answers.what(there), there);
    }
    if (kind < 4) {
      boolean bigger = dice.chance(0.5);
      Optional<Thing> it = in.things().stream()
          .filter(one -> thing.size() != b.size() && (one.size() == Size.LARGE) == bigger).findFirst();
      if (it.isEmpty() && !dice.chance(2 * NO)) {
        return Optional.empty();
      }
      return asked(dice.pick(bigger ? FreeWords.ASK_BIGGER : FreeWords.ASK_SMALLER), Answers.which(it), it);
    }
    if (kind == 4) {
      Direction direction = dice.pick(Direction.values());
      Optional<Thing> it = direction.isFurther(thing.position(), b.position()) ? Optional.of(thing)
          : direction.isFurther(b.position(), thing.position()) ? Optional.of(b) : Optional.empty();
      return asked(dice.pick(switch (direction) {
        case LEFT -> FreeWords.ASK_LEFT;
        case RIGHT -> FreeWords.ASK_RIGHT;
        case UP -> FreeWords.ASK_HIGHER;
        case DOWN -> FreeWords.ASK_LOWER;
      }), Answers.which(it), it);
    }
    return thing.colour() == b.colour() ? Optional.empty()
        : asked(dice.pick(FreeWords.ASK_WHICH).replace("{v}", wording.colour(thing.colour())),
            Answers.which(Optional.of(thing)), Optional.of(thing));
  }

  private Optional<Asked> asked(String question, String answer, Optional<Thing> thing) {
    return Optional.of(new Asked(question, answer, thing.map(one -> new Meant(current(), Optional.of(one))),
        thing.orElse(null), stated));
  }

  private Optional<Asked> otherThing(Scene in) {
    if (in.things().size() == 1) {
      return fact(FreeWords.ASK_ELSE, Answers.NOTHING_ELSE);
    }
    if (focus == null || !in.things().contains(focus)) {
      return Optional.empty();
    }
    Thing b = other(in, focus).orElseThrow();
    return Optional.of(new Asked(dice.pick(FreeWords.ASK_ELSE), Answers.also(Optional.of(b)), meant(in, b), b,
        Math.min(stated, focused)));
  }

  private void refuse() {
    Optional<Refused> refused = Optional.empty();
    while (refused.isEmpty()) {
      int kind = dice.below(10);
      refused = kind < 3 ? Optional.of(somethingElse())
          : kind < 6 ? Optional.of(impossible()) : scene == null ? Optional.of(withoutPicture()) : unchanged(scene);
    }
    Refused one = refused.get();
    String text = one.command ? wording.command(one.words) : wording.wish(one.words);
    Optional<Meant> meant = one.refusal == Refusal.MISSING && scene != null
        ? Optional.of(new Meant(scene, Optional.empty())) : Optional.empty();
    add(Kind.REFUSAL, words(text), meant, one.refusal.text(), Optional.empty(), one.since);
    last = null;
  }

  /** A request that is refused, and the first turn that one must know to see why. */
  private record Refused(String words, boolean command, Refusal refusal, int since) {}

  private Refused somethingElse() {
    String words = dice.pick(FreeWords.SOMETHING_ELSE);
    int kind = dice.below(20);
    if (kind == 0) {
      words = wording.nonsense() + (dice.chance(0.5) ? " " + wording.nonsense() : "");
    } else if (kind == 1) {
      StringBuilder text = new StringBuilder(dice.pick(FreeWords.CHATTER));
      for (int i = dice.below(14); i > 0; i--) {
        text.append(dice.pick(", ", ". ", " and ")).append(dice.pick(FreeWords.CHATTER));
      }
      words = text.toString();
    }
    return new Refused(words, false, Refusal.SOMETHING_ELSE, turns.size());
  }

  /** Something that the world lacks, in a request for a new picture. */
  private Refused impossible() {
    if (dice.chance(0.06)) {
      return new Refused(able(no(FreeWords.NOUNS)), false, Refusal.SHAPE, turns.size());
    }
    FreeDraft draft = FreeDraft.of(split, dice, wording);
    Thing thing = draft.scene().things().get(0);
    String colour = dice.chance(0.4) ? wording.colour(thing.colour()) + " " : "";
    String size = dice.chance(0.2) ? wording.size(thing.size()) + " " : "";
    String where = dice.chance(0.3) ? " " + wording.at(thing.position()) : "";
    String shape = wording.shape(thing.shape());
    String what;
    Refusal refusal;
    switch (dice.below(10)) {
      case 0, 1 -> {
        what = FreeWording.withArticle(size + no(FreeWords.NO_COLOURS) + " " + shape) + where;
        refusal = Refusal.COLOUR;
      }
      case 2 -> {
        what = FreeWording.withArticle(size + colour + shape) + where + dice.pick(" on ", " on a ")
            + no(FreeWords.NO_BACKGROUNDS) + " background";
        refusal = Refusal.BACKGROUND;
      }
      case 3 -> {
        what = dice.pick(FreeWords.NUMBERS) + " " + colour + FreeWording.plural(shape) + where;
        refusal = Refusal.NUMBER;
      }
      default -> {
        what = FreeWording.withArticle(size + colour + no(FreeWords.NOUNS)) + where;
        what = dice.chance(0.15) ? what + " and " + FreeWording.withArticle(no(FreeWords.NOUNS)) : what;
        refusal = Refusal.SHAPE;
      }
    }
    boolean command = dice.chance(0.8);
    List<String> frames = dice.chance(0.65)
        ? (command ? FreeWords.DRAW : FreeWords.DRAW_WISHES)
        : (command ? FreeWords.FIND : FreeWords.FIND_WISHES);
    return new Refused(request(frames, what), command, refusal, turns.size());
  }

  /** A word that the world lacks; some mean nothing at all, so that every unknown word is refused. */
  private String no(List<String> words) {
    return dice.chance(0.25) ? wording.nonsense() : dice.pick(words);
  }

  /** Picks a template whose words are all known, since its value may not be. */
  private String known(List<String> templates) {
    return without("{x}", templates);
  }

  private String without(String part, List<String> templates) {
    return dice.pick(templates.stream().filter(template -> !template.contains(part)).toList());
  }

  /** A request about a picture where none is known. */
  private Refused withoutPicture() {
    Thing thing = dice.pick(HeldOut.things(Split.TRAIN));
    Scene alone = new Scene(Background.WHITE, List.of(thing));
    Value value = value(dice.pick(Attribute.values()), thing);
    String it = wording.reference(alone, thing, null);
    boolean command = dice.chance(0.6);
    String words = command ? value.fill(dice.pick(commands(value, thing))) : dice.pick(switch (dice.below(6)) {
      case 0 -> FreeWords.ASK_COLOUR;
      case 1 -> FreeWords.ASK_PLACE;
      case 2 -> FreeWords.ASK_NUMBER;
      case 3 -> FreeWords.DESCRIBE;
      case 4 -> FreeWords.UNDO;
      default -> FreeWords.ASK_BACKGROUND;
    });
    return new Refused(words.replace("{it}", it), command, Refusal.NO_PICTURE, windowStart());
  }

  /** An impossible change to the picture. */
  private Optional<Refused> unchanged(Scene in) {
    Thing thing = dice.pick(in.things());
    String it = reference(in, thing);
    Optional<Thing> other = other(in, thing);
    int known = since(in, thing);
    switch (dice.below(11)) {
      case 0, 1 -> {
        String words = known(FreeWords.COLOUR).replace("{it}", it).replace("{v}", no(FreeWords.NO_COLOURS));
        return Optional.of(new Refused(words, true, Refusal.COLOUR, turns.size()));
      }
      case 2 -> {
        String words = known(FreeWords.SHAPE).replace("{it}", it).replace("{v}", no(FreeWords.NOUNS));
        return Optional.of(new Refused(words, true, Refusal.SHAPE, turns.size()));
      }
      case 3 -> {
        String where = switch (dice.below(5)) {
          case 0 -> " " + wording.at(dice.pick(Position.values()));
          case 1 -> " next to " + it;
          case 2 -> " " + dice.pick(dice.pick(Direction.values()).words()) + " " + it;
          default -> "";
        };
        List<String> frames = dice.chance(0.7) ? FreeWords.ADD : List.of("draw {v}", "paint {v}", "put {v}");
        String words = known(frames).replace("{v}", FreeWording.withArticle(no(FreeWords.NOUNS)) + where);
        return Optional.of(new Refused(words, true, Refusal.SHAPE, turns.size()));
      }
      case 4 -> {
        String words = known(FreeWords.BACKGROUND).replace("{v}", no(FreeWords.NO_BACKGROUNDS));
        return Optional.of(new Refused(words, true, Refusal.BACKGROUND, turns.size()));
      }
      case 5 -> {
        if (other.isEmpty()) {
          return Optional.of(new Refused(dice.pick(FreeWords.REMOVE).replace("{it}", it), true, Refusal.NUMBER, known));
        }
        if (dice.chance(0.3)) {
          String more = dice.pick(FreeWords.MORE).replace("{n}", dice.pick(FreeWords.NUMBERS));
          return Optional.of(new Refused(more, false, Refusal.NUMBER, stated));
        }
        Thing third = FreeDraft.of(split, dice, wording).scene().things().get(0);
        String where = dice.chance(0.5) ? wording.at(third.position()) : "";
        String words = dice.pick(FreeWords.ADD)
            .replace("{v}", wording.thing(third, dice.chance(0.5), dice.chance(0.8), where, true));
        return Optional.of(new Refused(words, true, Refusal.NUMBER, stated));
      }
      case 6 -> {
        return other.map(b -> new Refused(dice.pick(FreeWords.PLACE).replace("{it}", it)
            .replace("{at}", wording.at(b.position())).replace("{to}", wording.to(b.position())), true, Refusal.ALIKE,
            known));
      }
      case 7 -> {
        Direction direction = dice.pick(Direction.values());
        return direction.from(thing.position()).isPresent() ? Optional.empty()
            : Optional.of(new Refused(
                dice.pick(FreeWords.STEP).replace("{it}", it).replace("{v}", direction.word()), true, Refusal.EDGE,
                known));
      }
      case 8, 9 -> {
        Shape shape = dice.pick(Shape.values());
        if (in.things().stream().anyMatch(one -> one.shape() == shape)) {
          return Optional.empty();
        }
        Value value = value(dice.pick(Attribute.values()), thing);
        String missing = "the " + wording.shape(shape);
        String words = dice.chance(0.2) ? dice.pick(FreeWords.REMOVE) : value.fill(dice.pick(commands(value, thing)));
        return Optional.of(new Refused(words.replace("{it}", missing), true, Refusal.MISSING, stated));
      }
      default -> {
        if (stack.size() == 1 && dice.chance(0.5)) {
          return Optional.of(new Refused(dice.pick(FreeWords.UNDO), false, Refusal.NO_EARLIER, windowStart()));
        }
        if (dice.chance(0.3)) {
          return Optional.of(new Refused(
              "make " + it + " " + dice.pick(FreeWords.NO_SIZES), true, Refusal.SIZE, turns.size()));
        }
        List<String> words = thing.size() == Size.LARGE ? FreeWords.BIGGER : FreeWords.SMALLER;
        return Optional.of(new Refused(dice.pick(words).replace("{it}", it), true, Refusal.SIZE, known));
      }
    }
  }
}
