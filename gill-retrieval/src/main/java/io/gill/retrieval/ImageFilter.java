package io.gill.retrieval;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Which images a search may return, by their attributes. Immutable.
 *
 * <pre>{@code
 * ImageFilter free = ImageFilter.is("licence", "cc0");
 * ImageFilter wanted = ImageFilter.all(free, ImageFilter.not(ImageFilter.is("folder", "drafts")));
 * }</pre>
 */
public sealed interface ImageFilter {
  /** Every image. */
  ImageFilter EVERY = new All(List.of());

  /**
   * Whether an image with such attributes may be returned.
   *
   * @param attributes an image's
   * @return true if it may
   */
  boolean accepts(Map<String, String> attributes);

  /**
   * Images with an attribute of that value.
   *
   * @param name of the attribute
   * @param value exactly its value
   * @return a filter
   */
  static ImageFilter is(String name, String value) {
    return new Is(name, value);
  }

  /**
   * Images that all filters accept.
   *
   * @param filters any number; none accepts every image
   * @return a filter
   */
  static ImageFilter all(ImageFilter... filters) {
    return new All(Arrays.asList(filters));
  }

  /**
   * Images that at least one filter accepts.
   *
   * @param filters any number; none accepts no image
   * @return a filter
   */
  static ImageFilter any(ImageFilter... filters) {
    return new Any(Arrays.asList(filters));
  }

  /**
   * Images that a filter does not accept, those without such an attribute among them.
   *
   * @param filter what is not wanted
   * @return a filter
   */
  static ImageFilter not(ImageFilter filter) {
    return new Not(filter);
  }

  /**
   * See {@link #is}.
   *
   * @param name of the attribute
   * @param value exactly its value
   */
  record Is(String name, String value) implements ImageFilter {
    @Override
    public boolean accepts(Map<String, String> attributes) {
      return value.equals(attributes.get(name));
    }
  }

  /**
   * See {@link #all}.
   *
   * @param filters which must all accept
   */
  record All(List<ImageFilter> filters) implements ImageFilter {
    /**
     * Copies the list.
     *
     * @param filters which must all accept
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
   * See {@link #any}.
   *
   * @param filters of which one must accept
   */
  record Any(List<ImageFilter> filters) implements ImageFilter {
    /**
     * Copies the list.
     *
     * @param filters of which one must accept
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
   * See {@link #not}.
   *
   * @param filter which must not accept
   */
  record Not(ImageFilter filter) implements ImageFilter {
    @Override
    public boolean accepts(Map<String, String> attributes) {
      return !filter.accepts(attributes);
    }
  }
}
