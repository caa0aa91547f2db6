package io.gill.spring;

import io.gill.LoadListener;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs each tenth of a model that is loaded. */
final class LoadingLog implements LoadListener {
  private static final Logger LOG = LoggerFactory.getLogger(LoadingLog.class);

  private long logged;

  @Override
  public void onProgress(Part part, long done, long total) {
    long tenths = total == 0 ? 0 : 10 * done / total;
    if (tenths > logged) {
      logged = tenths;
      LOG.info("loading the {}: {} % of {} MB", part.name().toLowerCase(Locale.ROOT).replace('_', ' '), 10 * tenths,
          total / 1_000_000);
    }
  }
}
