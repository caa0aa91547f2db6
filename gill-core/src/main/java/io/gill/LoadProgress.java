package io.gill;

import io.gill.LoadListener.Part;
import io.gill.stage.LoadCost;
import io.gill.stage.StageSettings;
import java.util.Locale;
import java.util.function.Function;

/** Adds up the loaded bytes of all parts for a listener. */
final class LoadProgress {
  private final LoadListener listener;
  private final long total;
  private long done;

  LoadProgress(LoadListener listener, long total) {
    this.listener = listener;
    this.total = total;
  }

  /**
   * Loads a part.
   *
   * @param cost what loading it takes
   * @param load receives the settings, completed by the receiver of progress
   */
  <T> T load(Part part, LoadCost cost, StageSettings settings, Function<StageSettings, T> load) {
    long end = done + cost.fileBytes();
    StageEvent event = StageEvent.start();
    T loaded = load.apply( // tied weights are taken twice
        settings.reportingTo(bytes -> advance(part, Math.min(end, done + bytes))));
    event.end("load " + part.name().toLowerCase(Locale.ROOT).replace('_', ' '));
    if (done < end) {
      advance(part, end);
    }
    return loaded;
  }

  private void advance(Part part, long to) {
    done = to;
    listener.onProgress(part, done, total);
  }
}
