package io.gill.diffusion;

import io.gill.diffusion.network.Planes;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Optional;

/**
 * Shows latents without decoding them: the colour of a pixel of the latents is a linear function of its four channels.
 * The coefficients are published fits for the autoencoders of Stable Diffusion 1.x and 2.x, and of SDXL.
 *
 * @param channels red, green and blue from −1 to 1 for one unit of each channel
 * @param bias red, green and blue of latents of zeros
 */
record LatentColours(List<List<Float>> channels, List<Float> bias) {
  private static final LatentColours STABLE_DIFFUSION = new LatentColours(
      List.of(List.of(0.3512f, 0.2297f, 0.3227f), List.of(0.3250f, 0.4974f, 0.2350f),
          List.of(-0.2829f, 0.1762f, 0.2721f), List.of(-0.2120f, -0.2616f, -0.7177f)),
      List.of(0f, 0f, 0f));

  private static final LatentColours XL = new LatentColours(
      List.of(List.of(0.3651f, 0.4232f, 0.4341f), List.of(-0.2533f, -0.0042f, 0.1068f),
          List.of(0.1076f, 0.1111f, -0.0362f), List.of(-0.3165f, -0.2492f, -0.2188f)),
      List.of(0.1084f, -0.0175f, -0.0011f));

  /**
   * Returns the colours of a published family's latents, which its tiny autoencoders share.
   *
   * @param crossAttentionDim the UNet's width of conditioning, which tells the families apart
   * @param latentChannels number of channels of the latents
   * @return empty if the family is unknown
   */
  static Optional<LatentColours> of(int crossAttentionDim, int latentChannels) {
    if (latentChannels != STABLE_DIFFUSION.channels.size()) {
      return Optional.empty();
    }
    return switch (crossAttentionDim) {
      case 768, 1024 -> Optional.of(STABLE_DIFFUSION);
      case 2048 -> Optional.of(XL);
      default -> Optional.empty();
    };
  }

  /**
   * Shows the latents of an image.
   *
   * @param latents (N, 4, h, w)
   * @param index of the image, below N
   * @param height h
   * @param width w
   * @param factor number of pixels of the image for one of the latents, in both directions
   * @return a smooth image of (factor · w) × (factor · h) pixels
   */
  BufferedImage image(float[] latents, int index, int height, int width, int factor) {
    int size = height * width;
    float[] planes = new float[bias.size() * size];
    for (int i = 0; i < planes.length; i++) {
      int colour = i / size;
      float value = bias.get(colour);
      for (int c = 0; c < channels.size(); c++) {
        value += channels.get(c).get(colour) * latents[(index * channels.size() + c) * size + i % size];
      }
      planes[i] = value;
    }
    BufferedImage image = new BufferedImage(factor * width, factor * height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    graphics.drawImage(Planes.toImage(planes, width, height), 0, 0, image.getWidth(), image.getHeight(), null);
    graphics.dispose();
    return image;
  }
}
