package io.gill;

import io.gill.Conversation.Content;
import io.gill.concurrent.Closing;
import io.gill.stage.Stages;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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
    PromptCache cache = find(prompt.get(), options);
    try {
      return call.apply(cache);
    } finally {
      keep(cache);
    }
  }

  private PromptCache find(List<Content> prompt, RespondOptions options) {
    List<int[]> texts = PromptCache.texts(stages, prompt, options);
    PromptCache best = take(prompt, texts);
    if (best == null) {
      return new PromptCache(stages);
    }
    if (best.common(prompt, texts) >= best.promptLength()) {
      return best;
    }
    try { // another conversation with the same beginning; the first may go on, too
      return best.copy();
    } finally {
      keep(best);
    }
  }

  /** Removes and returns the cache that holds most of a prompt, or null if none holds enough of it. */
  private synchronized @Nullable PromptCache take(List<Content> prompt, List<int[]> texts) {
    PromptCache best = null;
    int longest = 0;
    for (PromptCache cache : kept) {
      int common = cache.common(prompt, texts);
      if (common > longest && (common >= WORTH_COPYING || common >= cache.promptLength())) {
        best = cache;
        longest = common;
      }
    }
    if (best != null) {
      kept.remove(best);
    }
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
