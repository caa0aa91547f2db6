package io.gill.retrieval;

import io.gill.GillException;
import io.gill.GillModel;
import io.gill.stage.ImageEmbedder;
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
  static PictureEmbedder of(GillModel model) {
    Stages stages = model.stages();
    return new PictureEmbedder(
        stages.vision().map(Stages.Vision::encoder)
            .orElseThrow(() -> new GillException("the model cannot read images: load it with its vision encoder")),
        stages.retrievalEmbedder()
            .orElseThrow(() -> new GillException("the model cannot embed images: load it with visual_fc")));
  }

  /** Embeds pictures in one batch: (pictures, E). */
  List<float[]> embed(List<BufferedImage> pictures) {
    return Arrays.stream(encoder.encode(pictures)).map(embedder::embed).toList();
  }

  /** E, found by embedding a blank picture, since a model's files need not state it. */
  int dimension() {
    BufferedImage any = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
    return embed(List.of(any)).get(0).length;
  }
}
