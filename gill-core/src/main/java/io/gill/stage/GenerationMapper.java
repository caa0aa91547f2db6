package io.gill.stage;

/** GILLMapper: maps the hidden states of the [IMG] tokens to the image generator's conditioning (section 3.2). */
@FunctionalInterface
public interface GenerationMapper {
  /**
   * Maps one request for an image.
   *
   * @param hidden ({@code num_tokens}, D): the hidden states of [IMG0]…[IMGr]
   * @param embeddings ({@code num_tokens}, D): the input embeddings of the same tokens
   * @return its tokens are ({@code num_clip_tokens}, C), 77 × 768 for Stable Diffusion 1.5
   */
  Conditioning map(float[][] hidden, float[][] embeddings);
}
