package io.gill.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.diffusion.network.LatentDecoder;
import io.gill.diffusion.network.TiledDecoder;
import io.gill.torch.NoiseGenerator;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TiledDecoderTest {
  private static final int FACTOR = 2;
  private static final int AREA = 64 * 64;

  private final List<long[]> decoded = new ArrayList<>();

  private LatentDecoder decoder(UnaryOperator<Tensor> function) {
    return new LatentDecoder() {
      @Override
      public double scalingFactor() {
        return 1;
      }

      @Override
      public Tensor decode(Tensor latents) {
        decoded.add(latents.shape());
        return function.apply(latents);
      }
    };
  }

  private static Tensor enlarge(Tensor latents) {
    return latents.narrow(1, 0, 3).upsampleNearest(FACTOR * latents.size(2), FACTOR * latents.size(3));
  }

  @ParameterizedTest
  @CsvSource({"64, 64, 1", "20, 65, 2", "65, 64, 2", "70, 113, 6", "160, 64, 3"})
  void tilesOfALocalDecoderMakeTheWholeImage(int height, int width, int tiles) {
    float[] latents = new NoiseGenerator(1).normal(2 * 4 * height * width);
    Scope.compute("test", () -> {
      Tensor whole = Tensor.of(latents, 2, 4, height, width);
      Tensor image = new TiledDecoder(decoder(TiledDecoderTest::enlarge), FACTOR, AREA / 4).decode(whole);
      assertThat(image.shape()).containsExactly(2, 3, FACTOR * height, FACTOR * width);
      float[] differences = image.add(enlarge(whole).mul(-1)).toFloats();
      assertThat(IntStream.range(0, differences.length).mapToDouble(i -> Math.abs(differences[i])).max().orElseThrow())
          .isLessThan(1e-5);
      return null;
    });
    assertThat(decoded).hasSize(tiles).allMatch(shape -> shape[2] <= 64 && shape[3] <= 64);
  }

  @Test
  void smallLatentsAreDecodedInOnePiece() {
    Scope.compute("test", () -> new TiledDecoder(decoder(TiledDecoderTest::enlarge), FACTOR, 20 * 205)
        .decode(Tensor.of(new float[4 * 20 * 205], 1, 4, 20, 205)).shape());
    assertThat(decoded).hasSize(1);
  }

  @Test
  void oneTileFadesIntoTheNext() {
    float[] row = Scope.compute("test", () -> {
      TiledDecoder tiled = new TiledDecoder(
          decoder(latents -> enlarge(latents).mul(0).add(decoded.size())), FACTOR, 1);
      Tensor pixels = tiled.decode(Tensor.of(new float[4 * 112], 1, 4, 1, 112));
      return pixels.select(0, 0).select(0, 0).select(0, 0).toFloats();
    });
    assertThat(Arrays.copyOf(row, FACTOR * 48)).containsOnly(1);
    assertThat(Arrays.copyOfRange(row, FACTOR * 64, FACTOR * 112)).containsOnly(2);
    for (int x = FACTOR * 48; x <= FACTOR * 64; x++) {
      assertThat(row[x] - row[x - 1]).isBetween(0f, 1.01f / (FACTOR * 16));
    }
  }
}
