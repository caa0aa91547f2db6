package io.gill.examples.world;

import io.gill.examples.world.HeldOut.Split;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A scene and the words that ask for it. The words may leave out what {@link Unsaid} chooses.
 *
 * @param scene the wanted scene
 * @param words a noun phrase
 */
record FreeDraft(Scene scene, String words) {
  private static final double EVERYTHING_SAID = 0.5;
  private static final double RELATED = 0.12;

  /** The share of requests for two things that name each place before its thing. */
  private static final double PLACE_FIRST = 0.2;

  /** What is said of a thing. */
  private record Said(Thing thing, boolean size, boolean colour, boolean place) {}

  static FreeDraft of(Split split, Dice dice, FreeWording wording) {
    while (true) {
      Scene sampled = SceneSampler.sample(split, dice.chance(0.5) ? 1 : 2, dice);
      boolean everything = dice.chance(EVERYTHING_SAID);
      boolean background = everything || dice.chance(0.6);
      List<Thing> things = new ArrayList<>(sampled.things());
      if (dice.chance(0.4)) {
        things.add(things.remove(0));
      }
      boolean related = things.size() == 2 && dice.chance(RELATED);
      List<Said> said = new ArrayList<>();
      for (Thing thing : things) {
        said.add(everything ? new Said(thing, true, true, true)
            : new Said(thing, dice.chance(0.5), dice.chance(0.85), !related && dice.chance(0.6)));
      }
      Direction direction = dice.pick(Direction.values());
      List<Thing> chosen = chosen(said);
      if (related) {
        Thing anchor = chosen.get(1).with(said.get(1).place() ? chosen.get(1).position() : Position.CENTRE);
        if (direction.from(anchor.position()).isEmpty()) {
          continue;
        }
        chosen = List.of(chosen.get(0).with(direction.from(anchor.position()).get()), anchor);
      }
      if (Scene.isPossible(chosen)) {
        Scene scene = new Scene(background ? sampled.background() : Unsaid.BACKGROUND, chosen);
        if (HeldOut.belongs(split, scene)) {
          boolean placeFirst = !related && chosen.size() == 2 && said.get(1).place() && dice.chance(PLACE_FIRST);
          List<String> phrases = phrases(chosen, said, related, placeFirst, wording);
          String joint = related ? " " + dice.pick(direction.words()) + " "
              : placeFirst ? dice.pick(" and ", " and also ", " as well as ", ", and ")
              : dice.chance(0.4) ? wording.joint() : dice.pick(" and ", " and ", " and ", ", ");
          return new FreeDraft(scene, framed(String.join(joint, phrases), background, scene, dice, wording));
        }
      }
    }
  }

  /** Words the things; the first one of related things has no place. */
  private static List<String> phrases(
      List<Thing> things, List<Said> said, boolean related, boolean placeFirst, FreeWording wording) {
    List<String> phrases = new ArrayList<>();
    for (int i = 0; i < things.size(); i++) {
      Said one = said.get(i);
      String where = (related && i == 0) || !one.place() ? "" : wording.at(things.get(i).position());
      boolean first = placeFirst && !where.isEmpty();
      phrases.add((first ? where + " " : "")
          + wording.thing(things.get(i), one.size(), one.colour(), first ? "" : where, things.size() == 1));
    }
    return phrases;
  }

  /** Adds what is left out. */
  private static List<Thing> chosen(List<Said> said) {
    List<Thing> chosen = new ArrayList<>();
    List<Position> taken = new ArrayList<>();
    said.stream().filter(Said::place).forEach(one -> taken.add(one.thing.position()));
    if (said.size() == 2 && taken.isEmpty()) {
      taken.add(Position.CENTRE); // so that the first is on the left
      taken.add(Position.RIGHT);
    }
    for (Said one : said) {
      Thing thing = one.thing;
      thing = one.size ? thing : thing.with(Unsaid.SIZE);
      thing = one.colour ? thing : thing.with(Unsaid.colour(thing.shape()));
      if (!one.place) {
        thing = thing.with(taken.size() == 3 ? Position.RIGHT : Unsaid.place(taken));
        taken.add(thing.position());
      }
      chosen.add(thing);
    }
    return chosen;
  }

  private static String framed(String things, boolean background, Scene scene, Dice dice, FreeWording wording) {
    if (!background) {
      return things;
    }
    String ground = wording.background(scene.background());
    if (dice.chance(0.4)) {
      return dice.pick(FreeWords.ON).replace("{v}", things).replace("{bg}", ground);
    }
    return switch (dice.below(8)) {
      case 0 -> things + " on " + ground;
      case 1 -> things + ", on " + ground;
      case 2 -> things + ", " + ground + " background";
      case 3 -> things + " with a " + ground + " background";
      case 4 -> "on " + ground + " " + things;
      case 5 -> "on a " + ground + " background " + things;
      default -> things + " on a " + ground + " background";
    };
  }

  /** Where a thing is beside another. */
  enum Direction {
    /** Left of it. */
    LEFT(0, -1, "left"),
    /** Right of it. */
    RIGHT(0, 1, "right"),
    /** Above it. */
    UP(-1, 0, "up"),
    /** Below it. */
    DOWN(1, 0, "down");

    private final int rows;
    private final int columns;
    private final String word;

    Direction(int rows, int columns, String word) {
      this.rows = rows;
      this.columns = columns;
      this.word = word;
    }

    String word() {
      return word;
    }

    List<String> words() {
      return switch (this) {
        case LEFT -> FreeWords.LEFT_OF;
        case RIGHT -> FreeWords.RIGHT_OF;
        case UP -> FreeWords.ABOVE;
        case DOWN -> FreeWords.BELOW;
      };
    }

    /** Returns the neighbouring cell in this direction; empty beyond the edge. */
    Optional<Position> from(Position position) {
      return position.step(columns, rows);
    }

    /** Whether a position is further in this direction than another. */
    boolean isFurther(Position one, Position other) {
      return rows * one.rowsBelow(other) + columns * one.columnsRightOf(other) > 0;
    }
  }
}
