package io.gill.testing;

import io.gill.stage.LanguageContext;
import io.gill.stage.LanguageInput;
import io.gill.stage.LanguageInput.Embeddings;
import io.gill.stage.LanguageInput.Tokens;
import io.gill.stage.LanguageModel;
import io.gill.stage.LanguageOutput;
import io.gill.stage.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A scripted language model. It finds the last {@code "A:"} in its input, asks the script for the answer to the text up
 * to there, and continues with that answer at a probability of nearly 1. Immutable, and thread-safe if the script is.
 */
public final class FakeLanguageModel implements LanguageModel {
  private static final int SIZE = 8;
  private static final float LIKELY = 20;
  private static final Pattern LONE_MARKER = Pattern.compile("\\[IMG0](?!\\[IMG1])");

  private final Tokenizer tokenizer;
  private final UnaryOperator<String> script;
  private final int maxPositions;
  private final Runnable beforePass;
  private final AtomicLong positionsRead = new AtomicLong();

  /**
   * Creates a model of 2048 positions.
   *
   * @param tokenizer its tokenizer
   * @param script maps the text up to and including the last {@code "A:"} to the answer, with {@code [IMG0]} where an
   *     image belongs; images in the text appear as {@code <image>}
   */
  public FakeLanguageModel(Tokenizer tokenizer, UnaryOperator<String> script) {
    this(tokenizer, script, 2048);
  }

  /**
   * Creates a model with a given number of positions.
   *
   * @param tokenizer its tokenizer
   * @param script maps the text up to and including the last {@code "A:"} to the answer
   * @param maxPositions maximum number of positions of a context
   */
  public FakeLanguageModel(Tokenizer tokenizer, UnaryOperator<String> script, int maxPositions) {
    this(tokenizer, script, maxPositions, () -> { });
  }

  /** @param beforePass called before each piece of a prompt and each token; may throw */
  FakeLanguageModel(Tokenizer tokenizer, UnaryOperator<String> script, int maxPositions, Runnable beforePass) {
    if (maxPositions < 1) {
      throw new IllegalArgumentException("maxPositions is " + maxPositions + ": use 1 or more");
    }
    this.tokenizer = Objects.requireNonNull(tokenizer, "tokenizer");
    this.script = Objects.requireNonNull(script, "script");
    this.maxPositions = maxPositions;
    this.beforePass = beforePass;
  }

  /**
   * Returns the number of positions read by all contexts, which shows the effect of a cache.
   *
   * @return the count since this model was created
   */
  public long positionsRead() {
    return positionsRead.get();
  }

  @Override
  public int vocabularySize() {
    return tokenizer.vocabularySize();
  }

  @Override
  public int embeddingSize() {
    return SIZE;
  }

  @Override
  public int maxPositions() {
    return maxPositions;
  }

  @Override
  public float[][] embeddings(int[] ids) {
    Objects.requireNonNull(ids, "ids");
    return Arrays.stream(ids).mapToObj(FakeLanguageModel::vector).toArray(float[][]::new);
  }

  @Override
  public LanguageContext open() {
    return new Context();
  }

  @Override
  public void close() {}

  private static float[] vector(int seed) {
    float[] vector = new float[SIZE];
    for (int i = 0; i < SIZE; i++) {
      vector[i] = (float) Math.sin(seed * 0.7 + i);
    }
    return vector;
  }

  private final class Context implements LanguageContext {
    private static final int IMAGE = -1;

    private final List<Integer> ids = new ArrayList<>();

    @Override
    public int length() {
      return ids.size();
    }

    @Override
    public LanguageOutput append(List<LanguageInput> inputs) {
      int count = inputs.stream().mapToInt(LanguageInput::length).sum();
      if (count == 0 || ids.size() + count > maxPositions) {
        throw new IllegalArgumentException(
            count + " positions do not fit: the context holds " + ids.size() + " of " + maxPositions);
      }
      check(inputs);
      beforePass.run();
      int from = ids.size();
      for (LanguageInput input : inputs) {
        if (input instanceof Tokens tokens) {
          Arrays.stream(tokens.ids()).forEach(ids::add);
        } else {
          for (int i = 0; i < input.length(); i++) {
            ids.add(IMAGE);
          }
        }
      }
      positionsRead.addAndGet(count);
      float[][] hidden = ids.subList(from, ids.size()).stream()
          .map(FakeLanguageModel::vector)
          .toArray(float[][]::new);
      return new LanguageOutput(hidden, logits());
    }

    private void check(List<LanguageInput> inputs) {
      for (LanguageInput input : inputs) {
        if (input instanceof Tokens tokens) {
          for (int id : tokens.ids()) {
            if (id < 0 || id >= vocabularySize()) {
              throw new IllegalArgumentException("token " + id + " is outside the vocabulary of " + vocabularySize());
            }
          }
        } else if (Arrays.stream(((Embeddings) input).rows()).anyMatch(row -> row.length != SIZE)) {
          throw new IllegalArgumentException("an embedding does not have " + SIZE + " numbers");
        }
      }
    }

    @Override
    public float[] score(int[] tokens) {
      if (ids.size() + tokens.length > maxPositions) {
        throw new IllegalArgumentException(
            tokens.length + " tokens do not fit: the context holds " + ids.size() + " of " + maxPositions);
      }
      check(List.of(new Tokens(tokens)));
      float[] scores = new float[tokens.length];
      for (int i = 0; i < tokens.length; i++) {
        scores[i] = ids.isEmpty() ? Float.NaN : logProbability(tokens[i]);
        append(List.of(new Tokens(new int[] {tokens[i]})));
      }
      return scores;
    }

    private float logProbability(int token) {
      float[] logits = logits();
      double sum = 0;
      for (float logit : logits) {
        sum += Math.exp(logit);
      }
      return (float) (logits[token] - Math.log(sum));
    }

    private float[] logits() {
      float[] logits = new float[tokenizer.vocabularySize()];
      logits[next()] = LIKELY;
      return logits;
    }

    /** Next token of the current answer; a line break after its end, and after any deviation from it. */
    private int next() {
      int begin = answerBegin();
      List<Integer> said = ids.subList(begin, ids.size());
      String scripted = script.apply(text(ids.subList(0, begin)));
      int[] answer = tokenizer.encodeWithMarkers(LONE_MARKER.matcher(scripted).replaceAll(allMarkers()), false);
      for (int i = 0; i < said.size(); i++) {
        if (i >= answer.length || said.get(i) != answer[i]) {
          return tokenizer.newlineId();
        }
      }
      return said.size() < answer.length ? answer[said.size()] : tokenizer.newlineId();
    }

    /** After [IMG0] the model always says the other markers, so that a script need not spell them out. */
    private String allMarkers() {
      return IntStream.range(0, tokenizer.imageTokenIds().length)
          .mapToObj(i -> "[IMG" + i + "]")
          .collect(Collectors.joining());
    }

    private int answerBegin() {
      int[] marker = tokenizer.encode("A:", false);
      List<Integer> wanted = Arrays.stream(marker).boxed().toList();
      for (int i = ids.size() - marker.length; i >= 0; i--) {
        if (ids.subList(i, i + marker.length).equals(wanted)) {
          return i + marker.length;
        }
      }
      return ids.size();
    }

    private String text(List<Integer> read) {
      StringBuilder text = new StringBuilder();
      int from = 0;
      for (int i = 0; i <= read.size(); i++) {
        if (i == read.size() || read.get(i) == IMAGE) {
          text.append(tokenizer.decode(read.subList(from, i).stream().mapToInt(Integer::intValue).toArray(), true));
          text.append(i < read.size() ? "<image>" : "");
          from = i + 1;
        }
      }
      return text.toString();
    }

    @Override
    public void truncate(int length) {
      ids.subList(length, ids.size()).clear();
    }

    @Override
    public Optional<LanguageContext> copy(int positions) {
      Context copy = new Context();
      copy.ids.addAll(ids.subList(0, positions));
      return Optional.of(copy);
    }

    @Override
    public void close() {}
  }
}
