package io.gill.diffusion;

import io.gill.clip.ClipTextEncoder;
import io.gill.stage.Conditioning;
import io.gill.stage.OutputCheck;
import io.gill.text.ClipTokenizer;
import java.util.Arrays;
import java.util.List;

/** Encodes prompts into the UNet's conditioning. The caller keeps the model's memory in use. */
interface PromptEncoder {
  /**
   * Encodes a prompt.
   *
   * @param prompt any text; truncated to the length of the text encoder
   * @param second prompt of the second text encoder; equal to {@code prompt} in a model with one
   */
  Conditioning encode(String prompt, String second);

  /** Encodes a negative prompt, which is empty if there is none. */
  Conditioning negative(String prompt);

  /** Returns the number of rows of a conditioning. */
  int length();

  /** Returns the text encoders. */
  List<Tower> towers();

  /** A text encoder with its tokenizer. */
  record Tower(ClipTokenizer tokenizer, ClipTextEncoder encoder) {
    ClipTextEncoder.Pooled pool(String text) {
      return encoder.pool(tokenizer.encodePadded(text));
    }
  }

  /** Stable Diffusion 1.x and 2.x: the last hidden state of one text encoder. */
  record Single(Tower tower, OutputCheck check) implements PromptEncoder {
    @Override
    public Conditioning encode(String prompt, String second) {
      if (!prompt.equals(second)) {
        throw new IllegalArgumentException("a second prompt was given, but this model has one text encoder");
      }
      return Conditioning.of(
          check.finite("hidden states", tower.encoder.encode(tower.tokenizer.encodePadded(prompt))));
    }

    @Override
    public Conditioning negative(String prompt) {
      return encode(prompt, prompt);
    }

    @Override
    public int length() {
      return tower.encoder.config().maxPositionEmbeddings();
    }

    @Override
    public List<Tower> towers() {
      return List.of(tower);
    }
  }

  /**
   * SDXL: the hidden states before the last layer of two text encoders side by side, and the pooled text of the second.
   *
   * @param zeroIfEmpty {@code force_zeros_for_empty_prompt}: whether guidance without a negative prompt moves away from
   *     zeros instead of the empty prompt's embedding
   */
  record Pair(Tower first, Tower second, boolean zeroIfEmpty, OutputCheck check) implements PromptEncoder {
    @Override
    public Conditioning encode(String prompt, String other) {
      float[][] left = first.pool(prompt).states(); // (L, C₁)
      ClipTextEncoder.Pooled right = second.pool(other); // (L, C₂), (P)
      float[][] tokens = new float[left.length][];
      for (int i = 0; i < tokens.length; i++) {
        tokens[i] = Arrays.copyOf(left[i], left[i].length + right.states()[i].length); // C₁ + C₂
        System.arraycopy(right.states()[i], 0, tokens[i], left[i].length, right.states()[i].length);
      }
      return new Conditioning(check.finite("hidden states", tokens), check.finite("pooled text", right.pooled()));
    }

    @Override
    public Conditioning negative(String prompt) {
      if (!prompt.isEmpty() || !zeroIfEmpty) {
        return encode(prompt, prompt);
      }
      int width = first.encoder.config().encoder().hiddenSize() + second.encoder.config().encoder().hiddenSize();
      return new Conditioning(new float[length()][width], new float[second.encoder.config().projectionDim()]);
    }

    @Override
    public int length() {
      return first.encoder.config().maxPositionEmbeddings();
    }

    @Override
    public List<Tower> towers() {
      return List.of(first, second);
    }
  }
}
