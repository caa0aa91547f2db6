package io.gill.examples.train;

import io.gill.examples.world.SceneRenderer;
import io.gill.torch.Scope;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

/**
 * A picture as the UNet's training data.
 *
 * @param latents (4, 8, 8), scaled
 * @param importance the weight of every latent position: (8, 8)
 */
@SuppressWarnings("ArrayRecordComponent") // plain data, never compared
record EncodedPicture(float[] latents, float[] importance) {
  private static final int ENCODED_AT_ONCE = 100;

  /**
   * Encodes pictures with the trained autoencoder.
   *
   * @param model the model in training
   * @param count number of pictures
   * @param picture the picture of an index
   * @return the pictures in order
   */
  static List<EncodedPicture> all(WorldModel model, int count, IntFunction<BufferedImage> picture) {
    List<EncodedPicture> pictures = new ArrayList<>();
    try (VaeTraining.Autoencoder autoencoder = VaeTraining.Autoencoder.load(model)) {
      float factor = (float) autoencoder.config().scalingFactor();
      while (pictures.size() < count) {
        List<BufferedImage> some = new ArrayList<>();
        for (int i = pictures.size(); i < Math.min(count, pictures.size() + ENCODED_AT_ONCE); i++) {
          some.add(picture.apply(i));
        }
        float[] latents = autoencoder.encode(some);
        float[] importance = Scope.compute("weighing pictures",
            () -> VaeTraining.importance(Batches.pixels(some)).toFloats());
        int size = latents.length / some.size();
        for (int i = 0; i < some.size(); i++) {
          float[] scaled = Arrays.copyOfRange(latents, i * size, (i + 1) * size);
          for (int j = 0; j < size; j++) {
            scaled[j] *= factor;
          }
          pictures.add(new EncodedPicture(scaled, means(importance, i, autoencoder.config().factor())));
        }
      }
    }
    return pictures;
  }

  /** Averages over the square of pixels behind every latent position. */
  private static float[] means(float[] importance, int image, int factor) {
    int side = SceneRenderer.SIDE / factor;
    float[] means = new float[side * side];
    for (int y = 0; y < SceneRenderer.SIDE; y++) {
      for (int x = 0; x < SceneRenderer.SIDE; x++) {
        means[y / factor * side + x / factor] +=
            importance[(image * SceneRenderer.SIDE + y) * SceneRenderer.SIDE + x] / (factor * factor);
      }
    }
    return means;
  }
}
