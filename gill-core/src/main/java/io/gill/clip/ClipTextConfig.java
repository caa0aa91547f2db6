package io.gill.clip;

import io.gill.GillException;
import io.gill.weights.ConfigFile;
import java.nio.file.Path;

/**
 * The shape of CLIP's text tower: {@code config.json} of a full CLIP model, or {@code text_encoder/config.json} of a
 * diffusers snapshot. Immutable.
 *
 * @param vocabSize {@code vocab_size}
 * @param maxPositionEmbeddings {@code max_position_embeddings}: the length of every text, 77 for published models
 * @param projectionDim {@code projection_dim}: width of the pooled vector of a {@code CLIPTextModelWithProjection}
 * @param eosTokenId {@code eos_token_id}: the text is pooled at its first occurrence; 2 in older files, which pool at
 *     the highest id
 * @param encoder the transformer
 */
public record ClipTextConfig(
    int vocabSize, int maxPositionEmbeddings, int projectionDim, int eosTokenId, ClipEncoderConfig encoder) {
  /** Value in older files, whatever the end token is. */
  private static final int OLD_EOS = 2;

  /**
   * Checks the ranges.
   *
   * @param vocabSize size of the vocabulary
   * @param maxPositionEmbeddings length of every text
   * @param projectionDim width of the pooled vector
   * @param eosTokenId the end token
   * @param encoder the transformer
   */
  public ClipTextConfig {
    ConfigFile.checkRange("vocab_size", vocabSize, 1, 1 << 24);
    ConfigFile.checkRange("max_position_embeddings", maxPositionEmbeddings, 2, 1 << 16);
    ConfigFile.checkRange("projection_dim", projectionDim, 1, 1 << 16);
  }

  /**
   * Reads a configuration.
   *
   * @param path {@code config.json} of the full model or of the text tower
   * @return its values; keys that are not set have the published code's defaults
   * @throws GillException if a value is invalid or describes another text encoder; the message names the key
   */
  public static ClipTextConfig read(Path path) {
    ConfigFile config = ConfigFile.read(path);
    boolean whole = config.text("model_type", "").equals("clip");
    if (!whole) {
      config.only("model_type", "clip_text_model");
    }
    ConfigFile text = whole ? config.section("text_config") : config;
    text.only("use_attention_mask", false);
    return text.validated(c -> new ClipTextConfig(
        c.count("vocab_size", 49408), c.count("max_position_embeddings", 77), config.count("projection_dim", 512),
        c.count("eos_token_id", 49407), ClipEncoderConfig.text(c)));
  }

  /** Returns the position where a text is pooled. */
  int endOf(int[] ids) {
    int end = 0;
    for (int i = 0; i < ids.length; i++) {
      if (eosTokenId == OLD_EOS ? ids[i] > ids[end] : ids[i] == eosTokenId) {
        end = i;
        if (eosTokenId != OLD_EOS) {
          break;
        }
      }
    }
    return end;
  }
}
