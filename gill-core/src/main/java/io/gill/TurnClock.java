package io.gill;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** Measures the time a turn spends in each stage, and reports the stages to Java Flight Recorder. For one thread. */
final class TurnClock {
  private final Map<Stage, Long> nanos = new EnumMap<>(Stage.class);
  private Stage stage = Stage.WAITING;
  private StageEvent event = StageEvent.start();
  private long since;

  /** @param startNanos time of the call, by {@link System#nanoTime} */
  TurnClock(long startNanos) {
    since = startNanos;
  }

  /** A stage of a turn; see {@link Usage.Times}. */
  enum Stage {
    WAITING,
    VISION,
    PROMPT,
    TEXT,
    RETRIEVAL,
    GENERATION;

    private final String label = name().toLowerCase(Locale.ROOT);
  }

  /** Ends the current stage and begins another one. */
  void enter(Stage next) {
    long now = System.nanoTime();
    nanos.merge(stage, now - since, Long::sum);
    since = now;
    if (stage != next) {
      event.end(stage.label);
      event = StageEvent.start();
    }
    stage = next;
  }

  /** Ends the last stage and returns the times. */
  Usage.Times times() {
    enter(stage);
    event.end(stage.label);
    return new Usage.Times(time(Stage.WAITING), time(Stage.VISION), time(Stage.PROMPT), time(Stage.TEXT),
        time(Stage.RETRIEVAL), time(Stage.GENERATION));
  }

  private Duration time(Stage of) {
    return Duration.ofNanos(nanos.getOrDefault(of, 0L));
  }
}
