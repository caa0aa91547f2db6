package io.gill;

import io.gill.Conversation.Content;
import io.gill.concurrent.Closing;
import io.gill.stage.Stages;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Caches of calls that are complete. A call whose prompt begins as one of them reads only the rest. Thread-safe: a
 * cache in use is not kept, and no other call finds it.
 */
final class KeptPrompts implements AutoCloseable {
  /** Number of positions from which copying a cache pays. A format's own words are fewer. */
  private static final int WORTH_COPYING = 16;

  private final Stages stages;
  private final int most;

  // guarded by this object
  private final Deque<PromptCache> kept = new ArrayDeque<>(); // the last used first
  private boolean closed;

  /**
   * @param most maximum number of caches kept; with 0 every call has a cache of its own
   */
  KeptPrompts(Stages stages, int most) {
    this.stages = stages;
    this.most = most;
  }

  /** Runs a call with the best cache for its prompt, and keeps the cache afterwards. */
  <T> T with(Supplier<List<Content>> prompt, RespondOptions options, Function<PromptCache, T> call) {
    if (most == 0) {
      try (PromptCache cache = new PromptCache(stages)) {
        return call.apply(cache);
      }
    }
    List<Content> contents = prompt.get();
    Optional<Match> best = take(contents, PromptCache.texts(stages, contents, options));
    Optional<PromptCache> continued = best.filter(Match::continues).map(Match::cache);
    PromptCache cache = continued.or(() -> best.map(this::beginning)).orElseGet(() -> new PromptCache(stages));
    int known = continued.isPresent() ? 0 : cache.length();
    try {
      return call.apply(cache);
    } finally {
      if (cache.length() > known) {
        keep(cache);
      } else { // the call failed early: a new cache must not displace another conversation's
        cache.close();
      }
    }
  }

  /** Copies what another conversation has in common with the prompt; it may go on, too. */
  private PromptCache beginning(Match match) {
    try {
      return match.cache.copy(match.common);
    } finally {
      keep(match.cache);
    }
  }

  /**
   * A cache that may serve a prompt.
   *
   * @param common number of the prompt's positions that it holds
   */
  private record Match(PromptCache cache, int common) {
    /** Whether the prompt begins with the whole prompt that the cache has read. */
    boolean continues() {
      return common >= cache.promptLength();
    }

    boolean isUseful() {
      return common > 0 && (continues() || common >= WORTH_COPYING);
    }
  }

  /** Removes and returns the cache that holds most of a prompt, the last used one of several. */
  private synchronized Optional<Match> take(List<Content> prompt, List<int[]> texts) {
    Optional<Match> best = kept.stream().map(cache -> new Match(cache, cache.common(prompt, texts)))
        .filter(Match::isUseful).max(Comparator.comparingInt(Match::common)); // the first of equal ones
    best.ifPresent(match -> kept.remove(match.cache));
    return best;
  }

  private void keep(PromptCache cache) {
    List<PromptCache> dropped = new ArrayList<>();
    synchronized (this) {
      if (closed || cache.length() == 0) {
        dropped.add(cache);
      } else {
        kept.addFirst(cache);
        if (kept.size() > most) {
          dropped.add(kept.removeLast());
        }
      }
    }
    Closing.closeAll(dropped);
  }

  @Override
  public void close() {
    List<PromptCache> all;
    synchronized (this) {
      closed = true;
      all = List.copyOf(kept);
      kept.clear();
    }
    Closing.closeAll(all);
  }
}
