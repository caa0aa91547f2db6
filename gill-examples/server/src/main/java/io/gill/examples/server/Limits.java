package io.gill.examples.server;

/**
 * Limits of requests.
 *
 * @param bodyBytes maximum size of a request's body
 * @param pixels maximum number of pixels of all pictures of a request
 * @param messages maximum number of messages of a conversation
 * @param tokens maximum number of tokens of a reply
 * @param steps maximum number of denoising steps
 * @param pictures maximum number of pictures that are generated or retrieved for each requested one
 * @param running maximum number of requests that the model computes at a time
 * @param queued maximum number of requests that wait; further ones are answered with status 429
 */
public record Limits(
    int bodyBytes, int pixels, int messages, int tokens, int steps, int pictures, int running, int queued) {
  private static final Limits DEFAULT = new Limits(16 << 20, 16_000_000, 256, 1024, 150, 4, 8, 8);

  /**
   * Checks the limits.
   *
   * @param bodyBytes maximum size of a request's body
   * @param pixels maximum number of pixels of all pictures of a request
   * @param messages maximum number of messages of a conversation
   * @param tokens maximum number of tokens of a reply
   * @param steps maximum number of denoising steps
   * @param pictures maximum number of pictures for each requested one
   * @param running maximum number of requests that the model computes at a time
   * @param queued maximum number of requests that wait
   * @throws IllegalArgumentException if a limit is too small or too large
   */
  public Limits {
    within("bodyBytes", bodyBytes, 1024, 1 << 30);
    within("pixels", pixels, 1, 100_000_000);
    within("messages", messages, 1, 100_000);
    within("tokens", tokens, 1, 1_000_000);
    within("steps", steps, 1, 1000);
    within("pictures", pictures, 1, 64);
    within("running", running, 1, 1000);
    within("queued", queued, 0, 1000);
  }

  /**
   * Returns the defaults. With them, the requests that wait or run at a time take at most some 1.5 GB, and those that
   * are being received another 512 MB.
   *
   * @return 16 MiB, 16 megapixels, 256 messages, 1024 tokens, 150 steps, 4 pictures, 8 requests running and 8 waiting
   */
  public static Limits defaults() {
    return DEFAULT;
  }

  private static void within(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(name + " is " + value + ": use " + least + " to " + most);
    }
  }
}
