package io.gill.retrieval;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** What every index checks alike before it changes anything. */
final class Changes {
  private Changes() {}

  /** The images with unit vectors: no id twice, and all of the index's width. */
  static List<IndexedImage> units(List<IndexedImage> images, int dimension) {
    Set<String> ids = new HashSet<>();
    List<IndexedImage> units = new ArrayList<>();
    for (IndexedImage image : images) {
      if (!ids.add(image.id())) {
        throw new IllegalArgumentException("the id " + image.id() + " occurs twice");
      }
      if (image.embedding().length != dimension) {
        throw new IllegalArgumentException("the embedding of " + image.id() + " has " + image.embedding().length
            + " dimensions, the index " + dimension);
      }
      units.add(new IndexedImage(image.id(), image.uri(), image.attributes(),
          Vectors.unit(image.embedding(), "the embedding of " + image.id())));
    }
    return units;
  }

  /** Refuses images that are to be added and are there. */
  static void requireNew(List<IndexedImage> images, Predicate<String> known) {
    for (IndexedImage image : images) {
      if (known.test(image.id())) {
        throw new IllegalArgumentException("there is already an image with the id " + image.id());
      }
    }
  }

  /** Refuses images that are to be replaced and are not there. */
  static void requireKnown(List<IndexedImage> images, Predicate<String> known) {
    for (IndexedImage image : images) {
      if (!known.test(image.id())) {
        throw new IllegalArgumentException("there is no image with the id " + image.id());
      }
    }
  }

  /** Those of some ids that are there, each once. */
  static Set<String> known(Collection<String> ids, Predicate<String> known) {
    Set<String> there = new HashSet<>(ids);
    there.removeIf(known.negate());
    return there;
  }

  static List<String> ids(List<IndexedImage> images) {
    return images.stream().map(IndexedImage::id).toList();
  }
}
