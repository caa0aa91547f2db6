package io.gill.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.LoadListener.Part;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class LoadingLineTest {
  private static final long GB = 1_000_000_000;

  private final StringWriter text = new StringWriter();
  private long now = 5;
  private final LoadingLine line = new LoadingLine(new PrintWriter(text), () -> now);

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
    assertThat(text).hasToString("\rloading the language model   12.3 of 24.0 MB");
  }

  @Test
  void afterwardsTheLineIsRenewedEverySecondAndEnded() {
    now += 1_000_000_000;
    line.onProgress(Part.LANGUAGE_MODEL, 1_300_000_000, 13 * GB);
    line.onProgress(Part.LANGUAGE_MODEL, 2 * GB, 13 * GB);
    now += 1_000_000_000;
    line.onProgress(Part.VISION_ENCODER, 11 * GB, 13 * GB);
    line.onProgress(Part.IMAGE_GENERATOR, 13 * GB, 13 * GB);
    assertThat(text).hasToString("\rloading the language model    1.3 of 13.0 GB\rloading the vision encoder   11.0 of"
        + " 13.0 GB\rloading the image generator  13.0 of 13.0 GB" + System.lineSeparator());
  }
}
