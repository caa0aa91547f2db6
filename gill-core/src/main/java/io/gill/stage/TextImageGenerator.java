package io.gill.stage;

import io.gill.DiffusionOptions;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.List;
import java.util.Objects;

/**
 * An image generator that paints what a text says, such as a service on another machine. It takes the place of an
 * {@link ImageGenerator} and of the {@link GenerationMapper}. Called by several threads at a time.
 *
 * <pre>{@code
 * GillModel.builder().directory(path, options)
 *     .textImageGenerator((request, listener) -> List.of(service.paint(request.caption(), request.seed())))
 *     .build();
 * }</pre>
 */
@FunctionalInterface
public interface TextImageGenerator extends AutoCloseable {
  /**
   * Generates images.
   *
   * @param request what to paint
   * @param listener may be called after each step; if it returns false, throw
   *     {@link java.util.concurrent.CancellationException}. The calling thread is interrupted only if the application
   *     interrupts it
   * @return one image or more; only the first {@link Request#count} are used
   * @throws IOException if the images cannot be generated now; the reply then has none at this place, and says why
   */
  List<BufferedImage> generate(Request request, ImageGenerator.StepListener listener) throws IOException;

  /**
   * Rejects options that {@link #generate} would reject; see {@link ImageGenerator#check}. The default checks nothing.
   *
   * @param options options of a later {@link #generate}
   * @throws IllegalArgumentException if this generator cannot generate with these options
   */
  default void check(DiffusionOptions options) {}

  @Override
  default void close() {}

  /**
   * What to paint.
   *
   * @param asked the texts of the user's last turn, joined with spaces; may be empty
   * @param said the text of the reply before the image; may be empty
   * @param count number of images, at least 1
   * @param options guidance, steps, size, negative prompt and start image, as far as the generator can use them
   * @param seed differs for each image of a reply; equal requests have equal seeds
   */
  record Request(String asked, String said, int count, DiffusionOptions options, long seed) {
    /**
     * Rejects null.
     *
     * @param asked the texts of the user's last turn
     * @param said the text of the reply before the image
     * @param count number of images, at least 1
     * @param options options of the generator
     * @param seed differs for each image of a reply
     */
    public Request {
      Objects.requireNonNull(asked, "asked");
      Objects.requireNonNull(said, "said");
      Objects.requireNonNull(options, "options");
    }

    /**
     * Returns what the user asked and the model said before the image, since either may describe it.
     *
     * @return both texts, separated by a space; may be empty
     */
    public String caption() {
      return (asked.strip() + " " + said.strip()).strip();
    }
  }
}
