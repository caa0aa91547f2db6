package io.gill.examples.world;

import io.gill.examples.world.FreeDraft.Direction;
import io.gill.examples.world.FreeState.Change;
import io.gill.examples.world.FreeState.Removed;
import io.gill.examples.world.FreeState.Stated;
import io.gill.examples.world.FreeValue.Attribute;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Requests for changes of a picture, and their results. */
final class FreeChanges {
  private static final double AS_WELL = 0.3;

  /** Matches templates of a step that say how far it is. */
  private static final String MEASURED = "(?!.*to the \\{v}).*\\b(bit|little|one|step|cell|slightly|further)\\b.*";

  private final FreeState state;
  private final Dice dice;
  private final FreeWording wording;

  FreeChanges(FreeState state, Dice dice, FreeWording wording) {
    this.state = state;
    this.dice = dice;
    this.wording = wording;
  }

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
  record Edited(String words, boolean command, @Nullable Thing thing, Scene result, @Nullable Thing focus,
      int since, @Nullable Change change, @Nullable Attribute swapped) {
    Edited(String words, boolean command, @Nullable Thing thing, Scene result, @Nullable Thing focus, int since,
        @Nullable Change change) {
      this(words, command, thing, result, focus, since, change, null);
    }

    /** Returns the same, with another first turn that one must know. */
    Edited with(int first) {
      return new Edited(words, command, thing, result, focus, first, change, swapped);
    }

    /** Returns a change that a user cannot correct or repeat, since its value depends on where the thing was. */
    Edited unrepeatable() {
      return new Edited(words, command, thing, result, focus, since, null, swapped);
    }
  }

  /**
   * Asks for a change, or takes one back.
   *
   * @param hasEarlier whether the current picture is an answer, so that the user can go back
   * @return empty if the change does not fit the scene
   */
  Optional<Edited> attempt(Scene in, boolean hasEarlier) {
    Change last = state.last();
    if (last != null && dice.chance(0.25)) {
      return followUp(in, last);
    }
    if (state.wentBack() && hasEarlier && dice.chance(0.35)) {
      return undone();
    }
    Attribute swapped = state.swapped();
    if (swapped != null && dice.chance(0.25)) {
      return swappedToo(in, swapped);
    }
    Removed removed = state.removed();
    if (removed != null && dice.chance(0.3)) {
      return restored(in, removed);
    }
    Thing thing = dice.pick(in.things());
    int kind = dice.below(100);
    if (kind < 38) {
      Attribute attribute = kind < 13 ? Attribute.COLOUR : kind < 24 ? Attribute.PLACE
          : kind < 31 ? Attribute.SIZE : Attribute.SHAPE;
      return one(in, thing, FreeValue.other(attribute, thing, dice, wording));
    } else if (kind < 49) {
      return added(in);
    } else if (kind < 53) {
      return removed(in, thing);
    } else if (kind < 57) {
      return background(in);
    } else if (kind < 65) {
      return swapped(in);
    } else if (kind < 66) {
      boolean command = dice.chance(0.5);
      return Optional.of(
          new Edited(dice.pick(FreeWords.AGAIN), command, null, in, state.focus(), state.stated(), null));
    } else if (kind < 79) {
      return hasEarlier ? undone() : Optional.empty();
    } else if (kind < 84) {
      return moved(in, thing);
    } else if (kind < 86) {
      return both(in, thing);
    } else if (kind < 89) {
      return exchanged(in, thing);
    } else if (kind < 92) {
      return alike(in, thing);
    } else if (kind < 93) {
      return corrected(in, thing);
    } else if (kind < 95) {
      return hasEarlier ? fromBefore(in) : Optional.empty();
    }
    return twice(in, thing);
  }

  private Optional<Edited> one(Scene in, Thing thing, FreeValue value) {
    int how = dice.below(20);
    boolean command = how < 11;
    boolean alone = how > 14 && state.isFocus(in, thing);
    String template = alone && dice.chance(0.15) && isTold(in, thing, value.attribute()) ? insteadOf(value, thing)
        : dice.pick(command ? value.commands(thing) : alone ? value.alone(thing) : value.wishes(thing));
    String words = value.fill(template).replace("{it}", state.reference(in, thing));
    boolean shared = in.other(thing).stream().anyMatch(one -> value.applyTo(one).equals(one));
    return replaced(shared && command && dice.chance(AS_WELL) ? words + dice.pick(" too", " as well", ", too") : words,
        command, in, thing, value);
  }

  /** Names a wrong value first. */
  private Optional<Edited> corrected(Scene in, Thing thing) {
    Attribute attribute = dice.pick(Attribute.COLOUR, Attribute.PLACE, Attribute.SHAPE);
    FreeValue wrong = FreeValue.other(attribute, thing, dice, wording);
    FreeValue meant = FreeValue.other(attribute, thing, dice, wording);
    if (wrong.applyTo(thing).equals(meant.applyTo(thing))) {
      return Optional.empty();
    }
    String words = wrong.fill(dice.pick(wrong.commands(thing))).replace("{it}", state.reference(in, thing))
        + dice.pick(FreeWords.CORRECTED).replace("{v}", meant.said());
    return replaced(words, true, in, thing, meant);
  }

  private String insteadOf(FreeValue value, Thing thing) {
    return dice.pick(FreeWords.INSTEAD_OF).replace("{old}", value.attribute().of(thing));
  }

  /** Whether no other thing has the same value. */
  private static boolean isTold(Scene in, Thing thing, Attribute attribute) {
    return in.other(thing).stream().noneMatch(one -> attribute.of(one).equals(attribute.of(thing)));
  }

  /** Puts another thing in the place of one; what is unsaid stays as it was. */
  private Optional<Edited> exchanged(Scene in, Thing thing) {
    boolean size = dice.chance(0.5);
    boolean colour = !size || dice.chance(0.7);
    Thing look = thing.with(dice.pick(Shape.values()));
    look = size ? look.with(dice.pick(Size.values())) : look;
    Thing now = colour ? look.with(dice.pick(Colour.values())) : look;
    boolean command = dice.chance(0.6);
    String template = // more than the shape changes
        wording.pickWithout("shape", command ? FreeWords.SHAPE : FreeWords.SHAPE_WISHES);
    String words = template.replace("a {v}", wording.thing(now, size, colour, "", false))
        .replace("{it}", state.reference(in, thing));
    return in.possible(in.replacing(thing, now)).filter(result -> !result.equals(in))
        .map(result -> new Edited(words, command, thing, result, now, state.since(in, thing), null));
  }

  /** Gives a thing an attribute of the other one. */
  private Optional<Edited> alike(Scene in, Thing thing) {
    return in.other(thing).flatMap(model -> {
      Attribute attribute = dice.pick(Attribute.COLOUR, Attribute.COLOUR, Attribute.SIZE, Attribute.SHAPE);
      FreeValue value = new FreeValue(attribute, attribute.of(model), "", "", switch (attribute) {
        case COLOUR -> one -> one.with(model.colour());
        case SIZE -> one -> one.with(model.size());
        default -> one -> one.with(model.shape());
      });
      if (value.applyTo(thing).equals(thing)) {
        return Optional.empty();
      }
      String template = dice.pick(switch (attribute) {
        case COLOUR -> FreeWords.COLOUR_OF;
        case SIZE -> FreeWords.SIZE_OF;
        default -> FreeWords.SHAPE_OF;
      });
      if (!template.contains("{other}") && !state.hasJustSpokenOf(model)) {
        return Optional.empty();
      }
      String words = template.replace("{it}", state.reference(in, thing))
          .replace("{other}", wording.reference(in, model, null));
      return replaced(value.fill(words), false, in, thing, value);
    });
  }

  /** Puts a removed thing back. */
  private Optional<Edited> restored(Scene in, Removed one) {
    Thing thing = one.thing();
    return in.possible(List.of(in.things().get(0), thing)).map(result -> {
      Thing kept = in.things().get(0);
      List<String> references = new ArrayList<>(List.of(
          "the " + wording.colour(thing.colour()) + " " + wording.shape(thing.shape()), "the other one"));
      if (kept.shape() != thing.shape()) {
        references.addAll(List.of("the " + wording.shape(thing.shape()), "the " + thing.shape().word()));
      }
      if (kept.colour() != thing.colour()) {
        references.add("the " + wording.colour(thing.colour()) + " one");
      }
      if (one.gone() == state.turn() - 1) {
        references.addAll(List.of("it", "it", "it"));
      }
      String words = dice.pick(FreeWords.RESTORE).replace("{it}", dice.pick(references));
      return new Edited(words, false, null, result, thing, Math.min(state.stated(), one.shown()), null);
    });
  }

  /** Gives both things one colour or size. */
  private Optional<Edited> both(Scene in, Thing thing) {
    if (in.things().size() < 2) {
      return Optional.empty();
    }
    FreeValue value = FreeValue.other(dice.pick(Attribute.COLOUR, Attribute.SIZE), thing, dice, wording);
    boolean painted = value.attribute() == Attribute.COLOUR && dice.chance(0.4);
    String words = value.fill(dice.pick(painted ? FreeWords.BOTH_COLOURS : FreeWords.BOTH));
    return in.possible(in.things().stream().map(value::applyTo).toList())
        .map(result -> new Edited(words, false, null, result, null, state.stated(), null));
  }

  private Optional<Edited> replaced(String words, boolean command, Scene in, Thing old, FreeValue value) {
    Thing now = value.applyTo(old);
    return in.possible(in.replacing(old, now)).map(result -> new Edited(
        words, command, old, result, now, state.since(in, old), new Change(value, old, now, in, state.since(in, old))));
  }

  private Optional<Edited> added(Scene in) {
    if (in.things().size() == Scene.MAX_THINGS) {
      return Optional.empty();
    }
    Thing old = in.things().get(0);
    Removed removed = state.removed();
    if (removed != null && removed.gone() == state.turn() - 1 && dice.chance(0.4)) {
      return inThePlaceOf(in, removed);
    }
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
    if (said < 5) {
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
      where = beside(direction, state.reference(in, old));
    }
    List<Thing> things = List.of(old, thing);
    boolean command = dice.chance(0.6);
    boolean related = said >= 7 && !command && dice.chance(0.7);
    String what = wording.thing(thing, size, colour, where, true);
    String words = related ? dice.pick(FreeWords.ADD_BESIDE) + what
        : dice.pick(command ? FreeWords.ADD : FreeWords.ADD_WISHES).replace("{v}", what);
    Thing now = thing;
    return in.possible(things).map(result -> new Edited(words, command, null, result, now, state.stated(), null));
  }

  /** Adds a thing where another one was. */
  private Optional<Edited> inThePlaceOf(Scene in, Removed removed) {
    boolean size = dice.chance(0.6);
    Thing gone = removed.thing();
    Thing thing = new Thing(dice.pick(Shape.values()), dice.pick(Colour.values()),
        size ? dice.pick(Size.values()) : Unsaid.SIZE, gone.position());
    String where = dice.pick(FreeWords.IN_ITS_PLACE).replace("{it}", "the " + wording.shape(gone.shape()));
    boolean command = dice.chance(0.6);
    String words = wording.pickWithout("there", command ? FreeWords.ADD : FreeWords.ADD_WISHES)
        .replace("{v}", wording.thing(thing, size, true, where, false));
    return in.things().get(0).shape() == gone.shape() ? Optional.empty()
        : in.possible(List.of(in.things().get(0), thing)).map(result -> new Edited(
            words, command, null, result, thing, Math.min(state.stated(), removed.shown()), null));
  }

  /** Adds a thing of the same shape and size. */
  private Optional<Edited> addedLike(Scene in, Thing old) {
    Thing thing = old.with(dice.pickOther(Position.values(), old.position()))
        .with(dice.pickOther(Colour.values(), old.colour()));
    String at = wording.at(thing.position());
    String named = wording.colour(thing.colour());
    String what = dice.pick("in " + named + " " + at, at + ", in " + named, at + " but " + named);
    String words = dice.pick(FreeWords.ADD_LIKE).replace("{v}", what);
    return in.possible(List.of(old, thing))
        .map(result -> new Edited(words, false, null, result, thing, state.stated(), null));
  }

  /** Words for a neighbouring place. */
  private String beside(Direction direction, String it) {
    boolean level = direction == Direction.LEFT || direction == Direction.RIGHT;
    return level && dice.chance(0.5)
        ? dice.pick(FreeWords.NEXT_TO).replace("{it}", it).replace("{v}", direction.word())
        : dice.pick(direction.words()) + " " + it;
  }

  private Optional<Edited> removed(Scene in, Thing thing) {
    return in.other(thing).flatMap(kept -> {
      int how = dice.below(10);
      String words = how < 3 ? dice.pick(FreeWords.ONLY).replace("{other}", state.reference(in, kept))
          : dice.pick(how < 8 ? FreeWords.REMOVE : FreeWords.REMOVE_WISHES).replace("{it}", state.reference(in, thing));
      int known = Math.min(state.since(in, thing), state.since(in, kept));
      return in.possible(List.of(kept))
          .map(result -> new Edited(words, how >= 3 && how < 8, thing, result, kept, known, null));
    });
  }

  private Optional<Edited> background(Scene in) {
    Background background = dice.pickOther(Background.values(), in.background());
    boolean command = dice.chance(0.6);
    String template = dice.pick(command ? FreeWords.BACKGROUND : FreeWords.BACKGROUND_WISHES);
    boolean bright = background == Background.WHITE;
    boolean vague = template.contains("a {v} background") && (bright || background == Background.BLACK);
    String value = vague && dice.chance(0.3) ? bright ? "light" : "dark" : wording.background(background);
    String words = template.replace("{v}", value);
    return Optional.of(new Edited(words, command, null, in.with(background), state.focus(), state.stated(), null));
  }

  private Optional<Edited> swapped(Scene in) {
    if (in.things().size() < 2) {
      return Optional.empty();
    }
    int kind = dice.below(20);
    Attribute attribute = kind < 9 ? Attribute.PLACE : kind < 16 ? Attribute.COLOUR : Attribute.SIZE;
    boolean command = attribute == Attribute.SIZE || dice.chance(0.8);
    return swapped(in, attribute, dice.pick(switch (attribute) {
      case PLACE -> command ? FreeWords.SWAP_PLACES : FreeWords.SWAP_PLACES_WISHES;
      case COLOUR -> command ? FreeWords.SWAP_COLOURS : FreeWords.SWAP_COLOURS_WISHES;
      default -> FreeWords.SWAP_SIZES;
    }), command);
  }

  /** Swaps another attribute than the request before. */
  private Optional<Edited> swappedToo(Scene in, Attribute before) {
    Attribute attribute = dice.pickOther(new Attribute[] {Attribute.PLACE, Attribute.COLOUR, Attribute.SIZE}, before);
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
    return in.possible(things).filter(result -> !result.equals(in))
        .map(result -> new Edited(words, command, null, result, null, state.stated(), null, attribute));
  }

  private Optional<Edited> undone() {
    return state.goBack().map(earlier -> {
      String words = dice.pick(FreeWords.UNDO);
      boolean command = dice.chance(0.3) && !words.endsWith("?");
      return new Edited(words, command, null, earlier.scene(), null, earlier.turn(), null);
    });
  }

  /** Adds a thing of an earlier picture. */
  private Optional<Edited> fromBefore(Scene in) {
    if (in.things().size() == Scene.MAX_THINGS) {
      return Optional.empty();
    }
    Stated earlier = dice.pick(state.seen());
    Thing thing = dice.pick(earlier.scene().things());
    String reference = "the " + (dice.chance(0.6) ? wording.colour(thing.colour()) + " " : "")
        + wording.shape(thing.shape());
    boolean unclear = state.seen().stream().flatMap(one -> one.scene().things().stream())
        .anyMatch(one -> one.shape() == thing.shape() && !one.equals(thing));
    return unclear || in.shows(thing.shape()) ? Optional.empty()
        : in.possible(List.of(in.things().get(0), thing)).map(result -> new Edited(
            dice.pick(FreeWords.FROM_BEFORE).replace("{it}", reference), false, null, result, thing,
            Math.min(state.stated(), earlier.turn()), null));
  }

  private Optional<Edited> moved(Scene in, Thing thing) {
    Direction direction = dice.pick(Direction.values());
    Optional<Thing> other = in.other(thing);
    if (other.isPresent() && dice.chance(0.5)) {
      Optional<Position> beside = direction.from(other.get().position());
      String side = beside(direction, wording.reference(in, other.get(), null));
      return beside.filter(place -> place != thing.position()).flatMap(place -> {
        FreeValue value = new FreeValue(Attribute.PLACE, "", "", "", one -> one.with(place));
        String words =
            dice.pick("move {it} ", "put {it} ", "place {it} ").replace("{it}", state.reference(in, thing)) + side;
        return replaced(words, true, in, thing, value).map(Edited::unrepeatable);
      });
    }
    Step step = step(direction, state.reference(in, thing), state.isFocus(in, thing));
    return direction.from(thing.position()).flatMap(place -> replaced(step.words, step.command, in, thing,
        new FreeValue(Attribute.PLACE, "", "", "", one -> one.with(place))))
        .map(Edited::unrepeatable);
  }

  /** A request for one step, and whether it begins with a verb. */
  record Step(String words, boolean command) {}

  /**
   * Asks for one step in a direction. Where the words say how far, "to the left" means the same as "left"; "move it to
   * the left" means the place.
   *
   * @param it the thing
   * @param focus whether the thing may remain unsaid
   */
  Step step(Direction direction, String it, boolean focus) {
    boolean alone = focus && dice.chance(0.3);
    boolean command = !alone && dice.chance(0.7);
    String template =
        dice.pick(alone ? FreeWords.STEP_ALONE : command ? FreeWords.STEP : FreeWords.STEP_WISHES);
    boolean measured = template.matches(MEASURED) && dice.chance(0.3);
    String way = !measured ? direction.word() : switch (direction) {
      case UP -> "upwards";
      case DOWN -> "downwards";
      case LEFT, RIGHT -> "to the " + direction.word();
    };
    return new Step(template.replace("{it}", it).replace("{v}", way), command);
  }

  /** Two changes in one request. */
  private Optional<Edited> twice(Scene in, Thing thing) {
    FreeValue first = FreeValue.other(dice.pick(Attribute.values()), thing, dice, wording);
    Thing now = first.applyTo(thing);
    Optional<Scene> between = in.possible(in.replacing(thing, now));
    if (between.isEmpty()) {
      return Optional.empty();
    }
    String reference = state.reference(in, thing);
    Thing spoken = reference.contains("other") ? null : thing; // "the other one" of the second half must not be unclear
    String words = first.fill(dice.pick(first.commands(thing))).replace("{it}", reference);
    String joint = dice.pick(" and ", " and ", " and then ", ", ", " and also ");
    int known = state.since(in, thing);
    if (dice.chance(0.2)) {
      Background background = dice.pickOther(Background.values(), in.background());
      String more = dice.pick(FreeWords.BACKGROUND).replace("{v}", wording.background(background));
      return Optional.of(
          new Edited(words + joint + more, true, thing, between.get().with(background), now, known, null));
    }
    Optional<Thing> other = in.other(thing).filter(one -> dice.chance(0.4) && !first.applyTo(one).equals(one));
    Thing next = other.orElse(now);
    FreeValue second = FreeValue.other(dice.pick(Attribute.values()), next, dice, wording);
    if (other.isEmpty() && second.attribute() == first.attribute()) {
      return Optional.empty();
    }
    String it = other.map(one -> wording.reference(in, one, spoken)).orElse("it");
    String more = second.attribute() == Attribute.COLOUR && first.attribute() == Attribute.COLOUR && dice.chance(0.5)
        ? it + " " + second.word()
        : second.fill(dice.pick(second.commands(next))).replace("{it}", it);
    Thing last = second.applyTo(next);
    return in.possible(between.get().replacing(next, last)).map(result -> new Edited(
        words + joint + more, true, other.isPresent() ? null : thing, result, last, known, null));
  }

  /** Corrects the last change, or repeats it with the other thing. */
  private Optional<Edited> followUp(Scene in, Change change) {
    FreeValue value = change.value();
    switch (dice.below(3)) {
      case 0 -> {
        if (value.attribute() == Attribute.SIZE) {
          return Optional.empty();
        }
        FreeValue meant = FreeValue.other(value.attribute(), change.now(), dice, wording);
        String old = switch (value.attribute()) {
          case PLACE -> wording.at(change.now().position());
          case SHAPE -> FreeWording.withArticle(change.now().shape().word());
          default -> change.now().colour().word();
        };
        String words = dice.pick(FreeWords.NOT_VALUE).replace("{v}", meant.said()).replace("{old}", old);
        return replaced(words, false, in, change.now(), meant).map(edited -> edited.with(change.since()));
      }
      case 1 -> {
        Scene before = change.before();
        return before.other(change.old()).filter(thing -> !value.applyTo(thing).equals(thing)).flatMap(thing -> {
          String words = dice.pick(FreeWords.NOT_THING)
              .replace("{it}", wording.reference(before, change.old(), null))
              .replace("{other}", wording.reference(before, thing, change.old()));
          Thing now = value.applyTo(thing);
          return before.possible(before.replacing(thing, now))
              .map(result -> new Edited(words, false, thing, result, now, change.since(), null));
        });
      }
      default -> {
        if (value.attribute() == Attribute.PLACE) {
          return Optional.empty();
        }
        return in.other(change.now()).filter(thing -> !value.applyTo(thing).equals(thing)).flatMap(thing -> {
          String words = dice.pick(FreeWords.SAME_FOR).replace("{other}", wording.reference(in, thing, change.now()));
          return replaced(words, false, in, thing, value).map(edited -> edited.with(change.since()));
        });
      }
    }
  }
}
