package io.gill.testing;

import io.gill.stage.ImageRetriever;
import io.gill.stage.ImageSource;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.FileNotFoundException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A collection of painted images, {@code fake:0} to {@code fake:n}, always found in this order. It is also their image
 * source. Immutable and thread-safe.
 */
public final class FakeImageRetriever implements ImageRetriever, ImageSource {
  private static final String SCHEME = "fake:";

  private final int size;

  /**
   * Creates a collection.
   *
   * @param size number of images
   */
  public FakeImageRetriever(int size) {
    if (size < 0) {
      throw new IllegalArgumentException("size is " + size + ": use 0 or more");
    }
    this.size = size;
  }

  @Override
  public List<Hit> search(float[] query, int k, Set<String> excluded) {
    Objects.requireNonNull(query, "query");
    Objects.requireNonNull(excluded, "excluded");
    List<Hit> hits = new ArrayList<>();
    for (int i = 0; i < size && hits.size() < k; i++) {
      String id = Integer.toString(i);
      if (!excluded.contains(id)) {
        hits.add(new Hit(id, SCHEME + i, 1.0 / (i + 1)));
      }
    }
    return hits;
  }

  @Override
  public BufferedImage fetch(String uri) throws FileNotFoundException {
    Objects.requireNonNull(uri, "uri");
    int index = uri.matches(SCHEME + "\\d{1,9}") ? Integer.parseInt(uri.substring(SCHEME.length())) : size;
    if (index >= size) {
      throw new FileNotFoundException(uri + " is not one of the " + size + " fake images");
    }
    return FakeImageGenerator.paint(Color.getHSBColor(index * 0.13f, 0.8f, 0.8f), 64, 64);
  }
}
