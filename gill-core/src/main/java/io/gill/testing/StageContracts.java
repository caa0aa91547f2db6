package io.gill.testing;

import io.gill.DiffusionOptions;
import io.gill.stage.Conditioning;
import io.gill.stage.DecisionModel;
import io.gill.stage.DecisionModel.Probabilities;
import io.gill.stage.GenerationMapper;
import io.gill.stage.ImageEmbedder;
import io.gill.stage.ImageGenerator;
import io.gill.stage.ImageGenerator.Noise;
import io.gill.stage.ImageGenerator.StepListener;
import io.gill.stage.ImageRetriever;
import io.gill.stage.ImageRetriever.Hit;
import io.gill.stage.LanguageContext;
import io.gill.stage.LanguageInput;
import io.gill.stage.LanguageInput.Embeddings;
import io.gill.stage.LanguageInput.Tokens;
import io.gill.stage.LanguageModel;
import io.gill.stage.LanguageOutput;
import io.gill.stage.QueryEmbedder;
import io.gill.stage.TextDecoder;
import io.gill.stage.Tokenizer;
import io.gill.stage.VisionEncoder;
import io.gill.stage.VisualProjection;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Checks that a stage of your own does what its interface promises. Call it from a test of any framework:
 *
 * <pre>{@code
 * @Test
 * void keepsTheContract() {
 *   StageContracts.imageRetriever(new MyIndex(folder), 256);
 * }
 * }</pre>
 *
 * <p>Each method throws one {@link AssertionError} that lists all broken promises. Numbers are compared with a
 * tolerance of 0.1 % of the largest one, since sums in another order differ.
 */
public final class StageContracts {
  private static final double TOLERANCE = 1e-3;

  private static final List<String> TEXTS =
      List.of("a", " two words", "Line\nbreak", "naïve 🙂 日本", "[IMG0] </s> <pad> <|im_end|>");

  private StageContracts() {}

  /**
   * Checks a tokenizer.
   *
   * @param tokenizer the stage, which stays open
   * @throws AssertionError if it breaks a promise
   */
  public static void tokenizer(Tokenizer tokenizer) {
    Objects.requireNonNull(tokenizer, "tokenizer");
    Contract contract = new Contract("tokenizer");
    int size = tokenizer.vocabularySize();
    int[] images = tokenizer.imageTokenIds();
    contract.check("vocabularySize is positive", () -> size > 0);
    contract.check("longestToken is positive", () -> tokenizer.longestToken() > 0);
    contract.check("imageTokenIds is not empty", () -> images.length > 0);
    contract.check("special tokens are in the vocabulary", () -> IntStream.concat(Arrays.stream(images),
        IntStream.of(tokenizer.bosId(), tokenizer.eosId(), tokenizer.padId(), tokenizer.newlineId()))
        .allMatch(id -> id >= 0 && id < size));
    contract.check("endIds contains eosId", () -> contains(tokenizer.endIds(), tokenizer.eosId()));
    contract.check("imageTokenIds returns a new array", () -> {
      tokenizer.imageTokenIds()[0] = -1;
      return Arrays.equals(tokenizer.imageTokenIds(), images);
    });
    contract.check("endIds returns a new array", () -> {
      int[] ends = tokenizer.endIds();
      tokenizer.endIds()[0] = -1;
      return Arrays.equals(tokenizer.endIds(), ends);
    });
    contract.check("an empty text has no tokens", () -> tokenizer.encode("", false).length == 0);
    contract.check("encodeWithMarkers reads [IMG0]",
        () -> contains(tokenizer.encodeWithMarkers("x[IMG0]", false), images[0]));
    contract.throwsArgument("decode refuses ids outside the vocabulary",
        () -> tokenizer.decode(new int[] {size}, true));
    for (String text : TEXTS) {
      String of = " of '" + text.replace("\n", "\\n") + "'";
      contract.check("encode" + of + " yields ids of the vocabulary and no [IMG] token",
          () -> Arrays.stream(tokenizer.encode(text, false))
              .allMatch(id -> id >= 0 && id < size && !contains(images, id)));
      contract.check("encode" + of + " prepends bosId, or nothing in a family without such a token", () -> {
        int[] plain = tokenizer.encode(text, false);
        int[] begun = tokenizer.encode(text, true);
        return Arrays.equals(begun, plain) || (begun[0] == tokenizer.bosId()
            && Arrays.equals(Arrays.copyOfRange(begun, 1, begun.length), plain));
      });
      contract.check("longestToken holds for the ids" + of,
          () -> (long) tokenizer.encode(text, false).length * tokenizer.longestToken() >= text.length());
      for (boolean skip : new boolean[] {true, false}) {
        contract.check("decoder(" + skip + ") yields what decode does" + of, () -> {
          int[] ids = tokenizer.encodeWithMarkers(text, true);
          TextDecoder decoder = tokenizer.decoder(skip);
          StringBuilder pieces = new StringBuilder();
          Arrays.stream(ids).forEach(id -> pieces.append(decoder.accept(id)));
          return pieces.append(decoder.finish()).toString().equals(tokenizer.decode(ids, skip));
        });
      }
    }
    contract.end();
  }

  /**
   * Checks a language model.
   *
   * @param model the stage, which stays open; it has at least 16 tokens and 16 positions
   * @throws AssertionError if it breaks a promise
   */
  public static void languageModel(LanguageModel model) {
    Objects.requireNonNull(model, "model");
    Contract contract = new Contract("language model");
    int vocabulary = model.vocabularySize();
    int width = model.embeddingSize();
    int[] ids = IntStream.range(0, 8).map(i -> (5 + 3 * i) % vocabulary).toArray();
    contract.check("embeddings have one finite row of embeddingSize numbers per id",
        () -> isMatrix(model.embeddings(ids), ids.length, width));
    contract.check("a new context is empty", () -> length(model, context -> { }) == 0);
    LanguageOutput whole = contract.get("append reads tokens", () -> output(model, context -> { }, ids)).orElse(null);
    if (whole != null) {
      contract.check("append returns one finite hidden state per position",
          () -> isMatrix(whole.hidden(), ids.length, width));
      contract.check("append returns one logit per token of the vocabulary",
          () -> whole.logits().length == vocabulary && close(whole.logits(), whole.logits()));
      contract.check("reading in pieces equals reading at once", () -> same(whole,
          output(model, context -> context.append(tokens(Arrays.copyOf(ids, 3))), Arrays.copyOfRange(ids, 3, 8))));
      contract.check("a truncated context continues as if it had never been longer", () -> same(whole,
          output(model, context -> {
            context.append(tokens(ids));
            context.truncate(2);
          }, Arrays.copyOfRange(ids, 2, 8))));
      contract.check("contexts are independent of each other", () -> {
        try (LanguageContext other = model.open()) {
          return same(whole, output(model, context -> other.append(tokens(ids[7], ids[6])), ids))
              && other.length() == 2;
        }
      });
      contract.check("a copy, if there is one, continues independently", () -> isCopyIndependent(model, whole, ids));
    }
    contract.check("length counts tokens and embeddings", () -> length(model, context -> {
      context.append(tokens(ids));
      context.append(List.of(new Embeddings(model.embeddings(new int[] {1, 2}))));
    }) == ids.length + 2);
    contract.check("scores are log-probabilities; the first of an empty context is NaN", () -> {
      try (LanguageContext context = model.open()) {
        float[] first = context.score(ids);
        float[] next = context.score(new int[] {ids[0]});
        return Float.isNaN(first[0]) && first.length == ids.length && context.length() == ids.length + 1
            && IntStream.range(1, ids.length).allMatch(i -> first[i] <= TOLERANCE) && next[0] <= TOLERANCE;
      }
    });
    refuses(contract, model, "no input", context -> context.append(List.of()));
    refuses(contract, model, "a token outside the vocabulary", context -> context.append(tokens(vocabulary)));
    refuses(contract, model, "a negative token", context -> context.append(tokens(-1)));
    refuses(contract, model, "an embedding of the wrong width",
        context -> context.append(List.of(new Embeddings(new float[][] {new float[width + 1]}))));
    refuses(contract, model, "more than maxPositions",
        context -> context.append(tokens(new int[model.maxPositions()])));
    refuses(contract, model, "to score a token outside the vocabulary",
        context -> context.score(new int[] {vocabulary}));
    contract.end();
  }

  private static boolean isCopyIndependent(LanguageModel model, LanguageOutput whole, int[] ids) {
    try (LanguageContext context = model.open()) {
      context.append(tokens(Arrays.copyOf(ids, 4)));
      Optional<LanguageContext> made = context.copy(3);
      if (made.isEmpty()) {
        return true;
      }
      LanguageOutput one;
      LanguageOutput other;
      try (LanguageContext copy = made.get()) {
        one = copy.append(tokens(Arrays.copyOfRange(ids, 3, 8)));
        other = context.append(tokens(Arrays.copyOfRange(ids, 4, 8)));
      }
      return close(one.logits(), whole.logits()) && close(other.logits(), whole.logits());
    }
  }

  /** Checks that a call on a context of two positions is refused and leaves the context as it was. */
  private static void refuses(Contract contract, LanguageModel model, String what, ContextUse use) {
    contract.check("a context is unchanged after it refused " + what, () -> {
      try (LanguageContext context = model.open()) {
        context.append(tokens(1, 2));
        contract.throwsArgument("a context refuses " + what, () -> use.on(context));
        return context.length() == 2;
      }
    });
  }

  /**
   * Checks a vision encoder.
   *
   * @param encoder the stage, which stays open
   * @throws AssertionError if it breaks a promise
   */
  public static void visionEncoder(VisionEncoder encoder) {
    Objects.requireNonNull(encoder, "encoder");
    Contract contract = new Contract("vision encoder");
    List<BufferedImage> images = List.of(picture(40, 30, BufferedImage.TYPE_INT_RGB),
        picture(17, 64, BufferedImage.TYPE_BYTE_GRAY), picture(8, 8, BufferedImage.TYPE_INT_ARGB),
        picture(1, 1, BufferedImage.TYPE_3BYTE_BGR));
    float[][] pooled = contract.get("encode takes images of any size and colour model",
        () -> encoder.encode(images)).orElse(null);
    if (pooled != null) {
      contract.check("encode returns one finite row per image, all of one width",
          () -> pooled.length == images.size() && isMatrix(pooled, images.size(), pooled[0].length));
      contract.check("an image is encoded alone as in a batch", () -> IntStream.range(0, images.size())
          .allMatch(i -> close(encoder.encode(List.of(images.get(i)))[0], pooled[i])));
    }
    contract.check("imageSize is positive", () -> encoder.imageSize()
        .map(size -> size.width > 0 && size.height > 0).orElse(true));
    contract.end();
  }

  /**
   * Checks a visual projection.
   *
   * @param projection the stage, which stays open
   * @param pooled (P): an output of the vision encoder
   * @throws AssertionError if it breaks a promise
   */
  public static void visualProjection(VisualProjection projection, float[] pooled) {
    Objects.requireNonNull(projection, "projection");
    Contract contract = new Contract("visual projection");
    contract.pure("project", () -> projection.project(pooled), Objects.requireNonNull(pooled, "pooled"));
    contract.check("project returns visualTokens rows", () -> projection.visualTokens() > 0
        && projection.project(pooled).length == projection.visualTokens());
    contract.end();
  }

  /**
   * Checks an image embedder.
   *
   * @param embedder the stage, which stays open
   * @param pooled (P): an output of the vision encoder
   * @throws AssertionError if it breaks a promise
   */
  public static void imageEmbedder(ImageEmbedder embedder, float[] pooled) {
    Objects.requireNonNull(embedder, "embedder");
    Contract contract = new Contract("image embedder");
    contract.pure("embed", () -> rows(embedder.embed(pooled)), Objects.requireNonNull(pooled, "pooled"));
    contract.check("logitScale is finite", () -> Float.isFinite(embedder.logitScale()));
    contract.end();
  }

  /**
   * Checks a query embedder.
   *
   * @param embedder the stage, which stays open
   * @param hidden (D): a hidden state of the language model
   * @throws AssertionError if it breaks a promise
   */
  public static void queryEmbedder(QueryEmbedder embedder, float[] hidden) {
    Objects.requireNonNull(embedder, "embedder");
    Contract contract = new Contract("query embedder");
    contract.pure("embed", () -> rows(embedder.embed(hidden)), Objects.requireNonNull(hidden, "hidden"));
    contract.end();
  }

  /**
   * Checks a generation mapper.
   *
   * @param mapper the stage, which stays open
   * @param hidden ({@code num_tokens}, D): hidden states of the [IMG] tokens
   * @param embeddings ({@code num_tokens}, D): input embeddings of the same tokens
   * @throws AssertionError if it breaks a promise
   */
  public static void generationMapper(GenerationMapper mapper, float[][] hidden, float[][] embeddings) {
    Objects.requireNonNull(mapper, "mapper");
    Objects.requireNonNull(hidden, "hidden");
    Objects.requireNonNull(embeddings, "embeddings");
    Contract contract = new Contract("generation mapper");
    float[][] inputs = Stream.of(hidden, embeddings).flatMap(Arrays::stream).toArray(float[][]::new);
    contract.pure("map", () -> mapper.map(hidden, embeddings).tokens(), inputs);
    contract.check("the pooled vector is finite", () -> {
      float[] pooled = mapper.map(hidden, embeddings).pooled();
      return close(pooled, pooled);
    });
    contract.end();
  }

  /**
   * Checks a decision model.
   *
   * @param model the stage, which stays open
   * @param hidden (D): the hidden state of [IMG0]
   * @throws AssertionError if it breaks a promise
   */
  public static void decisionModel(DecisionModel model, float[] hidden) {
    Objects.requireNonNull(model, "model");
    Contract contract = new Contract("decision model");
    Supplier<float[][]> probabilities = () -> {
      Probabilities decided = model.decide(hidden);
      return rows((float) decided.generate(), (float) decided.retrieve());
    };
    contract.pure("decide", probabilities, Objects.requireNonNull(hidden, "hidden"));
    contract.check("probabilities are in [0, 1] and sum to 1", () -> {
      float[] both = probabilities.get()[0];
      return both[0] >= 0 && both[1] >= 0 && Math.abs(both[0] + both[1] - 1) <= TOLERANCE;
    });
    contract.end();
  }

  /**
   * Checks an image generator.
   *
   * @param generator the stage, which stays open
   * @param conditioning what to generate from, in the generator's shape
   * @param options at least two steps; few and small ones make the check fast
   * @throws AssertionError if it breaks a promise
   */
  public static void imageGenerator(
      ImageGenerator generator, Conditioning conditioning, DiffusionOptions options) {
    Objects.requireNonNull(generator, "generator");
    Objects.requireNonNull(conditioning, "conditioning");
    Objects.requireNonNull(options, "options");
    Contract contract = new Contract("image generator");
    contract.check("equal seeds give equal noise", () -> Arrays.equals(noise(generator, 7), noise(generator, 7)));
    contract.check("different seeds give different noise",
        () -> !Arrays.equals(noise(generator, 7), noise(generator, 8)));
    contract.check("successive noise differs", () -> {
      Noise noise = generator.noise(7);
      return !Arrays.equals(noise.next(64), noise.next(64));
    });
    contract.check("noise has mean 0 and variance 1", () -> {
      float[] values = generator.noise(7).next(10_000);
      double mean = IntStream.range(0, values.length).mapToDouble(i -> values[i]).average().orElseThrow();
      double square = IntStream.range(0, values.length).mapToDouble(i -> values[i] * values[i]).average().orElseThrow();
      return values.length == 10_000 && Math.abs(mean) < 0.1 && Math.abs(square - 1) < 0.2;
    });
    contract.check("check accepts the options", () -> {
      generator.check(options);
      return true;
    });
    contract.check("generate returns as many images as asked for",
        () -> generator.generate(conditioning, 2, options, generator.noise(7), (step, steps) -> true).size() == 2);
    contract.check("equal noise gives equal images", () -> Arrays.equals(
        pixels(generator.generate(conditioning, 1, options, generator.noise(7), (step, steps) -> true).get(0)),
        pixels(generator.generate(conditioning, 1, options, generator.noise(7), (step, steps) -> true).get(0))));
    contract.check("steps count from 1 to their total", () -> {
      List<Integer> heard = new ArrayList<>();
      Set<Integer> totals = new HashSet<>();
      generator.generate(conditioning, 1, options, generator.noise(7), (step, steps) -> {
        totals.add(steps);
        return heard.add(step);
      });
      return totals.size() == 1
          && heard.equals(IntStream.rangeClosed(1, totals.iterator().next()).boxed().toList());
    });
    contract.check("a listener that returns false stops the generation with CancellationException", () -> {
      List<Integer> heard = new ArrayList<>();
      try {
        generator.generate(conditioning, 1, options, generator.noise(7), (step, steps) -> {
          heard.add(step);
          return false;
        });
        return false;
      } catch (CancellationException e) {
        return heard.size() == 1;
      }
    });
    contract.check("a listener that does not proceed after the steps ends the generation with CancellationException",
        () -> {
          try {
            generator.generate(conditioning, 1, options, generator.noise(7), new StepListener() {
              @Override
              public boolean onStep(int step, int steps) {
                return true;
              }

              @Override
              public boolean proceeds() {
                return false;
              }
            });
            return false;
          } catch (CancellationException e) {
            return true;
          }
        });
    contract.end();
  }

  /**
   * Checks an image retriever.
   *
   * @param retriever the stage, which stays open; its collection holds at least two images
   * @param dimension E, the length of its embeddings
   * @throws AssertionError if it breaks a promise
   */
  public static void imageRetriever(ImageRetriever retriever, int dimension) {
    Objects.requireNonNull(retriever, "retriever");
    if (dimension < 1) {
      throw new IllegalArgumentException("dimension is " + dimension + ": use 1 or more");
    }
    Contract contract = new Contract("image retriever");
    float[] query = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      query[i] = (float) Math.sin(i + 1);
    }
    List<Hit> hits = contract.get("search finds images", () -> retriever.search(query, 10, Set.of())).orElse(List.of());
    contract.check("search finds two of at least two images", () -> hits.size() >= 2);
    contract.check("search returns at most k matches", () -> retriever.search(query, 1, Set.of()).size() == 1);
    contract.check("the best match does not depend on k",
        () -> retriever.search(query, 1, Set.of()).get(0).id().equals(hits.get(0).id()));
    contract.check("matches are sorted by score, best first", () -> IntStream.range(1, hits.size())
        .allMatch(i -> hits.get(i - 1).score() >= hits.get(i).score()));
    contract.check("scores are finite", () -> hits.stream().allMatch(hit -> Double.isFinite(hit.score())));
    contract.check("no image is found twice",
        () -> hits.stream().map(Hit::id).distinct().count() == hits.size());
    contract.check("excluded images are not found", () -> {
      List<Hit> others = retriever.search(query, 10, Set.of(hits.get(0).id()));
      return others.stream().noneMatch(hit -> hit.id().equals(hits.get(0).id()))
          && others.get(0).id().equals(hits.get(1).id());
    });
    contract.check("the length of the query does not matter", () -> {
      float[] longer = query.clone();
      for (int i = 0; i < longer.length; i++) {
        longer[i] *= 8;
      }
      List<Hit> again = retriever.search(longer, 10, Set.of());
      return again.stream().map(Hit::id).toList().equals(hits.stream().map(Hit::id).toList())
          && IntStream.range(0, hits.size()).allMatch(i -> Math.abs(again.get(i).score() - hits.get(i).score())
              <= TOLERANCE * Math.max(1, Math.abs(hits.get(i).score())));
    });
    contract.check("the query is not changed", () -> query[0] == (float) Math.sin(1));
    contract.check("someUris returns at most the number asked for", () -> retriever.someUris(1).size() <= 1);
    contract.end();
  }

  /** Uses a context. */
  @FunctionalInterface
  private interface ContextUse {
    void on(LanguageContext context);
  }

  private static int length(LanguageModel model, ContextUse use) {
    try (LanguageContext context = model.open()) {
      use.on(context);
      return context.length();
    }
  }

  /** Reads tokens in a new context that was used before. */
  private static LanguageOutput output(LanguageModel model, ContextUse before, int... ids) {
    try (LanguageContext context = model.open()) {
      before.on(context);
      return context.append(tokens(ids));
    }
  }

  private static List<LanguageInput> tokens(int... ids) {
    return List.of(new Tokens(ids));
  }

  /** Compares logits and the hidden state of the last position. */
  private static boolean same(LanguageOutput whole, LanguageOutput part) {
    return close(part.logits(), whole.logits())
        && close(part.hidden()[part.hidden().length - 1], whole.hidden()[whole.hidden().length - 1]);
  }

  static boolean close(float[] one, float[] other) {
    float largest = 0;
    for (float value : other) {
      largest = Math.max(largest, Math.abs(value));
    }
    boolean close = one.length == other.length && Float.isFinite(largest);
    for (int i = 0; close && i < one.length; i++) {
      close = Math.abs(one[i] - other[i]) <= TOLERANCE * largest;
    }
    return close;
  }

  private static boolean isMatrix(float[][] rows, int count, int width) {
    return rows.length == count && Arrays.stream(rows).allMatch(row -> row.length == width && close(row, row));
  }

  private static float[][] rows(float... row) {
    return new float[][] {row};
  }

  private static boolean contains(int[] ids, int id) {
    return Arrays.stream(ids).anyMatch(one -> one == id);
  }

  private static float[] noise(ImageGenerator generator, long seed) {
    return generator.noise(seed).next(64);
  }

  private static BufferedImage picture(int width, int height, int type) {
    BufferedImage image = new BufferedImage(width, height, type);
    for (int x = 0; x < width; x++) {
      for (int y = 0; y < height; y++) {
        image.setRGB(x, y, new Color((5 * x) & 0xff, (3 * y) & 0xff, (x + y) & 0xff).getRGB());
      }
    }
    return image;
  }

  private static int[] pixels(BufferedImage image) {
    return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
  }
}
