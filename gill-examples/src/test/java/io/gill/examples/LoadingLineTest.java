package io.gill.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.LoadListener.Part;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class LoadingLineTest {
  private static final long GB = 1_000_000_000;
  private static final String CLEAR = "\u001b[K";

  private final StringWriter text = new StringWriter();
  private long now = 5;
  private final LoadingLine line =
      new LoadingLine(new StatusLine(new PrintWriter(text), () -> true, () -> now), () -> now);

  @Test
  void nothingIsShownInTheFirstSecond() {
    now += 999_999_999;
    line.onProgress(Part.LANGUAGE_MODEL, GB, 2 * GB);
    line.onProgress(Part.IMAGE_GENERATOR, 2 * GB, 2 * GB);
    assertThat(text).hasToString("");
  }

  @Test
  void aSmallModelIsMeasuredInMegabytes() {
    now += 1_000_000_000;
    line.onProgress(Part.LANGUAGE_MODEL, 12_340_000, 24_000_000);
    assertThat(text).hasToString("\rloading the language model   12.3 of 24.0 MB" + CLEAR);
  }

  @Test
  void afterwardsTheLineIsRenewedEverySecondAndCleared() {
    now += 1_000_000_000;
    line.onProgress(Part.LANGUAGE_MODEL, 1_300_000_000, 13 * GB);
    line.onProgress(Part.LANGUAGE_MODEL, 2 * GB, 13 * GB);
    now += 1_000_000_000;
    line.onProgress(Part.VISION_ENCODER, 11 * GB, 13 * GB);
    line.onProgress(Part.IMAGE_GENERATOR, 13 * GB, 13 * GB);
    assertThat(text).hasToString("\rloading the language model    1.3 of 13.0 GB" + CLEAR
        + "\rloading the vision encoder   11.0 of 13.0 GB" + CLEAR
        + "\rloading the image generator  13.0 of 13.0 GB" + CLEAR + "\r" + CLEAR);
  }

  @Test
  void redirectedOutputIsLinesNowAndThen() {
    LoadingLine redirected =
        new LoadingLine(new StatusLine(new PrintWriter(text), () -> false, () -> now), () -> now);
    for (int second = 1; second <= 12; second++) {
      now += 1_000_000_000;
      redirected.onProgress(Part.LANGUAGE_MODEL, second * GB, 13 * GB);
    }
    redirected.onProgress(Part.IMAGE_GENERATOR, 13 * GB, 13 * GB);
    assertThat(text.toString().lines()).containsExactly(
        "loading the language model   11.0 of 13.0 GB", "loading the image generator  13.0 of 13.0 GB");
  }
}
