package io.gill.retrieval;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Restricts the results of a search by the images' attributes. Immutable.
 *
 * <pre>{@code
 * ImageFilter free = ImageFilter.is("licence", "cc0");
 * ImageFilter wanted = ImageFilter.all(free, ImageFilter.not(ImageFilter.is("folder", "drafts")));
 * }</pre>
 */
public sealed interface ImageFilter {
  /** Accepts every image. */
  ImageFilter EVERY = new All(List.of());

  /**
   * Returns whether the filter accepts an image with the given attributes.
   *
   * @param attributes of an image
   * @return true if a search may return the image
   */
  boolean accepts(Map<String, String> attributes);

  /**
   * Accepts images that have an attribute with the given value.
   *
   * @param name of the attribute
   * @param value compared exactly
   * @return the filter
   */
  static ImageFilter is(String name, String value) {
    return new Is(name, value);
  }

  /**
   * Accepts images that all of the filters accept.
   *
   * @param filters any number; with no filters, every image is accepted
   * @return the filter
   */
  static ImageFilter all(ImageFilter... filters) {
    return new All(Arrays.asList(filters));
  }

  /**
   * Accepts images that at least one of the filters accepts.
   *
   * @param filters any number; with no filters, no image is accepted
   * @return the filter
   */
  static ImageFilter any(ImageFilter... filters) {
    return new Any(Arrays.asList(filters));
  }

  /**
   * Accepts images that a filter rejects, including images without the attribute.
   *
   * @param filter the filter to negate
   * @return the filter
   */
  static ImageFilter not(ImageFilter filter) {
    return new Not(filter);
  }

  /**
   * Compares one attribute; see {@link #is}.
   *
   * @param name of the attribute
   * @param value compared exactly
   */
  record Is(String name, String value) implements ImageFilter {
    /**
     * Rejects null.
     *
     * @param name of the attribute
     * @param value compared exactly
     */
    public Is {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(value, "value");
    }

    @Override
    public boolean accepts(Map<String, String> attributes) {
      return value.equals(attributes.get(name));
    }
  }

  /**
   * Conjunction of filters; see {@link #all}.
   *
   * @param filters all must accept an image
   */
  record All(List<ImageFilter> filters) implements ImageFilter {
    /**
     * Copies the list.
     *
     * @param filters all must accept an image
     */
    public All {
      filters = List.copyOf(filters);
    }

    @Override
    public boolean accepts(Map<String, String> attributes) {
      return filters.stream().allMatch(filter -> filter.accepts(attributes));
    }
  }

  /**
   * Disjunction of filters; see {@link #any}.
   *
   * @param filters at least one must accept an image
   */
  record Any(List<ImageFilter> filters) implements ImageFilter {
    /**
     * Copies the list.
     *
     * @param filters at least one must accept an image
     */
    public Any {
      filters = List.copyOf(filters);
    }

    @Override
    public boolean accepts(Map<String, String> attributes) {
      return filters.stream().anyMatch(filter -> filter.accepts(attributes));
    }
  }

  /**
   * Negation of a filter; see {@link #not}.
   *
   * @param filter must reject an image
   */
  record Not(ImageFilter filter) implements ImageFilter {
    @Override
    public boolean accepts(Map<String, String> attributes) {
      return !filter.accepts(attributes);
    }
  }
}
