package io.gill.retrieval;

import com.google.common.primitives.Floats;
import io.gill.GillException;
import io.gill.GillModel;
import io.gill.stage.ImageEmbedder;
import io.gill.stage.OutputCheck;
import io.gill.stage.Stages;
import io.gill.stage.VisionEncoder;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;

/**
 * Embeds pictures.
 *
 * @param encoder the model's vision encoder
 * @param embedder the model's {@code visual_fc}
 */
record PictureEmbedder(VisionEncoder encoder, ImageEmbedder embedder) {
  private static final OutputCheck VISION = new OutputCheck("vision encoder");
  private static final OutputCheck EMBEDDER = new OutputCheck("image embedder");

  static PictureEmbedder of(GillModel model) {
    Stages stages = model.stages();
    return new PictureEmbedder(
        stages.vision().map(Stages.Vision::encoder)
            .orElseThrow(() -> new GillException("the model cannot read images: load it with its vision encoder")),
        stages.retrievalEmbedder()
            .orElseThrow(() -> new GillException("the model cannot embed images: load it with visual_fc")));
  }

  /**
   * Embeds pictures in one batch: (pictures, E).
   *
   * @throws GillException if a stage returns another number of rows, NaN, infinity or an embedding without direction
   */
  List<float[]> embed(List<BufferedImage> pictures) {
    float[][] pooled = VISION.finite(
        "pooled output", VISION.sized("pooled output", encoder.encode(pictures), pictures.size(), -1));
    return Arrays.stream(pooled).map(one -> {
      float[] embedding = EMBEDDER.finite("embedding", embedder.embed(one));
      if (Floats.max(embedding) == 0 && Floats.min(embedding) == 0) {
        throw new GillException("image embedder: the embedding is zero and has no direction");
      }
      return embedding;
    }).toList();
  }

  /** E, found by embedding a blank picture, since a model's files need not state it. */
  int dimension() {
    BufferedImage any = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
    return embed(List.of(any)).get(0).length;
  }
}
