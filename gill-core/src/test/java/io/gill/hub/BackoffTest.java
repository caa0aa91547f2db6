package io.gill.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class BackoffTest {
  private static final String NOW = "Sun, 06 Nov 1994 08:49:37 GMT";

  /** The date is in the past of this machine's clock and in the future of the server's. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "7 | 7",
    "0 | 0",
    "Sun, 06 Nov 1994 08:51:07 GMT | 90",
    "Mon, 07 Nov 1994 08:49:37 GMT | 86400",
  })
  void aServerNamesTheTimeInSecondsOrAsADateOfItsOwnClock(String value, long seconds) {
    assertThat(Backoff.retryAfter(value, NOW)).contains(Duration.ofSeconds(seconds));
  }

  @Test
  void aDateIsComparedWithTheLocalClockIfTheServerDoesNotTellItsOwn() {
    String tomorrow = DateTimeFormatter.RFC_1123_DATE_TIME.format(Instant.now().plusSeconds(86_400).atOffset(
        ZoneOffset.UTC));
    assertThat(Backoff.retryAfter(tomorrow, "")).hasValueSatisfying(
        wait -> assertThat(wait).isBetween(Duration.ofHours(23), Duration.ofHours(24)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "soon", "-1", "1.5", "9999999999", "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:07 GMT", "Sun, 99 Nov 1994 08:49:07 GMT", "1994-11-06T08:51:07Z"})
  void whatIsInvalidOrPastIsLeftOut(String value) {
    assertThat(Backoff.retryAfter(value, NOW)).isEmpty();
  }
}
