package io.gill.examples.world;

import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A new value of an attribute, as free talk words it.
 *
 * @param word the value in words; a place without its preposition
 * @param at a place with a preposition; empty for other attributes
 * @param to the same place as a goal
 * @param change gives a thing the value
 */
record FreeValue(Attribute attribute, String word, String at, String to, UnaryOperator<Thing> change) {
  enum Attribute {
    COLOUR, PLACE, SIZE, SHAPE;

    /** Returns the usual word for a thing's value. */
    String of(Thing thing) {
      return switch (this) {
        case COLOUR -> thing.colour().word();
        case PLACE -> thing.position().words();
        case SIZE -> thing.size().word();
        case SHAPE -> thing.shape().word();
      };
    }
  }

  /** Picks another value than a thing has. */
  static FreeValue other(Attribute attribute, Thing thing, Dice dice, FreeWording wording) {
    return switch (attribute) {
      case COLOUR -> {
        Colour colour = dice.pickOther(Colour.values(), thing.colour());
        yield new FreeValue(attribute, wording.colour(colour), "", "", one -> one.with(colour));
      }
      case PLACE -> {
        Position place = dice.pickOther(Position.values(), thing.position());
        yield new FreeValue(
            attribute, wording.place(place), wording.at(place), wording.to(place), one -> one.with(place));
      }
      case SIZE -> {
        Size size = dice.pickOther(Size.values(), thing.size());
        yield new FreeValue(attribute, wording.size(size), "", "", one -> one.with(size));
      }
      case SHAPE -> {
        Shape shape = dice.pickOther(Shape.values(), thing.shape());
        yield new FreeValue(attribute, wording.shape(shape), "", "", one -> one.with(shape));
      }
    };
  }

  Thing applyTo(Thing thing) {
    return change.apply(thing);
  }

  /** Fills in a template. */
  String fill(String template) {
    return template.replace("{v}", word).replace("{at}", at).replace("{to}", to);
  }

  /** Returns templates of commands that give a thing this value. */
  List<String> commands(Thing thing) {
    return switch (attribute) {
      case COLOUR -> FreeWords.COLOUR;
      case PLACE -> FreeWords.PLACE;
      case SIZE -> thing.size() == Size.SMALL ? FreeWords.BIGGER : FreeWords.SMALLER;
      case SHAPE -> FreeWords.SHAPE;
    };
  }

  /** Returns templates that are no commands. */
  List<String> wishes(Thing thing) {
    return switch (attribute) {
      case COLOUR -> FreeWords.COLOUR_WISHES;
      case PLACE -> FreeWords.PLACE_WISHES;
      case SIZE -> thing.size() == Size.SMALL ? FreeWords.BIGGER_WISHES : FreeWords.SMALLER_WISHES;
      case SHAPE -> FreeWords.SHAPE_WISHES;
    };
  }

  /** Returns templates that leave out which thing is meant. */
  List<String> alone(Thing thing) {
    return switch (attribute) {
      case COLOUR -> FreeWords.COLOUR_ALONE;
      case PLACE -> FreeWords.PLACE_ALONE;
      case SIZE -> thing.size() == Size.SMALL ? FreeWords.BIGGER_ALONE : FreeWords.SMALLER_ALONE;
      case SHAPE -> FreeWords.SHAPE_ALONE;
    };
  }

  /** Names a value without a verb. */
  String said() {
    return switch (attribute) {
      case PLACE -> at;
      case SHAPE -> FreeWording.withArticle(word);
      case COLOUR, SIZE -> word;
    };
  }
}
