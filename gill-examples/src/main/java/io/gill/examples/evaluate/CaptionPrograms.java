package io.gill.examples.evaluate;

import io.gill.evaluation.CaptionItem;
import io.gill.evaluation.CaptionMetrics;
import io.gill.evaluation.Meteor;
import io.gill.evaluation.StanfordTokenizer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The programs that score captions as the official scorer does, which the user supplies.
 *
 * @param meteor computes METEOR, or null
 * @param stanford splits captions into words, or null for gill's own tokenizer
 */
record CaptionPrograms(@Nullable Meteor meteor, @Nullable StanfordTokenizer stanford) {
  static CaptionPrograms of(@Nullable Path meteor, @Nullable Path tokenizer) {
    return new CaptionPrograms(
        meteor == null ? null : Meteor.of(meteor), tokenizer == null ? null : StanfordTokenizer.of(tokenizer));
  }

  /** Returns the tokenizer of some captions, which splits each once for all metrics. Not thread-safe. */
  Function<String, List<String>> tokenizer(List<CaptionItem> captions) {
    Map<String, List<String>> words = new HashMap<>();
    Function<String, List<String>> tokenizer =
        stanford == null ? CaptionMetrics.tokenizer() : stanford.tokenizer(captions);
    return caption -> words.computeIfAbsent(caption, tokenizer);
  }
}
