package io.gill;

import io.gill.stage.LanguageContext;
import io.gill.stage.LanguageInput;
import io.gill.stage.LanguageModel;
import io.gill.stage.LanguageOutput;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A language model that counts its open contexts and records how many positions are read at a time. */
final class WatchedLanguageModel implements LanguageModel {
  final AtomicInteger open = new AtomicInteger();
  final AtomicInteger longest = new AtomicInteger(); // maximum length of any context
  final List<Integer> read = new CopyOnWriteArrayList<>();

  /** Runs after each read, within the call. */
  Runnable afterReading = () -> {};

  private final LanguageModel model;
  private volatile boolean closed;

  WatchedLanguageModel(LanguageModel model) {
    this.model = model;
  }

  @Override
  public int vocabularySize() {
    return model.vocabularySize();
  }

  @Override
  public int embeddingSize() {
    return model.embeddingSize();
  }

  @Override
  public int maxPositions() {
    return model.maxPositions();
  }

  @Override
  public float[][] embeddings(int[] ids) {
    return model.embeddings(ids);
  }

  @Override
  public LanguageContext open() {
    if (closed) {
      throw new IllegalStateException("this language model is closed");
    }
    LanguageContext context = model.open();
    open.incrementAndGet();
    return new LanguageContext() {
      @Override
      public int length() {
        return context.length();
      }

      @Override
      public LanguageOutput append(List<LanguageInput> inputs) {
        LanguageOutput output = context.append(inputs);
        longest.accumulateAndGet(context.length(), Math::max);
        read.add(inputs.stream().mapToInt(LanguageInput::length).sum());
        afterReading.run();
        return output;
      }

      @Override
      public float[] score(int[] ids) {
        float[] scores = context.score(ids);
        read.add(ids.length);
        afterReading.run();
        return scores;
      }

      @Override
      public void truncate(int length) {
        context.truncate(length);
      }

      @Override
      public void close() {
        context.close();
        open.decrementAndGet();
      }
    };
  }

  @Override
  public void close() {
    closed = true;
    model.close();
  }
}
