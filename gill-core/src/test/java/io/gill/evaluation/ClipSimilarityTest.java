package io.gill.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.image.Images;
import io.gill.testsupport.Parity;
import io.gill.testsupport.Reference;
import io.gill.testsupport.TestTensors;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClipSimilarityTest {
  private static final Path ROOT = Reference.path("..", "reference-2");
  private static final String NAME = "vision-clip-gelu-p14";

  @Test
  void embeddingsEqualThoseOfTransformers() throws Exception {
    Path golden = ROOT.resolve("golden").resolve(NAME);
    List<String> names = Golden.strings(
        new ObjectMapper().readTree(golden.resolve("vision.json").toFile()).get("images_for_first_rows"));
    List<BufferedImage> pictures = names.stream().map(name -> Images.read(ROOT.resolve(name))).toList();
    float[] expected = TestTensors.read(golden.resolve("vision.safetensors")).get("image_embeds").floats();
    try (ClipSimilarity metric = ClipSimilarity.load(ROOT.resolve(NAME), Device.CPU, Precision.FLOAT32)) {
      float[][] rows = metric.embed(pictures);
      Parity.assertClose("image_embeds", Parity.flat(rows),
          Arrays.copyOf(expected, rows.length * rows[0].length), 1e-4);
      MetricScore score = metric.score(pictures.subList(0, 2), pictures.subList(1, 3));
      assertThat(score.items().get(0)).isCloseTo(ClipSimilarity.cosine(rows[0], rows[1]), within(1e-5));
      assertThat(score.value()).isCloseTo((score.items().get(0) + score.items().get(1)) / 2, within(1e-9));
      assertThatThrownBy(() -> metric.score(pictures, pictures.subList(1, 3)))
          .hasMessage("6 pictures cannot be compared in pairs with 2");
    }
  }

  @Test
  void snapshotWithoutProjectionIsRefused() {
    Path snapshot = ROOT.resolve("vision-clip-quick-gelu-p16");
    assertThatThrownBy(() -> ClipSimilarity.load(snapshot, Device.CPU, Precision.FLOAT32))
        .hasMessageStartingWith(snapshot + " has no visual_projection.weight: use a snapshot of the full CLIP model");
  }

  @Test
  void cosineNeedsComparableVectors() {
    assertThat(ClipSimilarity.cosine(new float[] {1, 1}, new float[] {2, 2})).isCloseTo(1, within(1e-9));
    assertThatThrownBy(() -> ClipSimilarity.cosine(new float[2], new float[] {1, 1}))
        .isInstanceOf(GillException.class).hasMessage("an embedding is zero, NaN or infinite");
    assertThatThrownBy(() -> ClipSimilarity.cosine(new float[1], new float[2]))
        .hasMessage("embeddings of widths 1 and 2 cannot be compared");
  }
}
