package io.gill.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.diffusion.network.LatentEncoder;
import io.gill.diffusion.network.TiledEncoder;
import io.gill.torch.NoiseGenerator;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TiledEncoderTest {
  private static final int FACTOR = 2;

  private final List<long[]> encoded = new ArrayList<>();

  private record Local(Tensor mean, Optional<Tensor> deviation) implements LatentEncoder.Latents {}

  /** Takes one pixel of each latent's cell. */
  private LatentEncoder encoder(boolean point) {
    return new LatentEncoder() {
      @Override
      public double scalingFactor() {
        return 0.5;
      }

      @Override
      public Latents encode(Tensor images) {
        encoded.add(images.shape());
        long h = images.size(2) / FACTOR;
        long w = images.size(3) / FACTOR;
        Tensor mean = images.reshape(images.size(0), 3, h, FACTOR, w, FACTOR).select(5, 1).select(3, 0);
        return new Local(mean, point ? Optional.empty() : Optional.of(mean.pow(2)));
      }
    };
  }

  @ParameterizedTest
  @CsvSource({"64, 64, 1", "20, 65, 2", "65, 64, 2", "70, 113, 6", "160, 64, 3"})
  void tilesOfALocalEncoderMakeTheWholeImage(int h, int w, int tiles) {
    float[] pixels = new NoiseGenerator(1).normal(2 * 3 * h * w * FACTOR * FACTOR);
    Scope.compute("test", () -> {
      Tensor image = Tensor.of(pixels, 2, 3, (long) h * FACTOR, (long) w * FACTOR);
      LatentEncoder.Latents whole = encoder(false).encode(image);
      encoded.clear();
      LatentEncoder.Latents latents = new TiledEncoder(encoder(false), FACTOR, 1).encode(image);
      assertThat(latents.mean().shape()).containsExactly(2, 3, h, w);
      assertThat(difference(latents.mean(), whole.mean())).isLessThan(1e-5f);
      assertThat(difference(latents.deviation().orElseThrow(), whole.deviation().orElseThrow())).isLessThan(1e-5f);
      return null;
    });
    assertThat(encoded).hasSize(tiles).allMatch(shape -> shape[2] <= 128 && shape[3] <= 128);
  }

  private static float difference(Tensor one, Tensor other) {
    float greatest = 0;
    for (float value : one.add(other.mul(-1)).toFloats()) {
      greatest = Math.max(greatest, Math.abs(value));
    }
    return greatest;
  }

  @Test
  void pointsStayPointsAndSmallImagesAreEncodedInOnePiece() {
    Scope.compute("test", () -> {
      Tensor image = Tensor.of(new float[3 * 20 * 200], 1, 3, 20, 200);
      assertThat(new TiledEncoder(encoder(true), FACTOR, 1).encode(image).deviation()).isEmpty();
      assertThat(encoded).hasSize(2);
      encoded.clear();
      TiledEncoder enough = new TiledEncoder(encoder(true), FACTOR, 10 * 100);
      assertThat(enough.encode(image).mean().shape()).containsExactly(1, 3, 10, 100);
      assertThat(enough.scalingFactor()).isEqualTo(0.5);
      return null;
    });
    assertThat(encoded).hasSize(1);
  }
}
