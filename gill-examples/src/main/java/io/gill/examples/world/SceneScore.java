package io.gill.examples.world;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * How well pictures show what was wanted, attribute by attribute. Things are matched best first; a missing thing has
 * all its attributes wrong, one that nobody asked for counts as one wrong attribute.
 *
 * @param counts right and wanted attributes of each kind; every kind is there
 */
public record SceneScore(Map<Attribute, Count> counts) {
  /** What can be right or wrong. */
  public enum Attribute {
    /** Of the scene. */
    BACKGROUND,
    /** Of a thing. */
    SHAPE,
    /** Of a thing. */
    COLOUR,
    /** Of a thing. */
    SIZE,
    /** Of a thing. */
    POSITION,
    /** A thing that nobody asked for; never right. */
    EXTRA
  }

  /**
   * How many are right.
   *
   * @param right at most {@code total}
   * @param total how many there are
   */
  public record Count(int right, int total) {
    Count plus(Count other) {
      return new Count(right + other.right, total + other.total);
    }
  }

  /**
   * Fills in the kinds that are missing.
   *
   * @param counts as above
   */
  public SceneScore {
    Map<Attribute, Count> all = new EnumMap<>(Attribute.class);
    for (Attribute attribute : Attribute.values()) {
      all.put(attribute, counts.getOrDefault(attribute, new Count(0, 0)));
    }
    counts = Map.copyOf(all);
  }

  /**
   * The score of nothing, to add others to.
   *
   * @return all counts 0
   */
  public static SceneScore empty() {
    return new SceneScore(Map.of());
  }

  /**
   * Compares what was seen with what was wanted.
   *
   * @param wanted the scene
   * @param seen what a picture shows
   * @return 1 + 4 attributes for each wanted thing, and one for each thing too many
   */
  public static SceneScore of(Scene wanted, SceneReader.Reading seen) {
    Map<Attribute, Count> counts = new EnumMap<>(Attribute.class);
    add(counts, Attribute.BACKGROUND, seen.background().filter(b -> b == wanted.background()).isPresent());
    List<Thing> missing = new ArrayList<>(wanted.things());
    List<Thing> left = new ArrayList<>(seen.things());
    for (int alike = 4; alike >= 0; alike--) {
      for (Thing thing : List.copyOf(missing)) {
        for (Thing candidate : List.copyOf(left)) {
          if (missing.contains(thing) && alike(thing, candidate) == alike) {
            missing.remove(thing);
            left.remove(candidate);
            compare(counts, thing, candidate);
          }
        }
      }
    }
    for (int i = 0; i < missing.size(); i++) {
      for (Attribute attribute : new Attribute[] {
        Attribute.SHAPE, Attribute.COLOUR, Attribute.SIZE, Attribute.POSITION}) {
        add(counts, attribute, false);
      }
    }
    for (int i = 0; i < left.size(); i++) {
      add(counts, Attribute.EXTRA, false);
    }
    return new SceneScore(counts);
  }

  /**
   * Adds up.
   *
   * @param other another score
   * @return of both
   */
  public SceneScore plus(SceneScore other) {
    Map<Attribute, Count> sum = new EnumMap<>(counts);
    other.counts.forEach((attribute, count) -> sum.merge(attribute, count, Count::plus));
    return new SceneScore(sum);
  }

  /**
   * All attributes together.
   *
   * @return how many are right
   */
  public Count total() {
    return counts.values().stream().reduce(new Count(0, 0), Count::plus);
  }

  /**
   * The share that is right.
   *
   * @return from 0 to 1; 1 for an empty score
   */
  public double accuracy() {
    Count total = total();
    return total.total() == 0 ? 1 : (double) total.right() / total.total();
  }

  /**
   * Whether nothing is wrong.
   *
   * @return true if the picture shows exactly what was wanted
   */
  public boolean isPerfect() {
    return total().right() == total().total();
  }

  private static int alike(Thing a, Thing b) {
    return (a.shape() == b.shape() ? 1 : 0)
        + (a.colour() == b.colour() ? 1 : 0)
        + (a.size() == b.size() ? 1 : 0)
        + (a.position() == b.position() ? 1 : 0);
  }

  private static void compare(Map<Attribute, Count> counts, Thing wanted, Thing seen) {
    add(counts, Attribute.SHAPE, wanted.shape() == seen.shape());
    add(counts, Attribute.COLOUR, wanted.colour() == seen.colour());
    add(counts, Attribute.SIZE, wanted.size() == seen.size());
    add(counts, Attribute.POSITION, wanted.position() == seen.position());
  }

  private static void add(Map<Attribute, Count> counts, Attribute attribute, boolean right) {
    counts.merge(attribute, new Count(right ? 1 : 0, 1), Count::plus);
  }
}
