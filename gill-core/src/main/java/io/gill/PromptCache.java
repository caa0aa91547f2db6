package io.gill;

import io.gill.Conversation.Content;
import io.gill.Conversation.Image;
import io.gill.Conversation.Spoken;
import io.gill.Conversation.Text;
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
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;

/**
 * What a session's language context holds, position by position, so that a new prompt pays only for what differs. The
 * prompt is always written anew from the whole conversation; the cache can make a turn faster, never different.
 */
final class PromptCache implements AutoCloseable {
  private static final OutputCheck LANGUAGE = new OutputCheck("language model");
  private static final OutputCheck VISION = new OutputCheck("vision encoder");
  private static final OutputCheck PROJECTION = new OutputCheck("visual projection");

  private final Stages stages;
  private final LanguageContext context;

  /** One key a position: a token's id, or a row of an image. */
  private final List<Object> held = new ArrayList<>();

  /** The visual tokens of images this session has read; images by identity. */
  private final IdentityHashMap<BufferedImage, float[][]> visualTokens = new IdentityHashMap<>();

  PromptCache(Stages stages) {
    this.stages = stages;
    context = stages.languageModel().open();
  }

  /** A visual token's identity. */
  private record ImageRow(ImageKey image, int row) {}

  /** Equal only to a key of the very same image. */
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

  /** What reading a prompt gave. */
  record Reading(LanguageOutput output, int positions, int reused) {}

  /** How many positions are held. */
  int length() {
    return held.size();
  }

  /**
   * Reads a prompt, keeping what the context already holds of it.
   *
   * @throws GillException if the prompt does not fit into the model's positions
   */
  Reading read(List<Content> prompt, boolean bosBeforeEveryText, boolean markersInText) {
    List<Object> wanted = new ArrayList<>();
    List<LanguageInput> inputs = new ArrayList<>();
    write(prompt, bosBeforeEveryText, markersInText, wanted, inputs);
    if (wanted.isEmpty()) {
      throw new IllegalArgumentException("the conversation is empty: give it text or an image");
    }
    int positions = stages.languageModel().maxPositions();
    if (wanted.size() >= positions) {
      throw new GillException("the conversation takes " + wanted.size() + " positions and the reply at least one, but "
          + "the language model has " + positions + ": leave out earlier turns");
    }
    int common = 0;
    while (common < held.size() && common < wanted.size() && held.get(common).equals(wanted.get(common))) {
      common++;
    }
    int reused = Math.min(common, wanted.size() - 1); // the last position is read again for its logits
    forget(reused);
    LanguageOutput output = append(after(inputs, reused));
    held.addAll(wanted.subList(reused, wanted.size()));
    return new Reading(output, wanted.size(), reused);
  }

  /** Reads tokens that the model chose. */
  LanguageOutput append(int... ids) {
    LanguageOutput output = append(List.of(new Tokens(ids)));
    for (int id : ids) {
      held.add(id);
    }
    return output;
  }

  /** Reads tokens and says how likely each was. */
  float[] score(int[] ids) {
    float[] scores = context.score(ids);
    check(() -> LANGUAGE.logarithms(
        "log-probabilities", LANGUAGE.sized("log-probabilities", scores, ids.length), held.isEmpty() ? 1 : 0));
    for (int id : ids) {
      held.add(id);
    }
    return scores;
  }

  /** Reads the visual tokens of an image. */
  void appendImage(BufferedImage image) {
    float[][] rows = visualTokens(image);
    append(List.of(new Embeddings(rows)));
    addRows(image, rows.length, held);
  }

  private LanguageOutput append(List<LanguageInput> inputs) {
    LanguageOutput output = context.append(inputs);
    int vocabulary = stages.languageModel().vocabularySize();
    check(() -> LANGUAGE.logarithms("logits", LANGUAGE.sized("logits", output.logits(), vocabulary), 0));
    return output;
  }

  /** Checks what was just read; a failure leaves the context as it was before. */
  private void check(Runnable check) {
    try {
      check.run();
    } catch (GillException e) {
      context.truncate(held.size());
      throw e;
    }
  }

  void forget(int length) {
    if (length < held.size()) {
      context.truncate(length);
      held.subList(length, held.size()).clear();
    }
  }

  private void write(List<Content> prompt, boolean bosBeforeEveryText, boolean markersInText, List<Object> keys,
      List<LanguageInput> inputs) {
    encodeImages(prompt);
    boolean bos = true;
    for (Content content : prompt) {
      if (content instanceof Text text) {
        addTokens(PromptTexts.encode(stages.tokenizer(), text.text(), bos, markersInText), keys, inputs);
        bos = bosBeforeEveryText;
      } else if (content instanceof Spoken spoken) {
        addTokens(spoken.tokens().stream().mapToInt(Integer::intValue).toArray(), keys, inputs);
      } else if (content instanceof Image image) {
        float[][] rows = visualTokens(image.image());
        inputs.add(new Embeddings(rows));
        addRows(image.image(), rows.length, keys);
      }
    }
  }

  private static void addTokens(int[] ids, List<Object> keys, List<LanguageInput> inputs) {
    if (ids.length > 0) {
      inputs.add(new Tokens(ids));
      for (int id : ids) {
        keys.add(id);
      }
    }
  }

  private static void addRows(BufferedImage image, int count, List<Object> keys) {
    ImageKey key = new ImageKey(image);
    for (int row = 0; row < count; row++) {
      keys.add(new ImageRow(key, row));
    }
  }

  /** The part of the inputs that follows the first positions. */
  private static List<LanguageInput> after(List<LanguageInput> inputs, int positions) {
    List<LanguageInput> rest = new ArrayList<>();
    int skip = positions;
    for (LanguageInput input : inputs) {
      if (skip >= input.length()) {
        skip -= input.length();
      } else {
        rest.add(skip == 0 ? input : tail(input, skip));
        skip = 0;
      }
    }
    return rest;
  }

  private static LanguageInput tail(LanguageInput input, int from) {
    if (input instanceof Tokens tokens) {
      return new Tokens(Arrays.copyOfRange(tokens.ids(), from, tokens.ids().length));
    }
    float[][] rows = ((Embeddings) input).rows();
    return new Embeddings(Arrays.copyOfRange(rows, from, rows.length));
  }

  /** Encodes all new images of a prompt in one batch. */
  private void encodeImages(List<Content> prompt) {
    List<BufferedImage> images = new ArrayList<>();
    for (Content content : prompt) {
      if (content instanceof Image image
          && !visualTokens.containsKey(image.image())
          && images.stream().noneMatch(other -> other == image.image())) {
        images.add(image.image());
      }
    }
    if (images.isEmpty()) {
      return;
    }
    Stages.Vision vision = stages.vision().orElseThrow(() -> new GillException(
        "the conversation has an image, but this model has no vision encoder: load one, or give it text only"));
    float[][] pooled = VISION.finite("pooled output",
        VISION.sized("pooled output", vision.encoder().encode(images), images.size(), -1));
    for (int i = 0; i < pooled.length; i++) {
      float[][] rows = vision.projection().project(pooled[i]);
      PROJECTION.sized("visual tokens", rows, rows.length, stages.languageModel().embeddingSize());
      visualTokens.put(images.get(i), PROJECTION.finite("visual tokens", rows));
    }
  }

  private float[][] visualTokens(BufferedImage image) {
    encodeImages(List.of(new Image(image)));
    return Objects.requireNonNull(visualTokens.get(image));
  }

  @Override
  public void close() {
    context.close();
  }
}
