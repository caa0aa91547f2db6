package io.gill.examples;

import com.google.common.util.concurrent.Futures;
import io.gill.stage.LanguageContext;
import io.gill.stage.LanguageInput;
import io.gill.stage.LanguageModel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Decodes with several contexts of a language model, each on a thread of its own. The model may batch their steps. */
final class ConcurrentDecoding {
  private ConcurrentDecoding() {}

  /**
   * Returns the speed after a common beginning.
   *
   * @param contexts number of contexts
   * @param tokens number of tokens that each of them decodes
   * @return tokens per second of all contexts
   */
  static double tokensPerSecond(LanguageModel model, int[] prompt, int contexts, int tokens) {
    List<LanguageContext> open = new ArrayList<>();
    ExecutorService threads = Executors.newFixedThreadPool(contexts);
    try {
      for (int i = 0; i < contexts; i++) {
        LanguageContext context = model.open();
        open.add(context);
        context.append(List.of(new LanguageInput.Tokens(prompt)));
      }
      decode(threads, open, prompt, 2); // the first steps find each other
      long start = System.nanoTime();
      decode(threads, open, prompt, tokens);
      return contexts * tokens / ((System.nanoTime() - start) / 1e9);
    } finally {
      threads.shutdown();
      open.forEach(LanguageContext::close);
    }
  }

  private static void decode(ExecutorService threads, List<LanguageContext> contexts, int[] prompt, int tokens) {
    List<Future<?>> running = new ArrayList<>();
    for (LanguageContext context : contexts) {
      running.add(threads.submit(() -> {
        for (int i = 0; i < tokens; i++) {
          context.append(List.of(new LanguageInput.Tokens(new int[] {prompt[i % prompt.length]})));
        }
      }));
    }
    running.forEach(Futures::getUnchecked);
  }
}
