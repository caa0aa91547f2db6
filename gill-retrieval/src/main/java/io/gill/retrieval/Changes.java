package io.gill.retrieval;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** Argument checks that every index makes before a change. */
final class Changes {
  private Changes() {}

  /** Normalises the embeddings; rejects duplicate ids and embeddings of a different width. */
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

  /** Rejects images whose ids are already in the index. */
  static void requireNew(List<IndexedImage> images, Predicate<String> known) {
    for (IndexedImage image : images) {
      if (known.test(image.id())) {
        throw new IllegalArgumentException("the index already contains an image with the id " + image.id());
      }
    }
  }

  /** Rejects images whose ids are not in the index. */
  static void requireKnown(List<IndexedImage> images, Predicate<String> known) {
    for (IndexedImage image : images) {
      if (!known.test(image.id())) {
        throw new IllegalArgumentException("the index contains no image with the id " + image.id());
      }
    }
  }

  /** The distinct ids that the index contains. */
  static Set<String> known(Collection<String> ids, Predicate<String> known) {
    Set<String> there = new HashSet<>(ids);
    there.removeIf(known.negate());
    return there;
  }

  static List<String> ids(List<IndexedImage> images) {
    return images.stream().map(IndexedImage::id).toList();
  }
}
