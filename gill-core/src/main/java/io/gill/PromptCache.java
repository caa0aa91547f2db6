package io.gill;

import io.gill.Conversation.Content;
import io.gill.Conversation.Image;
import io.gill.TurnClock.Stage;
import io.gill.stage.LanguageContext;
import io.gill.stage.LanguageInput;
import io.gill.stage.LanguageInput.Embeddings;
import io.gill.stage.LanguageInput.Tokens;
import io.gill.stage.LanguageOutput;
import io.gill.stage.OutputCheck;
import io.gill.stage.Stages;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/**
 * Tracks the contents of a session's language context position by position, so that only the changed end of a new
 * prompt is computed. The prompt is always rewritten from the whole conversation: the cache affects speed, never
 * results.
 */
final class PromptCache implements AutoCloseable {
  private static final OutputCheck LANGUAGE = new OutputCheck("language model");
  private static final OutputCheck VISION = new OutputCheck("vision encoder");
  private static final OutputCheck PROJECTION = new OutputCheck("visual projection");

  /** Images per batch; calls can be cancelled between batches. */
  private static final int IMAGES_AT_ONCE = 8;

  /** Positions per piece; calls can be cancelled between pieces. An ordinary prompt is one piece. */
  private static final int POSITIONS_AT_ONCE = 256;

  private final Stages stages;
  private final LanguageContext context;

  /** One key per position: a token id, or a row of an image. */
  private final List<Object> held = new ArrayList<>();

  /** Visual tokens of the last prompt's images. */
  private final Map<ImageKey, float[][]> visualTokens = new HashMap<>();

  private int promptLength;

  PromptCache(Stages stages) {
    this(stages, stages.languageModel().open());
  }

  private PromptCache(Stages stages, LanguageContext context) {
    this.stages = stages;
    this.context = context;
  }

  /** Copies the first positions of this cache; none of them if the language model cannot copy contexts. */
  PromptCache copy(int positions) {
    return context.copy(positions).map(copied -> {
      PromptCache copy = new PromptCache(stages, copied);
      copy.held.addAll(held.subList(0, positions));
      copy.promptLength = Math.min(promptLength, positions);
      copy.visualTokens.putAll(visualTokens);
      return copy;
    }).orElseGet(() -> new PromptCache(stages));
  }

  /** Identity of a visual token. */
  private record ImageRow(ImageKey image, int row) {}

  /** Identity of an image; equal only for the same object. */
  private record ImageKey(BufferedImage image) {
    @Override
    @SuppressWarnings("ReferenceEquality") // identity is the point
    public boolean equals(Object other) {
      return other instanceof ImageKey key && key.image == image;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(image);
    }
  }

  /** A piece of a prompt, with one key per position. */
  private record Piece(LanguageInput input, List<Object> keys) {}

  /** Result of reading a prompt. */
  record Reading(LanguageOutput output, int positions, int reused) {}

  /** Ids of the tokens held, without images. */
  List<Integer> tokens() {
    return held.stream().filter(Integer.class::isInstance).map(Integer.class::cast).toList();
  }

  /** Number of positions held. */
  int length() {
    return held.size();
  }

  /** Number of positions of the last prompt that was read to its end. */
  int promptLength() {
    return promptLength;
  }

  /**
   * Returns how many positions of a prompt this cache holds.
   *
   * @param texts the tokens of the prompt's texts; may end early
   */
  int common(List<Content> prompt, List<int[]> texts) {
    Iterator<int[]> tokens = texts.iterator();
    List<Object> wanted = new ArrayList<>();
    for (Content content : prompt) {
      if (content instanceof Image image && visualTokens.containsKey(new ImageKey(image.image()))) {
        wanted.addAll(piece(new ImageKey(image.image())).keys());
      } else if (!(content instanceof Image) && tokens.hasNext()) {
        wanted.addAll(keys(tokens.next()));
      } else {
        break;
      }
    }
    return common(wanted);
  }

  private int common(List<Object> wanted) {
    int common = 0;
    while (common < held.size() && common < wanted.size() && held.get(common).equals(wanted.get(common))) {
      common++;
    }
    return common;
  }

  /** Tokenizes the texts of a prompt; returns none if it is too long for the model. */
  static List<int[]> texts(Stages stages, List<Content> prompt, RespondOptions options) {
    try {
      return PromptTexts.encode(stages.tokenizer(), prompt, options.bosBeforeEveryText(), options.markersInText(),
          upTo(stages.languageModel().maxPositions()));
    } catch (TooLong e) {
      return List.of();
    }
  }

  /**
   * Reads a prompt and reuses the positions the context already holds. If reading ends early, a later call continues
   * from the positions that were read.
   *
   * @param cancelled asked first, then between batches of images and between pieces of the prompt
   * @param clock is in the stage of the prompt before and after
   * @throws GillException if the prompt does not fit into the model's positions
   * @throws CancellationException if the caller cancelled
   */
  Reading read(List<Content> prompt, boolean bosBeforeEveryText, boolean markersInText, BooleanSupplier cancelled,
      TurnClock clock) {
    List<Piece> pieces = write(prompt, bosBeforeEveryText, markersInText, 1, cancelled, clock);
    List<LanguageInput> inputs = pieces.stream().map(Piece::input).toList();
    List<Object> wanted = pieces.stream().flatMap(piece -> piece.keys().stream()).toList();
    if (wanted.isEmpty()) {
      throw new IllegalArgumentException("the conversation is empty: give it text or an image");
    }
    int reused = Math.min(common(wanted), wanted.size() - 1); // recompute the last position for its logits
    forget(reused);
    while (true) {
      checkCancelled(cancelled);
      int from = held.size();
      int to = Math.min(wanted.size(), from + POSITIONS_AT_ONCE);
      LanguageOutput output = append(slice(inputs, from, to));
      held.addAll(wanted.subList(from, to));
      if (to == wanted.size()) {
        promptLength = to;
        return new Reading(output, to, reused);
      }
    }
  }

  /** Appends tokens that the model chose. */
  LanguageOutput append(int... ids) {
    LanguageOutput output = append(List.of(new Tokens(ids)));
    held.addAll(keys(ids));
    return output;
  }

  /** Appends tokens and returns their log-probabilities. */
  float[] score(int[] ids) {
    float[] scores = context.score(ids);
    check(() -> LANGUAGE.logarithms(
        "log-probabilities", LANGUAGE.sized("log-probabilities", scores, ids.length), held.isEmpty() ? 1 : 0));
    held.addAll(keys(ids));
    return scores;
  }

  /**
   * Appends a sequence and returns the log-probabilities of its tokens.
   *
   * @param cancelled asked first, then between batches of images and between the parts of the sequence
   * @throws GillException if the sequence does not fit into the model's positions
   * @throws CancellationException if the caller cancelled
   */
  List<float[]> score(List<Content> sequence, boolean markersInText, BooleanSupplier cancelled) {
    List<float[]> scores = new ArrayList<>();
    TurnClock clock = new TurnClock(System.nanoTime());
    for (Piece piece : write(sequence, false, markersInText, 0, cancelled, clock)) {
      for (int from = 0; from < piece.keys().size(); from += POSITIONS_AT_ONCE) {
        checkCancelled(cancelled);
        LanguageInput part = slice(piece.input(), from, Math.min(piece.keys().size(), from + POSITIONS_AT_ONCE));
        if (part instanceof Tokens tokens) {
          scores.add(score(tokens.ids()));
        } else {
          append(List.of(part));
          held.addAll(piece.keys().subList(from, from + part.length()));
        }
      }
    }
    return scores;
  }

  private LanguageOutput append(List<LanguageInput> inputs) {
    LanguageOutput output = context.append(inputs);
    int vocabulary = stages.languageModel().vocabularySize();
    check(() -> LANGUAGE.logarithms("logits", LANGUAGE.sized("logits", output.logits(), vocabulary), 0));
    return output;
  }

  /** Checks the last output; on failure the context is restored. */
  private void check(Runnable check) {
    try {
      check.run();
    } catch (GillException e) {
      context.truncate(held.size());
      throw e;
    }
  }

  /** Truncates the context to {@code length}, including positions that a failed stage may have read. */
  void forget(int length) {
    if (length < context.length()) {
      context.truncate(length);
    }
    held.subList(length, held.size()).clear();
  }

  static void checkCancelled(BooleanSupplier cancelled) {
    if (cancelled.getAsBoolean()) {
      throw new CancellationException("the call was cancelled");
    }
  }

  /**
   * Writes a prompt position by position. A prompt that leaves fewer than {@code reply} positions is rejected before
   * any image is encoded.
   */
  private List<Piece> write(List<Content> prompt, boolean bosBeforeEveryText, boolean markersInText, int reply,
      BooleanSupplier cancelled, TurnClock clock) {
    checkCancelled(cancelled);
    Iterator<int[]> tokens = tokenize(prompt, bosBeforeEveryText, markersInText, reply).iterator();
    clock.enter(Stage.VISION);
    encodeImages(prompt, cancelled);
    clock.enter(Stage.PROMPT);
    List<Piece> pieces = new ArrayList<>();
    long positions = 0;
    for (Content content : prompt) {
      Piece piece = content instanceof Image image ? piece(new ImageKey(image.image())) : piece(tokens.next());
      pieces.add(piece);
      positions += piece.keys().size();
    }
    checkFits(positions, reply); // images may have more visual tokens than known before encoding
    return pieces;
  }

  private Piece piece(ImageKey image) {
    float[][] rows = Objects.requireNonNull(visualTokens.get(image));
    List<Object> keys = new ArrayList<>();
    for (int row = 0; row < rows.length; row++) {
      keys.add(new ImageRow(image, row));
    }
    return new Piece(new Embeddings(rows), keys);
  }

  private static Piece piece(int[] ids) {
    return new Piece(new Tokens(ids), keys(ids));
  }

  private static List<Object> keys(int[] ids) {
    return Arrays.stream(ids).<Object>mapToObj(id -> id).toList();
  }

  /** Tokenizes all texts. Images are counted first, and a text that cannot fit is not tokenized. */
  private List<int[]> tokenize(
      List<Content> prompt, boolean bosBeforeEveryText, boolean markersInText, int reply) {
    long positions = 0;
    for (Content content : prompt) {
      positions += content instanceof Image image ? positions(new ImageKey(image.image())) : 0;
    }
    checkFits(positions, reply);
    long images = positions;
    return PromptTexts.encode(stages.tokenizer(), prompt, bosBeforeEveryText, markersInText,
        (texts, atLeast) -> checkFits(images + texts, reply, atLeast));
  }

  /** Counts the positions of a prompt. Images are not encoded and count as the visual projection announces. */
  static long count(Stages stages, List<Content> prompt, RespondOptions options) {
    return count(stages, prompt, options, Long.MAX_VALUE);
  }

  /** Returns whether a prompt takes at most a number of positions, without tokenizing much more text than that. */
  static boolean fits(Stages stages, List<Content> prompt, RespondOptions options, long most) {
    try {
      count(stages, prompt, options, most);
      return true;
    } catch (TooLong e) {
      return false;
    }
  }

  private static long count(Stages stages, List<Content> prompt, RespondOptions options, long most) {
    long pictures = prompt.stream().filter(Image.class::isInstance).count();
    long images = pictures == 0 ? 0 : pictures * vision(stages).projection().visualTokens();
    PromptTexts.Limit limit = upTo(most - images);
    limit.check(0, "");
    List<int[]> texts = PromptTexts.encode(
        stages.tokenizer(), prompt, options.bosBeforeEveryText(), options.markersInText(), limit);
    return images + texts.stream().mapToLong(ids -> ids.length).sum();
  }

  private static PromptTexts.Limit upTo(long most) {
    return (texts, atLeast) -> {
      if (texts > most) {
        throw new TooLong();
      }
    };
  }

  /** A prompt takes more positions than asked about. */
  private static final class TooLong extends RuntimeException {
    private static final long serialVersionUID = 1;

    TooLong() {
      super(null, null, false, false); // needs no trace
    }
  }

  /** Number of positions an image takes, as far as known before it is encoded. */
  private int positions(ImageKey image) {
    float[][] rows = visualTokens.get(image);
    return rows == null ? vision(stages).projection().visualTokens() : rows.length;
  }

  private void checkFits(long positions, int reply) {
    checkFits(positions, reply, "");
  }

  private void checkFits(long positions, int reply, String atLeast) {
    int most = stages.languageModel().maxPositions();
    if (positions + reply > most) {
      String taken = atLeast + positions + " positions";
      throw new GillException(reply == 0
          ? "the sequence takes " + taken + ", but the language model has " + most + ": leave out a part"
          : "the conversation takes " + taken + " and the reply at least one, but "
              + "the language model has " + most + ": leave out earlier turns");
    }
  }

  /** Encodes new images in batches and drops those that the prompt no longer has. */
  private void encodeImages(List<Content> prompt, BooleanSupplier cancelled) {
    Set<ImageKey> images = new LinkedHashSet<>();
    for (Content content : prompt) {
      if (content instanceof Image image) {
        images.add(new ImageKey(image.image()));
      }
    }
    visualTokens.keySet().retainAll(images);
    List<ImageKey> added = images.stream().filter(image -> !visualTokens.containsKey(image)).toList();
    for (int from = 0; from < added.size(); from += IMAGES_AT_ONCE) {
      checkCancelled(cancelled);
      List<ImageKey> batch = added.subList(from, Math.min(added.size(), from + IMAGES_AT_ONCE));
      List<BufferedImage> encoded = batch.stream().map(ImageKey::image).toList();
      float[][] pooled = VISION.finite("pooled output",
          VISION.sized("pooled output", vision(stages).encoder().encode(encoded), batch.size(), -1));
      for (int i = 0; i < pooled.length; i++) {
        float[][] rows = vision(stages).projection().project(pooled[i]);
        PROJECTION.sized("visual tokens", rows, rows.length, stages.languageModel().embeddingSize());
        visualTokens.put(batch.get(i), PROJECTION.finite("visual tokens", rows));
      }
    }
  }

  private static Stages.Vision vision(Stages stages) {
    return stages.vision().orElseThrow(() -> new GillException(
        "the conversation has an image, but this model has no vision encoder: load one, or give it text only"));
  }

  /** Returns the inputs of a range of positions. */
  private static List<LanguageInput> slice(List<LanguageInput> inputs, int from, int to) {
    List<LanguageInput> part = new ArrayList<>();
    int start = 0;
    for (LanguageInput input : inputs) {
      int first = Math.max(0, from - start);
      int last = Math.min(input.length(), to - start);
      if (first < last) {
        part.add(slice(input, first, last));
      }
      start += input.length();
    }
    return part;
  }

  private static LanguageInput slice(LanguageInput input, int from, int to) {
    if (input instanceof Tokens tokens) {
      return new Tokens(Arrays.copyOfRange(tokens.ids(), from, to));
    }
    return new Embeddings(Arrays.copyOfRange(((Embeddings) input).rows(), from, to));
  }

  @Override
  public void close() {
    context.close();
  }
}
