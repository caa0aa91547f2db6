package io.gill.llama;

import io.gill.llama.LlamaConfig.Variant;
import io.gill.weights.ConfigFile;
import java.util.ArrayList;
import java.util.List;

/**
 * The sliding windows of Qwen's layers. {@code layer_types} names the layers with a window; without it they are the
 * last ones.
 */
final class QwenWindows {
  /** Published default of {@code max_window_layers}. */
  private static final int PUBLISHED_FULL_LAYERS = 28;

  private QwenWindows() {}

  /** Returns the window of every layer. */
  static List<Integer> read(ConfigFile c) {
    int window = c.flag("use_sliding_window", false) ? Variant.slidingWindow(c) : Variant.ALL;
    if (c.has("layer_types")) {
      return c.texts("layer_types").stream().map(type -> switch (type) {
        case "full_attention" -> Variant.ALL;
        case "sliding_attention" -> window;
        default -> throw c.refuse("layer_types", "only full_attention and sliding_attention are known");
      }).toList();
    }
    List<Integer> windows = new ArrayList<>(Variant.windows(c, Variant.ALL));
    int full = c.integer("max_window_layers", PUBLISHED_FULL_LAYERS);
    if (full < 0) {
      throw c.refuse("max_window_layers", "it must not be negative");
    }
    for (int i = full; i < windows.size(); i++) {
      windows.set(i, window);
    }
    return windows;
  }
}
