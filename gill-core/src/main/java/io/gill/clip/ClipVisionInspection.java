package io.gill.clip;

import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import java.util.List;

/**
 * Computes results and intermediate results of a CLIP vision encoder from preprocessed images, as plain arrays, for
 * comparison with other implementations. Applications do not need it. All arrays are row-major. Axes: see
 * {@link ClipVisionModel}.
 */
public final class ClipVisionInspection {
  private final ClipVisionModel model;

  private ClipVisionInspection(ClipVisionModel model) {
    this.model = model;
  }

  /**
   * Creates the inspection of a model.
   *
   * @param model the model, which the caller still closes
   * @return the inspection
   */
  public static ClipVisionInspection of(ClipVisionModel model) {
    return new ClipVisionInspection(model);
  }

  /**
   * Returns all hidden states.
   *
   * @param pixels (batch, channels, size, size)
   * @param batch number of images
   * @return (B, T, C) each: the input of the first layer, and the output of every layer
   */
  public List<float[]> hiddenStates(float[] pixels, int batch) {
    return model.memory.use(() -> Scope.compute("encoding images", () ->
        model.network.hiddenStates(model.tensor(pixels, batch)).stream().map(Tensor::toFloats).toList()));
  }

  /**
   * Encodes images.
   *
   * @param pixels (batch, channels, size, size)
   * @param batch number of images
   * @return {@code pooler_output}, (B, C)
   * @throws io.gill.GillException if the output contains NaN or infinity
   */
  public float[][] pooled(float[] pixels, int batch) {
    return model.encode(pixels, batch);
  }
}
