package io.gill.examples.world;

import io.gill.examples.world.Answers.Refusal;
import io.gill.examples.world.Answers.SmallTalk;
import io.gill.examples.world.FreeChanges.Edited;
import io.gill.examples.world.FreeQuestions.Asked;
import io.gill.examples.world.FreeRefusals.Refused;
import io.gill.examples.world.FreeSeveral.Several;
import io.gill.examples.world.FreeState.Change;
import io.gill.examples.world.FreeValue.Attribute;
import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.WorldDialogue.Kind;
import io.gill.examples.world.WorldDialogue.Meant;
import io.gill.examples.world.WorldDialogue.OtherPicture;
import io.gill.examples.world.WorldDialogue.Shown;
import io.gill.examples.world.WorldDialogue.Turn;
import io.gill.examples.world.WorldDialogue.UserPart;
import io.gill.examples.world.WorldDialogue.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Free talk for training, under construction. A user speaks only of what the last {@link Dialogues#WINDOW} turns show,
 * since a session of the bundled model forgets earlier ones.
 */
final class TrainingTalk {
  private static final double UNKNOWN = 0.04;

  /** The share of the turns with a picture that shows something else. */
  private static final double OTHER_PICTURE = 0.025;

  /** The share of the requests that want several pictures. */
  private static final double SEVERAL = 0.09;

  private final Split split;
  private final Dice dice;
  private final FreeWording wording;
  private final FreeState state;
  private final FreeChanges changes;
  private final FreeSeveral several;
  private final FreeQuestions questions;
  private final FreeRefusals refusals;
  private final List<Turn> turns = new ArrayList<>();

  /** For each turn, the first turn that one must know to answer it. */
  private final List<Integer> since = new ArrayList<>();

  TrainingTalk(Split split, Dice dice) {
    this.split = split;
    this.dice = dice;
    wording = new FreeWording(dice);
    state = new FreeState(wording);
    changes = new FreeChanges(state, dice, wording);
    several = new FreeSeveral(split, state, dice, wording);
    questions = new FreeQuestions(state, dice, wording);
    refusals = new FreeRefusals(split, state, dice, wording, changes);
  }

  WorldDialogue dialogue() {
    return new WorldDialogue(turns);
  }

  boolean belongs() {
    return state.hasScene() && HeldOut.belongs(split, state.current());
  }

  /** Returns the last turns, as a session shows them. */
  Dialogues.Window window() {
    int first = first(Dialogues.WINDOW);
    List<Boolean> answerable = since.subList(first, since.size()).stream().map(turn -> turn >= first).toList();
    return new Dialogues.Window(new WorldDialogue(turns.subList(first, turns.size())), answerable);
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
    state.forget();
    if (dice.chance(OTHER_PICTURE)) {
      showSomethingElse();
      return;
    }
    int kind = dice.below(100);
    if (!state.hasScene()) {
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

  /** Adds a picture of two things, which are often alike, and questions that compare them. */
  void compare() {
    Scene scene = pair();
    state.state(scene, null);
    List<UserPart> shown = List.of(new Shown(scene));
    if (dice.chance(0.5)) {
      findAlike(shown);
      shown = List.of();
    }
    while (turns.size() < Dialogues.WINDOW) {
      ask(shown, questions::compare);
      shown = List.of();
    }
  }

  /** Returns a scene of two things, which often have the same colour, size or shape. */
  private Scene pair() {
    while (true) {
      Scene scene = SceneSampler.sample(split, Scene.MAX_THINGS, dice);
      Thing first = scene.things().get(0);
      Thing second = scene.things().get(1);
      Thing like = switch (dice.below(6)) {
        case 0, 1 -> second.with(first.colour());
        case 2 -> second.with(first.size());
        case 3, 4 -> second.with(first.shape());
        default -> second;
      };
      Optional<Scene> pair = scene.possible(List.of(first, like)).filter(one -> HeldOut.belongs(split, one));
      if (pair.isPresent()) {
        return pair.get();
      }
    }
  }

  private void about(Kind kind, List<UserPart> shown) {
    switch (kind) {
      case QUESTION -> question(shown);
      case DESCRIBE -> describe(shown);
      case EDIT -> edit(shown);
      case DRAW, FIND, GREETING, REFUSAL -> throw new IllegalArgumentException(kind + " is not about a picture");
    }
  }

  private void add(Kind kind, List<UserPart> user, Optional<Meant> meant, String answer, Optional<Scene> picture,
      int sinceTurn) {
    turns.add(new Turn(kind, user, meant, answer, picture, Optional.ofNullable(state.scene())));
    since.add(sinceTurn);
    state.next(turns.size(), first(Dialogues.WINDOW - 1));
  }

  private static List<UserPart> words(String text) {
    return List.of(new Words(text));
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
        : wording.request(command ? FreeWords.DRAW : FreeWords.DRAW_WISHES, draft.words());
    state.state(draft.scene(), null);
    Thing only = state.focus();
    if (only != null) {
      state.remember(drawn(draft.scene(), only));
      state.speakOf(only);
    }
    add(Kind.DRAW, words(command ? wording.command(text) : wording.wish(text)), Optional.empty(),
        Answers.drawn(draft.scene()), Optional.of(draft.scene()), turns.size());
  }

  /** An attribute of the only thing in a new picture, which a user may correct like a change. */
  private Change drawn(Scene scene, Thing thing) {
    Attribute attribute = dice.pick(Attribute.COLOUR, Attribute.PLACE, Attribute.SHAPE);
    return new Change(
        FreeValue.other(attribute, thing, dice, wording), thing, thing, scene, turns.size());
  }

  /** Several pictures of one new thing. */
  private void drawSeveral() {
    Several request = several.drawn();
    add(Kind.DRAW, words(request.words()), request);
  }

  /** Adds a reply of several pictures. The last one becomes the current picture; one undo takes back all of them. */
  private void add(Kind kind, List<UserPart> user, Several several) {
    List<UserPart> said = user;
    Scene last = several.scenes().get(several.scenes().size() - 1);
    for (Scene picture : several.scenes()) {
      if (picture.equals(last)) {
        state.state(picture, null);
      } else {
        state.pass(picture);
      }
      add(kind, said, several.meant(), Answers.drawn(picture), Optional.of(picture), several.since());
      said = List.of();
    }
  }

  private void find() {
    if (state.hasScene() && dice.chance(0.2)) {
      findAlike(List.of());
      return;
    }
    FreeDraft draft = FreeDraft.of(split, dice, wording);
    boolean command = dice.chance(0.8);
    String text = wording.request(command ? FreeWords.FIND : FreeWords.FIND_WISHES, draft.words());
    state.state(draft.scene(), null);
    add(Kind.FIND, words(command ? wording.command(text) : wording.wish(text)), Optional.empty(),
        Answers.found(draft.scene()), Optional.of(draft.scene()), turns.size());
  }

  private void findAlike(List<UserPart> shown) {
    Scene same = state.current();
    int from = shown.isEmpty() ? state.stated() : turns.size();
    List<UserPart> user = with(shown, wording.command(dice.pick(FreeWords.FIND_ALIKE)));
    state.state(same, null);
    add(Kind.FIND, user, Optional.empty(), Answers.found(same), Optional.of(same), from);
  }

  /** Makes the user show a picture. */
  private List<UserPart> shown() {
    Scene next = SceneSampler.sample(split, dice.chance(0.4) ? 1 : 2, dice);
    state.state(next, null);
    return List.of(new Shown(next));
  }

  private void show() {
    List<UserPart> shown = shown();
    switch (dice.below(10)) {
      case 0, 1, 2 -> edit(shown);
      case 3, 4, 5 -> question(shown);
      case 6, 7 -> describe(shown);
      case 8 -> findAlike(shown);
      default -> add(
          Kind.DESCRIBE, shown, Optional.empty(), Answers.seen(state.current()), Optional.empty(), turns.size());
    }
  }

  /** Adds a picture that shows none of the world's scenes. The current scene stays. */
  void showSomethingElse() {
    List<UserPart> shown = List.of(new OtherPicture());
    if (dice.chance(0.9)) {
      Refused about = refusals.aboutSomethingElse();
      shown = with(shown, about.command() ? wording.command(about.words()) : wording.wish(about.words()));
    }
    add(Kind.REFUSAL, shown, Optional.empty(), Refusal.SOMETHING_ELSE.text(), Optional.empty(), turns.size());
    state.changeNothing();
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
    int from = shown.isEmpty() ? state.stated() : turns.size();
    List<UserPart> user = with(shown, wording.question(dice.pick(FreeWords.DESCRIBE)));
    state.state(state.current(), state.focus());
    add(Kind.DESCRIBE, user, Optional.empty(), Answers.seen(state.current()), Optional.empty(), from);
  }

  private void smallTalk() {
    SmallTalk talk = dice.pick(SmallTalk.values());
    String text = talk == SmallTalk.WHAT_CAN_YOU_DO && dice.chance(0.15)
        ? wording.able(wording.shape(dice.pick(Shape.values()))) : dice.pick(switch (talk) {
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
    state.changeNothing();
  }

  private void edit(List<UserPart> shown) {
    if (dice.chance(SEVERAL)) {
      Several request = several.changed();
      add(Kind.EDIT, with(shown, request.words()), request);
      return;
    }
    while (true) {
      Optional<Edited> edited = changes.attempt(state.current(), shown.isEmpty());
      if (edited.isPresent() && (split == Split.HELD_OUT || !HeldOut.contains(edited.get().result()))) {
        edit(shown, edited.get());
        return;
      }
    }
  }

  private void edit(List<UserPart> shown, Edited edited) {
    Optional<Meant> meant =
        Optional.ofNullable(edited.thing()).map(thing -> new Meant(state.current(), Optional.of(thing)));
    List<UserPart> user =
        with(shown, edited.command() ? wording.command(edited.words()) : wording.wish(edited.words()));
    state.change(edited);
    add(Kind.EDIT, user, meant, Answers.drawn(edited.result()), Optional.of(edited.result()), edited.since());
  }

  private void question(List<UserPart> shown) {
    ask(shown, questions::ask);
  }

  private void ask(List<UserPart> shown, BiFunction<Scene, Thing, Optional<Asked>> question) {
    Optional<Asked> asked = Optional.empty();
    while (asked.isEmpty()) {
      asked = question.apply(state.current(), dice.pick(state.current().things()));
    }
    Asked one = asked.get();
    List<UserPart> user = with(shown, wording.question(one.question()));
    if (one.focus() != null) {
      state.speakOf(one.focus());
    }
    add(Kind.QUESTION, user, one.meant(), one.answer(), Optional.empty(), one.since());
    state.changeNothing();
  }

  private void refuse() {
    Refused refused = refusals.refuse();
    String text = refused.command() ? wording.command(refused.words()) : wording.wish(refused.words());
    Optional<Meant> meant = refused.refusal() == Refusal.MISSING && state.hasScene()
        ? Optional.of(new Meant(state.current(), Optional.empty())) : Optional.empty();
    add(Kind.REFUSAL, words(text), meant, refused.refusal().text(), Optional.empty(), refused.since());
    state.changeNothing();
  }
}
