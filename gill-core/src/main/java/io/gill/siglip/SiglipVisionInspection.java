package io.gill.siglip;

import io.gill.image.NaflexProcessor.Patches;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Computes results and intermediate results of a SigLIP vision encoder from preprocessed images, as plain arrays, for
 * comparison with other implementations. Applications do not need it. All arrays are row-major. Methods for images of a
 * fixed size throw {@link IllegalStateException} in NaFlex, and methods for patches throw it in other encoders. Axes: B
 * images, T patches, C channels.
 */
public final class SiglipVisionInspection {
  private final SiglipVisionModel model;

  private SiglipVisionInspection(SiglipVisionModel model) {
    this.model = model;
  }

  /**
   * Creates the inspection of a model.
   *
   * @param model the model, which the caller still closes
   * @return the inspection
   */
  public static SiglipVisionInspection of(SiglipVisionModel model) {
    return new SiglipVisionInspection(model);
  }

  /**
   * Returns all hidden states of images of the fixed size.
   *
   * @param pixels (batch, 3, size, size)
   * @param batch number of images
   * @return (B, T, C) each: the input of the first layer, the output of every layer, and {@code last_hidden_state}
   */
  public List<float[]> hiddenStates(float[] pixels, int batch) {
    return states(() -> model.embed(pixels, batch));
  }

  /**
   * Returns all hidden states of one image in NaFlex.
   *
   * @param patches the image
   * @return (T, C) each: the input of the first layer, the output of every layer, and {@code last_hidden_state}
   */
  public List<float[]> hiddenStates(Patches patches) {
    return states(() -> model.embed(patches));
  }

  private List<float[]> states(Supplier<Tensor> embedded) {
    return model.memory.use(() -> Scope.compute("encoding images", () -> {
      List<Tensor> states = new ArrayList<>(model.network.hiddenStates(embedded.get()));
      states.add(model.network.closingNorm(states.get(states.size() - 1)));
      return states.stream().map(Tensor::toFloats).toList();
    }));
  }

  /**
   * Encodes images of the fixed size.
   *
   * @param pixels (batch, 3, size, size)
   * @param batch number of images
   * @return {@code pooler_output}, (B, C)
   * @throws io.gill.GillException if the output contains NaN or infinity
   */
  public float[][] pooled(float[] pixels, int batch) {
    return model.encode(pixels, batch);
  }

  /**
   * Encodes one image in NaFlex.
   *
   * @param patches the image
   * @return {@code pooler_output}, (C)
   * @throws io.gill.GillException if the output contains NaN or infinity
   */
  public float[] pooled(Patches patches) {
    return model.encode(patches);
  }
}
