package io.gill.examples.world;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A change that a user asks for.
 *
 * @param request the user's words; they refer to the existing scene, so that they do not describe the new one alone
 * @param thing the changed or removed thing in its old form; null for any other change
 * @param result the scene afterwards
 * @param focus the meaning of "it" afterwards
 */
record Edit(String request, @Nullable Thing thing, Scene result, @Nullable Thing focus) {
  private enum Change { COLOUR, PLACE, SIZE, SHAPE, ADD, REMOVE, BACKGROUND }

  /** Samples a change to a scene; all kinds that are possible are equally likely. */
  static Edit of(Scene scene, @Nullable Thing focus, Dice dice) {
    while (true) {
      Optional<Edit> edit = attempt(dice.pick(Change.values()), scene, focus, dice);
      if (edit.isPresent()) {
        return edit.get();
      }
    }
  }

  private static Optional<Edit> attempt(Change change, Scene scene, @Nullable Thing focus, Dice dice) {
    Thing thing = dice.pick(scene.things());
    String it = dice.pick(Phrases.references(scene, thing, focus));
    return switch (change) {
      case COLOUR -> {
        Colour colour = other(Colour.values(), thing.colour(), dice);
        String request = dice.pick(
            "make " + it + " " + colour.word(), "now make " + it + " " + colour.word(),
            "paint " + it + " " + colour.word(), "change the colour of " + it + " to " + colour.word());
        yield replaced(request, scene, thing, thing.with(colour));
      }
      case PLACE -> {
        Position place = other(Position.values(), thing.position(), dice);
        String request = dice.pick(
            "move " + it + " to the " + place.words(), "now move " + it + " to the " + place.words(),
            "put " + it + " " + place.phrase());
        yield replaced(request, scene, thing, thing.with(place));
      }
      case SIZE -> {
        Size size = other(Size.values(), thing.size(), dice);
        String more = size == Size.LARGE ? dice.pick("large", "bigger", "larger") : dice.pick("small", "smaller");
        yield replaced(dice.pick("make ", "now make ") + it + " " + more, scene, thing, thing.with(size));
      }
      case SHAPE -> {
        Shape shape = other(Shape.values(), thing.shape(), dice);
        String request = dice.pick(
            "turn " + it + " into a " + shape.word(), "change " + it + " into a " + shape.word(),
            "replace " + it + " with a " + shape.word());
        yield replaced(request, scene, thing, thing.with(shape));
      }
      case ADD -> add(scene, dice);
      case REMOVE -> remove(scene, thing, it, dice);
      case BACKGROUND -> {
        Background background = other(Background.values(), scene.background(), dice);
        String request = dice.pick("change the background to ", "make the background ") + background.word();
        yield Optional.of(new Edit(request, null, scene.with(background), focus));
      }
    };
  }

  private static Optional<Edit> replaced(String request, Scene scene, Thing old, Thing changed) {
    List<Thing> things = scene.replacing(old, changed);
    return Scene.isPossible(things)
        ? Optional.of(new Edit(request, old, new Scene(scene.background(), things), changed))
        : Optional.empty();
  }

  private static Optional<Edit> add(Scene scene, Dice dice) {
    Thing thing = new Thing(
        dice.pick(Shape.values()), dice.pick(Colour.values()), dice.pick(Size.values()), dice.pick(Position.values()));
    List<Thing> things = new ArrayList<>(scene.things());
    things.add(thing);
    return Scene.isPossible(things)
        ? Optional.of(new Edit(
            dice.pick("add ", "also draw ", "now add ") + Grammar.phrase(thing), null,
            new Scene(scene.background(), things), thing))
        : Optional.empty();
  }

  private static Optional<Edit> remove(Scene scene, Thing thing, String it, Dice dice) {
    List<Thing> things = new ArrayList<>(scene.things());
    things.remove(thing);
    return Scene.isPossible(things)
        ? Optional.of(new Edit(
            dice.pick("remove ", "now remove ", "delete ") + it, thing, new Scene(scene.background(), things),
            things.get(0)))
        : Optional.empty();
  }

  private static <T> T other(T[] values, T not, Dice dice) {
    return dice.pick(Arrays.stream(values).filter(value -> !value.equals(not)).toList());
  }
}
