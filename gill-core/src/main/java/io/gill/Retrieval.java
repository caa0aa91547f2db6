package io.gill;

import io.gill.Reply.RetrievedImage;
import io.gill.stage.ImageRetriever;
import io.gill.stage.ImageRetriever.Hit;
import io.gill.stage.OutputCheck;
import io.gill.stage.Stages;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/** Retrieves the images of one reply. No image is shown twice, and unreadable images are not tried again. */
final class Retrieval {
  /** At most max(50, 10·k) matches are tried for each requested image. */
  private static final int LEAST_ATTEMPTS = 50;

  private static final int ATTEMPTS_EACH = 10;

  private static final OutputCheck INDEX = new OutputCheck("image retriever");

  private final ImageRetriever retriever;
  private final Stages stages;
  private final RespondOptions options;
  private final BooleanSupplier cancelled;
  private final Set<String> seen = new HashSet<>();

  Retrieval(ImageRetriever retriever, Stages stages, RespondOptions options, BooleanSupplier cancelled) {
    this.retriever = retriever;
    this.stages = stages;
    this.options = options;
    this.cancelled = cancelled;
  }

  /**
   * Result of the search for one requested image.
   *
   * @param images retrieved images, best first
   * @param problem one line on why there are none; empty if there are some
   */
  record Found(List<RetrievedImage> images, Optional<String> problem) {}

  /**
   * Finds the best readable matches.
   *
   * @throws CancellationException if the caller cancelled
   */
  Found find(float[] query) {
    Attempts attempts = new Attempts();
    if (options.rules().countsUnreadableImages()) {
      asPublished(query, attempts);
    } else {
      best(query, attempts);
    }
    return attempts.found();
  }

  /** Finds the best k readable images; unreadable ones are skipped and not counted. */
  private void best(float[] query, Attempts attempts) {
    int k = options.topK();
    int limit = (int) Math.min(Integer.MAX_VALUE, Math.max(LEAST_ATTEMPTS, (long) ATTEMPTS_EACH * k));
    while (attempts.images.size() < k && attempts.tried < limit) {
      // The first k can usually be read. If not, one search for the maximum number of attempts suffices.
      List<Hit> hits = search(query, attempts.tried == 0 ? k : limit - attempts.tried, attempts);
      if (hits.isEmpty()) {
        return;
      }
      for (int i = 0; i < hits.size() && attempts.images.size() < k; i++) {
        attempts.fetch(hits.get(i));
      }
    }
  }

  /** Takes the top three, counting unreadable ones as shown; only one if three were requested (a published bug). */
  private void asPublished(float[] query, Attempts attempts) {
    for (Hit hit : search(query, 3, attempts)) {
      attempts.fetch(hit);
      if (!attempts.images.isEmpty() && options.maxImages() == 3) {
        return;
      }
    }
  }

  private List<Hit> search(float[] query, int k, Attempts attempts) {
    attempts.checkCancelled();
    try {
      return retriever.search(query, k, seen);
    } catch (RuntimeException e) {
      attempts.checkCancelled(); // the failure may be due to an interrupt
      throw e;
    }
  }

  /** Attempts for one requested image. */
  private final class Attempts {
    final List<RetrievedImage> images = new ArrayList<>();
    int tried;
    private String failure = "";

    void fetch(Hit hit) {
      checkCancelled();
      INDEX.finite("score", hit.score());
      seen.add(hit.id());
      tried++;
      try {
        images.add(new RetrievedImage(stages.source().fetch(hit.uri()), hit.id(), hit.uri(), hit.score()));
      } catch (IOException e) {
        checkCancelled(); // the failure may be due to an interrupt
        failure = OneLine.of(String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
      }
    }

    void checkCancelled() {
      if (cancelled.getAsBoolean()) {
        throw new CancellationException("retrieval was stopped after " + tried + " images");
      }
    }

    Found found() {
      if (!images.isEmpty()) {
        return new Found(images, Optional.empty());
      }
      return new Found(images, Optional.of(tried == 0
          ? "the collection has no image that this reply has not tried"
          : "none of the " + tried + " best matches could be read; the last failure: " + failure));
    }
  }
}
