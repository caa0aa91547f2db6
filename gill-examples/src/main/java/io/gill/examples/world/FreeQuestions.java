package io.gill.examples.world;

import io.gill.examples.world.FreeDraft.Direction;
import io.gill.examples.world.FreeValue.Attribute;
import io.gill.examples.world.WorldDialogue.Meant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Questions about a picture, and their answers. */
final class FreeQuestions {
  /** The share of the questions about likeness that are kept where the answer is no. */
  private static final double NO = 0.25;

  private final FreeState state;
  private final Dice dice;
  private final FreeWording wording;

  /** The attribute that a question asked for last. */
  private @Nullable Attribute asked;

  /** The turn of that question. */
  private int askedIn;

  FreeQuestions(FreeState state, Dice dice, FreeWording wording) {
    this.state = state;
    this.dice = dice;
    this.wording = wording;
  }

  /** A question, its answer, and the thing it is about. */
  record Asked(String question, String answer, Optional<Meant> meant, @Nullable Thing focus, int since) {}

  /** Asks about a thing of a scene, or about the scene; empty if the question does not fit. */
  Optional<Asked> ask(Scene in, Thing thing) {
    Thing focus = state.focus();
    if (asked != null && askedIn == state.turn() - 1 && focus != null && dice.chance(0.25)) {
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
    return otherThing(in, thing);
  }

  /** Asks of the other thing what the question before asked. */
  private Optional<Asked> sameOfOther(Scene in, Thing before, Attribute attribute) {
    return in.other(before).filter(other -> in.things().contains(before)).flatMap(other -> {
      String reference = wording.reference(in, other, before);
      return reference.replaceAll(hidden(other, attribute), "").equals(reference)
          ? Optional.of(asked(dice.pick(FreeWords.AND_OTHER).replace("{other}", reference), attribute, in, other,
              Math.min(state.stated(), state.focused())))
          : Optional.empty();
    });
  }

  /** Asks about a thing that is not there. */
  private Optional<Asked> missing(Scene in) {
    Shape shape = dice.pick(Shape.values());
    if (in.shows(shape)) {
      return Optional.empty();
    }
    List<String> templates = dice.pick(FreeWords.ASK_COLOUR, FreeWords.ASK_PLACE, FreeWords.ASK_SIZE);
    return Optional.of(new Asked(dice.pick(templates).replace("{it}", "the " + wording.shape(shape)),
        Answers.missing(shape), Optional.of(new Meant(in, Optional.empty())), null, state.stated()));
  }

  private Optional<Asked> fact(List<String> questions, String answer) {
    return Optional.of(new Asked(dice.pick(questions), answer, Optional.empty(), null, state.stated()));
  }

  private Optional<Meant> meant(Scene in, Thing thing) {
    return Optional.of(new Meant(in, Optional.of(thing)));
  }

  private Asked attribute(Scene in, Thing thing) {
    Attribute attribute = dice.pick(Attribute.values());
    String template = dice.pick(state.hasJustSpokenOf(thing) && dice.chance(0.2) ? switch (attribute) {
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
    String question =
        template.contains("{it}") ? template.replace("{it}", silent(in, thing, attribute)) : template;
    return asked(question, attribute, in, thing, state.since(in, thing));
  }

  private Asked asked(String question, Attribute attribute, Scene in, Thing thing, int since) {
    asked = attribute;
    askedIn = state.turn();
    String answer = switch (attribute) {
      case COLOUR -> Answers.colour(thing);
      case PLACE -> Answers.place(thing);
      case SIZE -> Answers.size(thing);
      case SHAPE -> Answers.shape(thing);
    };
    return new Asked(question, answer, meant(in, thing), thing, since);
  }

  /** Refers to a thing without naming the attribute in question. */
  private String silent(Scene in, Thing thing, Attribute attribute) {
    String hidden = hidden(thing, attribute);
    for (int i = 0; i < 20; i++) {
      String reference = state.reference(in, thing);
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
    return Optional.of(new Asked(question, answer, Optional.empty(), null, state.stated()));
  }

  private Optional<Asked> yesOrNo(Scene in, Thing thing) {
    boolean so = dice.chance(0.5);
    String it = state.reference(in, thing);
    Optional<Thing> other = in.other(thing);
    switch (dice.below(16)) {
      case 0, 1 -> {
        Colour colour = so ? thing.colour() : dice.pick(Colour.values());
        return Optional.of(new Asked(isIt(silent(in, thing, Attribute.COLOUR), wording.colour(colour)),
            Answers.yesOrNo(thing.colour() == colour), meant(in, thing), thing, state.since(in, thing)));
      }
      case 2 -> {
        Size size = dice.pick(Size.values());
        return Optional.of(new Asked(isIt(silent(in, thing, Attribute.SIZE), wording.size(size)),
            Answers.yesOrNo(thing.size() == size), meant(in, thing), thing, state.since(in, thing)));
      }
      case 3 -> {
        Position place = so ? thing.position() : dice.pick(Position.values());
        return Optional.of(new Asked(isIt(silent(in, thing, Attribute.PLACE), wording.at(place)),
            Answers.yesOrNo(thing.position() == place), meant(in, thing), thing, state.since(in, thing)));
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
        List<Thing> fitting = in.things().stream()
            .filter(one -> one.shape() == shape && (!named || one.colour() == colour)).toList();
        String what =
            FreeWording.withArticle((named ? wording.colour(colour) + " " : "") + wording.shape(shape));
        return Optional.of(new Asked(dice.pick(FreeWords.ASK_EXISTS).replace("{v}", what),
            Answers.yesOrNo(!fitting.isEmpty()), Optional.of(new Meant(in, fitting.stream().findFirst())),
            only(fitting), state.stated()));
      }
      case 7, 8, 9 -> {
        return other.flatMap(b -> alike(in));
      }
      case 10, 11 -> {
        return other.flatMap(b -> both(thing, b));
      }
      case 12 -> {
        if (other.isEmpty()) {
          return Optional.empty();
        }
        boolean size = dice.chance(0.4);
        Size big = dice.pick(Size.values());
        Colour colour = so ? thing.colour() : dice.pick(Colour.values());
        String value = size ? wording.size(big) : wording.colour(colour);
        List<Thing> fitting =
            in.things().stream().filter(one -> size ? one.size() == big : one.colour() == colour).toList();
        return Optional.of(new Asked(dice.pick(FreeWords.ASK_ANY).replace("{v}", value),
            Answers.yesOrNo(!fitting.isEmpty()), Optional.empty(), only(fitting), state.stated()));
      }
      default -> {
        return other.flatMap(b -> compared(in, thing, b, it));
      }
    }
  }

  /** Returns the only thing; null if there are more or none. */
  private static @Nullable Thing only(List<Thing> things) {
    return things.size() == 1 ? things.get(0) : null;
  }

  /** Compares two things. */
  Optional<Asked> compare(Scene in, Thing thing) {
    return in.other(thing).flatMap(other -> {
      int kind = dice.below(10);
      return kind < 5 ? alike(in)
          : kind < 6 ? both(thing, other)
          : compared(in, thing, other, state.reference(in, thing));
    });
  }

  private Optional<Asked> alike(Scene in) {
    Thing first = in.things().get(0);
    Thing second = in.things().get(1);
    return switch (dice.below(3)) {
      case 0 -> keep(first.colour() == second.colour())
          ? fact(FreeWords.ASK_SAME_COLOUR, Answers.alike(first.colour().word(), second.colour().word()))
          : Optional.empty();
      case 1 -> fact(FreeWords.ASK_SAME_SIZE, Answers.alike(first.size().word(), second.size().word()));
      default -> keep(first.shape() == second.shape())
          ? fact(FreeWords.ASK_SAME_SHAPE, Answers.alike(FreeWording.withArticle(first.shape().word()),
              FreeWording.withArticle(second.shape().word())))
          : Optional.empty();
    };
  }

  /** Asks whether a thing is bigger or smaller than the other one, or on one side of it. */
  private Optional<Asked> compared(Scene in, Thing thing, Thing other, String it) {
    String second = wording.reference(in, other, null);
    if (dice.chance(0.4)) {
      boolean bigger = dice.chance(0.5);
      String word = bigger ? dice.pick("bigger", "larger") : "smaller";
      boolean fact = thing.size() != other.size() && (thing.size() == Size.LARGE) == bigger;
      return fact || dice.chance(2 * NO)
          ? Optional.of(new Asked(isIt(it, word + " than " + second), Answers.yesOrNo(fact),
              Optional.empty(), thing, state.since(in, thing))) : Optional.empty();
    }
    Direction direction = dice.pick(Direction.values());
    return Optional.of(new Asked(isIt(it, dice.pick(direction.words()) + " " + second),
        Answers.yesOrNo(direction.isFurther(thing.position(), other.position())), Optional.empty(), thing,
        state.since(in, thing)));
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
    return keep(so)
        ? fact(List.of(dice.pick(FreeWords.ASK_BOTH).replace("{v}", value)), Answers.yesOrNo(so)) : Optional.empty();
  }

  /** Keeps few questions whose answer is no. Two things are rarely alike, so that the model would always say no. */
  private boolean keep(boolean alike) {
    return alike || dice.chance(NO);
  }

  private Optional<Asked> which(Scene in, Thing thing) {
    Optional<Thing> other = in.other(thing);
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
    return Optional.of(new Asked(question, answer, thing.map(one -> new Meant(state.current(), Optional.of(one))),
        thing.orElse(null), state.stated()));
  }

  private Optional<Asked> otherThing(Scene in, Thing named) {
    if (dice.chance(0.5)) {
      Optional<Thing> other = in.other(named);
      return Optional.of(new Asked(
          dice.pick(FreeWords.ASK_BESIDES).replace("{it}", state.reference(in, named)),
          other.isPresent() ? Answers.also(other) : Answers.NOTHING_ELSE, other.flatMap(b -> meant(in, b)),
          other.orElse(named), state.since(in, named)));
    }
    if (in.things().size() == 1) {
      return fact(FreeWords.ASK_ELSE, Answers.NOTHING_ELSE);
    }
    Thing focus = state.focus();
    if (focus == null || !in.things().contains(focus)) {
      return Optional.empty();
    }
    Thing b = in.other(focus).orElseThrow();
    return Optional.of(new Asked(dice.pick(FreeWords.ASK_ELSE), Answers.also(Optional.of(b)), meant(in, b), b,
        Math.min(state.stated(), state.focused())));
  }
}
