package io.gill.examples.world;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Scores how well pictures show the wanted scenes, attribute by attribute. Things are matched best first. A missing
 * thing has all of its attributes wrong; an extra thing counts as one wrong attribute.
 *
 * @param counts right and wanted attributes of every kind
 */
public record SceneScore(Map<Attribute, Count> counts) {
  /** The scored attributes. */
  public enum Attribute {
    /** The background of the scene. */
    BACKGROUND,
    /** The shape of a thing. */
    SHAPE,
    /** The colour of a thing. */
    COLOUR,
    /** The size of a thing. */
    SIZE,
    /** The position of a thing. */
    POSITION,
    /** An extra thing or picture; never right. */
    EXTRA
  }

  /**
   * The number of right attributes.
   *
   * @param right the number of right ones, at most {@code total}
   * @param total the number of all
   */
  public record Count(int right, int total) {
    Count plus(Count other) {
      return new Count(right + other.right, total + other.total);
    }
  }

  /**
   * Adds missing kinds with a count of 0.
   *
   * @param counts right and wanted attributes, by kind
   */
  public SceneScore {
    Map<Attribute, Count> all = new EnumMap<>(Attribute.class);
    for (Attribute attribute : Attribute.values()) {
      all.put(attribute, counts.getOrDefault(attribute, new Count(0, 0)));
    }
    counts = Map.copyOf(all);
  }

  /**
   * Returns an empty score, the start of a sum.
   *
   * @return all counts 0
   */
  public static SceneScore empty() {
    return new SceneScore(Map.of());
  }

  /**
   * Compares the reading of a picture with the wanted scene.
   *
   * @param wanted the wanted scene
   * @param seen the reading of the picture
   * @return 1 attribute, 4 for each wanted thing and 1 for each extra thing
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
   * Returns the score of a picture that nobody wants.
   *
   * @return one wrong attribute
   */
  public static SceneScore needless() {
    return new SceneScore(Map.of(Attribute.EXTRA, new Count(0, 1)));
  }

  /**
   * Adds two scores.
   *
   * @param other another score
   * @return the sum
   */
  public SceneScore plus(SceneScore other) {
    Map<Attribute, Count> sum = new EnumMap<>(counts);
    other.counts.forEach((attribute, count) -> sum.merge(attribute, count, Count::plus));
    return new SceneScore(sum);
  }

  /**
   * Returns the count over all attributes.
   *
   * @return right and wanted attributes
   */
  public Count total() {
    return counts.values().stream().reduce(new Count(0, 0), Count::plus);
  }

  /**
   * Returns the share of right attributes.
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
