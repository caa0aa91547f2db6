package io.gill.examples.world;

import io.gill.examples.world.FreeChanges.Edited;
import io.gill.examples.world.FreeValue.Attribute;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a user can speak of, and the turns that say it. Only the last {@link Dialogues#WINDOW} turns count, since a
 * session of the bundled model forgets earlier ones.
 */
final class FreeState {
  private final FreeWording wording;

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

  /** The turn that made it the focus. */
  private int focused;

  /** The turn that last spoke of the focus. */
  private int spoken;

  /** All scenes that the model still sees, also those to which the user cannot go back. */
  private final List<Stated> seen = new ArrayList<>();

  private int turn;

  /** The first turn that the model still sees. */
  private int first;

  /** A scene and the turn that stated it. */
  record Stated(Scene scene, int turn) {}

  /**
   * A removed thing.
   *
   * @param shown the turn that stated it
   * @param gone the turn that removed it
   */
  record Removed(Thing thing, int shown, int gone) {}

  /** A change of one attribute of a thing in the last turn, and the turn that stated the scene before it. */
  record Change(FreeValue value, Thing old, Thing now, Scene before, int since) {}

  FreeState(FreeWording wording) {
    this.wording = wording;
  }

  /**
   * Goes on to the next turn.
   *
   * @param index its index
   * @param firstShown the first turn that the model still sees then
   */
  void next(int index, int firstShown) {
    turn = index;
    first = firstShown;
  }

  /** Forgets what the model no longer sees. */
  void forget() {
    stack.removeIf(one -> one.turn < first);
    seen.removeIf(one -> one.turn < first);
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

  /** Returns the index of the turn. */
  int turn() {
    return turn;
  }

  /** Returns the first turn that the model still sees. */
  int first() {
    return first;
  }

  boolean hasScene() {
    return scene != null;
  }

  @Nullable Scene scene() {
    return scene;
  }

  Scene current() {
    if (scene == null) {
      throw new IllegalStateException("the dialogue has no scene");
    }
    return scene;
  }

  /** Returns the turn that stated the current scene. */
  int stated() {
    return stated;
  }

  /** Returns the meaning of "it"; null if "it" is unclear. */
  @Nullable Thing focus() {
    return focus;
  }

  /** Returns the turn that made it the focus. */
  int focused() {
    return focused;
  }

  /** Returns the change of the turn before, if a user may correct or repeat it. */
  @Nullable Change last() {
    return last;
  }

  boolean wentBack() {
    return wentBack;
  }

  /** Returns the attribute that the last change swapped. */
  @Nullable Attribute swapped() {
    return swapped;
  }

  /** Returns the last thing that was removed from the current picture. */
  @Nullable Removed removed() {
    return removed;
  }

  /** Returns all scenes that the model still sees. */
  List<Stated> seen() {
    return Collections.unmodifiableList(seen);
  }

  /** Whether there is a scene before the current one. */
  boolean canGoBack() {
    return stack.size() > 1;
  }

  /** Makes a scene the current one, stated in this turn. */
  void state(Scene next, @Nullable Thing about) {
    stated = turn;
    if (!stack.isEmpty() && stack.get(stack.size() - 1).scene.equals(next)) {
      stack.remove(stack.size() - 1);
    }
    stack.add(new Stated(next, stated));
    seen.add(new Stated(next, stated));
    scene = next;
    Thing only = next.things().size() == 1 ? next.things().get(0) : about;
    focused = about != null && about.equals(focus) ? focused : stated;
    focus = only;
    last = null;
    wentBack = false;
    swapped = null;
    removed = null;
  }

  /** Makes the result of a change the current scene. */
  void change(Edited edited) {
    Thing before = focus;
    Removed gone = gone(current(), edited.result());
    state(edited.result(), edited.focus());
    removed = gone;
    last = edited.change();
    swapped = edited.swapped();
    wentBack = FreeWords.UNDO.contains(edited.words());
    if (edited.thing() != null || (focus != null && !focus.equals(before))) {
      spoken = turn;
    }
  }

  /** Returns what a change removes, or what an earlier one has removed. */
  private @Nullable Removed gone(Scene before, Scene after) {
    if (after.things().size() == Scene.MAX_THINGS) {
      return null;
    }
    return before.things().size() < Scene.MAX_THINGS ? removed
        : !before.things().containsAll(after.things()) ? null
        : before.things().stream().filter(one -> !after.things().contains(one)).findFirst()
            .map(one -> new Removed(one, stated, turn)).orElse(null);
  }

  /** Shows a scene between others; a user cannot go back to it. */
  void pass(Scene next) {
    seen.add(new Stated(next, turn));
    scene = next;
  }

  /** Lets a user correct or repeat a change in the next turn. */
  void remember(Change change) {
    last = change;
  }

  /** Says that this turn changes nothing, so that the next one cannot correct it. */
  void changeNothing() {
    last = null;
    swapped = null;
  }

  /** Speaks of a thing of the current scene. */
  void speakOf(Thing thing) {
    if (!thing.equals(focus)) {
      focus = thing;
      focused = turn;
    }
    spoken = turn;
  }

  /** Removes the current scene; the one before it is to become the current one. */
  Optional<Stated> goBack() {
    if (!canGoBack()) {
      return Optional.empty();
    }
    stack.remove(stack.size() - 1);
    return Optional.of(stack.get(stack.size() - 1));
  }

  /** Whether the turn before was about a thing. */
  boolean hasJustSpokenOf(Thing thing) {
    return thing.equals(focus) && spoken == turn - 1;
  }

  boolean isFocus(Scene in, Thing thing) {
    return in.things().size() == 1 || thing.equals(focus);
  }

  /** Returns the first turn that one must know to understand words about a thing. */
  int since(Scene in, Thing thing) {
    return in.things().size() > 1 && thing.equals(focus) ? Math.min(stated, focused) : stated;
  }

  /** Refers to a thing. */
  String reference(Scene in, Thing thing) {
    return wording.reference(in, thing, focus);
  }
}
