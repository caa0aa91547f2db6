package io.gill.stage;

/** GILLMapper: maps the hidden states of the [IMG] tokens to the image generator's conditioning (section 3.2). */
@FunctionalInterface
public interface GenerationMapper {
  /**
   * Maps one request for an image.
   *
   * @param hidden ({@code num_tokens}, D): hidden states of [IMG0]…[IMGr]
   * @param embeddings ({@code num_tokens}, D): input embeddings of the same tokens
   * @return conditioning with ({@code num_clip_tokens}, C) tokens, 77 × 768 for Stable Diffusion 1.5
   */
  Conditioning map(float[][] hidden, float[][] embeddings);
}
