package io.gill.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Device;
import io.gill.DiffusionOptions;
import io.gill.Precision;
import io.gill.diffusion.network.Planes;
import io.gill.stage.Conditioning;
import io.gill.stage.ImageGenerator.Noise;
import io.gill.stage.ImageGenerator.StepListener;
import io.gill.testing.StageContracts;
import io.gill.testsupport.Parity;
import io.gill.torch.NoiseGenerator;
import io.gill.torch.Tensor;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class StableDiffusionTest {
  private static final DiffusionOptions QUICK = DiffusionOptions.builder().steps(2).build();

  private static StableDiffusion load(Golden golden) {
    return StableDiffusion.load(golden.snapshot(), Device.CPU, Precision.FLOAT32);
  }

  @Test
  void drawsTheNoiseOfPyTorchsGeneratorForTheSameSeed() { // whose numbers the parity program compares
    try (StableDiffusion generator = load(new Golden("model-b"))) {
      for (int seed : new int[] {0, 1337}) {
        Noise stream = generator.noise(seed);
        NoiseGenerator expected = new NoiseGenerator(seed);
        for (int count : new int[] {16, 5, 3, 20}) {
          assertThat(stream.next(count)).as("seed %s", seed).containsExactly(expected.normal(count));
        }
      }
    }
  }

  // ---- generation

  @Test
  void generatesFromAPromptWhatItGeneratesFromItsEmbedding() {
    try (StableDiffusion generator = load(new Golden("model-a"))) {
      List<BufferedImage> fromText =
          generator.generate("a house by the sea", 1, QUICK, generator.noise(1), (step, steps) -> true);
      List<BufferedImage> fromEmbedding = generator.generate(
          generator.encodePrompt("a house by the sea"), 1, QUICK, generator.noise(1), (step, steps) -> true);
      assertThat(Golden.largestDifference(fromText.get(0), fromEmbedding.get(0))).isZero();
    }
  }

  @Test
  void itIsAnImageGenerator() {
    try (StableDiffusion generator = load(new Golden("model-a"))) {
      StageContracts.imageGenerator(generator, generator.encodePrompt("x"), QUICK);
    }
  }

  @Test
  void imagesFromOneStreamOfNoiseDifferAndAreReproducible() {
    try (StableDiffusion generator = load(new Golden("model-b"))) {
      Conditioning prompt = generator.encodePrompt("x");
      Noise stream = generator.noise(5);
      BufferedImage first = generator.generate(prompt, 1, QUICK, stream, (step, steps) -> true).get(0);
      BufferedImage second = generator.generate(prompt, 1, QUICK, stream, (step, steps) -> true).get(0);
      BufferedImage again = generator.generate(prompt, 1, QUICK, generator.noise(5), (step, steps) -> true)
          .get(0);
      assertThat(Golden.largestDifference(first, second)).isPositive();
      assertThat(Golden.largestDifference(first, again)).isZero();
    }
  }

  @Test
  void previewsLeadToThePictureAndDoNotChangeIt() {
    try (StableDiffusion generator = load(new Golden("model-b"))) {
      Conditioning prompt = generator.encodePrompt("x");
      List<BufferedImage> previews = new ArrayList<>();
      BufferedImage watched = generator.generate(prompt, 1, QUICK, generator.noise(5), new StepListener() {
        @Override
        public boolean onStep(int step, int steps) {
          throw new AssertionError("without a preview");
        }

        @Override
        public boolean onStep(int step, int steps, Supplier<List<BufferedImage>> preview) {
          previews.addAll(preview.get());
          return true;
        }
      }).get(0);
      BufferedImage unwatched =
          generator.generate(prompt, 1, QUICK, generator.noise(5), (step, steps) -> true).get(0);
      assertThat(Golden.largestDifference(watched, unwatched)).isZero();
      assertThat(previews).hasSize(2);
      assertThat(Golden.largestDifference(previews.get(0), watched)).isPositive();
      assertThat(Golden.largestDifference(previews.get(1), watched)).isZero();
    }
  }

  @Test
  void aPreviewIsDecodedWhenItIsTakenFromTheList() {
    List<List<BufferedImage>> previews = new ArrayList<>();
    try (StableDiffusion generator = load(new Golden("model-b"))) {
      generator.generate(generator.encodePrompt("x"), 2, QUICK, generator.noise(5), new StepListener() {
        @Override
        public boolean onStep(int step, int steps) {
          return true;
        }

        @Override
        public boolean onStep(int step, int steps, Supplier<List<BufferedImage>> preview) {
          List<BufferedImage> images = preview.get();
          assertThat(images).hasSize(2);
          assertThat(images.get(0)).isSameAs(images.get(0));
          return previews.add(images);
        }
      });
    }
    assertThat(previews.get(0).get(0)).isNotNull(); // was decoded before
    assertThatThrownBy(() -> previews.get(0).get(1)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aRunCanBeStoppedBeforeEachImageIsDecoded() {
    try (StableDiffusion generator = load(new Golden("model-b"))) {
      AtomicInteger asked = new AtomicInteger();
      List<Integer> steps = new ArrayList<>();
      assertThatThrownBy(() -> generator.generate(generator.encodePrompt("x"), 3, QUICK, generator.noise(5),
          new StepListener() {
            @Override
            public boolean onStep(int step, int all) {
              return steps.add(step);
            }

            @Override
            public boolean proceeds() {
              return asked.incrementAndGet() < 2;
            }
          })).isInstanceOf(CancellationException.class);
      assertThat(steps).containsExactly(1, 2);
      assertThat(asked).hasValue(2);
    }
  }

  @Test
  void drawsNoiseOnceABatchOfAtMostEight() {
    try (StableDiffusion generator = load(new Golden("model-b"))) {
      List<Integer> drawn = new ArrayList<>();
      List<String> heard = new ArrayList<>();
      List<BufferedImage> images = generator.generate(generator.encodePrompt(""), 10, QUICK, count -> {
        drawn.add(count);
        return new float[count];
      }, (step, steps) -> heard.add(step + " of " + steps));
      assertThat(images).hasSize(10);
      assertThat(drawn).containsExactly(8 * 4 * 8 * 8, 2 * 4 * 8 * 8);
      assertThat(heard).containsExactly("1 of 4", "2 of 4", "3 of 4", "4 of 4");
    }
  }

  @Test
  void guidanceUpToOneIsNoGuidance() {
    try (StableDiffusion generator = load(new Golden("model-b"))) {
      Conditioning prompt = generator.encodePrompt("x");
      DiffusionOptions unguided = QUICK.toBuilder().guidanceScale(1).build();
      BufferedImage plain =
          generator.generate(prompt, 1, unguided, generator.noise(5), (step, steps) -> true)
          .get(0);
      BufferedImage negated = generator.generate(
          prompt, 1, unguided.toBuilder().negativePrompt("y").build(), generator.noise(5), (step, steps) -> true)
          .get(0);
      BufferedImage guided = generator.generate(
          prompt, 1, QUICK.toBuilder().negativePrompt("y").build(), generator.noise(5), (step, steps) -> true)
          .get(0);
      assertThat(Golden.largestDifference(plain, negated)).isZero();
      assertThat(Golden.largestDifference(plain, guided)).isPositive();
    }
  }

  @Test
  void sharedDeepFeaturesChangeAnImageLittle() {
    DiffusionOptions options = DiffusionOptions.builder().steps(20).guidanceScale(2).build();
    try (StableDiffusion generator = load(new Golden("model-a"))) {
      Conditioning prompt = generator.encodePrompt("x");
      BufferedImage full = generator.generate(prompt, 2, options, generator.noise(5), (step, steps) -> true).get(1);
      long idle = Tensor.live();
      BufferedImage shared = generator.generate(prompt, 2, options.toBuilder().deepCache(3).build(),
          generator.noise(5), (step, steps) -> true).get(1);
      assertThat(meanDifference(shared, full)).isBetween(0.1, 4.0); // levels of 255; seen is 3.1
      assertThat(Tensor.live()).isEqualTo(idle);
    }
  }

  @ParameterizedTest
  @EnumSource
  void everySchedulerMakesAnImageOfTheSizeAskedFor(DiffusionOptions.SchedulerType type) {
    try (StableDiffusion generator = load(new Golden("model-a"))) {
      BufferedImage image = generator.generate(generator.encodePrompt("x"), 1,
          QUICK.toBuilder().steps(4).scheduler(type).size(40, 72).build(), generator.noise(5),
          (step, steps) -> true).get(0);
      assertThat(image.getWidth()).isEqualTo(40);
      assertThat(image.getHeight()).isEqualTo(72);
      assertThat(IntStream.range(0, 40 * 72).map(i -> image.getRGB(i % 40, i / 40)).distinct().count())
          .isGreaterThan(100);
    }
  }

  @Test
  void sixteenBitsMakeNearlyTheSameImage() {
    Golden golden = new Golden("model-b");
    DiffusionOptions options = DiffusionOptions.builder().steps(10).guidanceScale(1).build();
    try (StableDiffusion full = load(golden);
        StableDiffusion half = StableDiffusion.load(golden.snapshot(), Device.CPU, Precision.BFLOAT16)) {
      Conditioning prompt = full.encodePrompt("x");
      assertThat(Golden.relativeError(Parity.flat(half.encodePrompt("x").tokens()), Parity.flat(prompt.tokens())))
          .isLessThan(0.02);
      BufferedImage expected = full.generate(prompt, 1, options, full.noise(5), (step, steps) -> true).get(0);
      BufferedImage actual = half.generate(prompt, 1, options, half.noise(5), (step, steps) -> true).get(0);
      assertThat(meanDifference(actual, expected)).isLessThan(4); // levels of 255
    }
  }

  private static double meanDifference(BufferedImage actual, BufferedImage expected) {
    float[] a = Planes.fromImage(actual);
    float[] b = Planes.fromImage(expected);
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += Math.abs(a[i] - b[i]) * 255 / 2;
    }
    return sum / a.length;
  }

  @Test
  void encodesAnImageToScaledLatents() {
    Golden golden = new Golden("model-b");
    try (StableDiffusion generator = load(golden)) {
      BufferedImage image = Planes.toImage(golden.floats("vae.image"), 32, 32);
      float[] expected = golden.floats("vae.encoded_mode");
      for (int i = 0; i < expected.length; i++) {
        expected[i] *= 0.18215f;
      }
      // The reference encoded floats; the image has them rounded to 8 bits.
      assertThat(Golden.relativeError(generator.encode(image), expected)).isLessThan(0.02);
    }
  }

  // ---- native memory

  @Test
  void freesEverythingAlsoAfterACancelledAndAFailedRun() {
    long before = Tensor.live();
    try (StableDiffusion generator = load(new Golden("model-a"))) {
      Conditioning prompt = generator.encodePrompt("x");
      generator.generate(prompt, 2, QUICK, generator.noise(1), (step, steps) -> true);
      long idle = Tensor.live();
      generator.generate(prompt, 2, QUICK, generator.noise(1), (step, steps) -> true);
      assertThat(Tensor.live()).isEqualTo(idle);

      List<Integer> heard = new ArrayList<>();
      assertThatThrownBy(() -> generator.generate(prompt, 1, QUICK, generator.noise(1), (step, steps) -> {
        heard.add(step);
        return false;
      })).isInstanceOf(CancellationException.class);
      assertThat(heard).containsExactly(1);
      assertThat(Tensor.live()).isEqualTo(idle);

      assertThatThrownBy(() -> generator.generate(prompt, 1, QUICK, generator.noise(1), (step, steps) -> {
        throw new IllegalStateException("listener");
      })).hasMessage("listener");
      assertThatThrownBy(() -> generator.generate(prompt, 1, QUICK, count -> new float[3], (step, steps) -> true))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the noise returned 3 values instead of 256");
      assertThat(Tensor.live()).isEqualTo(idle);
    }
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void refusesToWorkAfterClose() {
    StableDiffusion generator = load(new Golden("model-b"));
    generator.close();
    generator.close();
    assertThatThrownBy(() -> generator.encodePrompt("x"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("this image generator is closed");
    assertThatThrownBy(() -> generator.generate(
        Conditioning.of(new float[77][generator.conditioningSize()]), 1, QUICK, generator.noise(1),
        (step, steps) -> true))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // it waited for itself, uninterruptibly
  @SuppressWarnings("try") // closed twice, which is what is tested
  void aListenerCannotCloseIt() {
    long before = Tensor.live();
    try (StableDiffusion generator = load(new Golden("model-b"))) {
      Conditioning prompt = generator.encodePrompt("x");
      assertThatThrownBy(() -> generator.generate(prompt, 1, QUICK, generator.noise(1), (step, steps) -> {
        generator.close();
        return true;
      })).isInstanceOf(IllegalStateException.class).hasMessageContaining("has returned");
      assertThat(generator.generate(prompt, 1, QUICK, generator.noise(1), (step, steps) -> true)).hasSize(1);
    }
    assertThat(Tensor.live()).isEqualTo(before);
  }

  // ---- bad input

  @Test
  void refusesConditioningOfAnotherShape() {
    try (StableDiffusion generator = load(new Golden("model-a"))) {
      assertThatThrownBy(() -> generator.generate(
          Conditioning.of(new float[77][23]), 1, QUICK, generator.noise(1), (s, n) -> true))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the conditioning has rows of 23 values: this model takes 24 (cross_attention_dim)");
      assertThatThrownBy(() -> generator.generate(
          Conditioning.of(new float[8][24]), 1, QUICK, generator.noise(1), (s, n) -> true))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the conditioning has 8 rows: this model takes 77");
      assertThatThrownBy(() -> generator.generate(
          Conditioning.of(new float[77][24]), 0, QUICK, generator.noise(1), (s, n) -> true))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("count is 0: use 1 or more");
    }
  }

  @ParameterizedTest
  @CsvSource({"model-a, 60, 64, 'width is 60: use a multiple of 8, as 56 or 64'",
      "model-a, 64, 4, 'height is 4: use a multiple of 8, as 8'",
      "model-b, 32, 34, 'height is 34: use a multiple of 4, as 32 or 36'"})
  void refusesSizesBetweenTwoLatents(String model, int width, int height, String message) {
    try (StableDiffusion generator = load(new Golden(model))) {
      Conditioning conditioning = Conditioning.of(new float[77][generator.conditioningSize()]);
      assertThatThrownBy(() -> generator.generate(
          conditioning, 1, QUICK.toBuilder().size(width, height).build(), generator.noise(1), (step, steps) -> true))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(message);
      assertThatThrownBy(() -> generator.check(QUICK.toBuilder().size(width, height).build()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(message);
    }
  }

  @Test
  void anImageStartsFromAPictureOfAnySizeAndKeepsWhatTheMaskLeaves() {
    BufferedImage picture = new BufferedImage(50, 30, BufferedImage.TYPE_BYTE_GRAY);
    BufferedImage mask = new BufferedImage(50, 30, BufferedImage.TYPE_BYTE_GRAY); // black: nothing is painted anew
    DiffusionOptions options = QUICK.toBuilder().startImage(picture).strength(1).mask(mask).build();
    try (StableDiffusion generator = load(new Golden("model-b"))) {
      Conditioning prompt = generator.encodePrompt("x");
      BufferedImage kept = generator.generate(prompt, 1, options, generator.noise(1), (step, steps) -> true).get(0);
      BufferedImage other = generator.generate(
          generator.encodePrompt("y"), 1, options, generator.noise(1), (step, steps) -> true).get(0);
      assertThat(Golden.largestDifference(kept, other)).isZero();
      BufferedImage free = generator.generate(prompt, 1, QUICK.toBuilder().startImage(picture).strength(1).build(),
          generator.noise(1), (step, steps) -> steps == 2).get(0);
      assertThat(Golden.largestDifference(kept, free)).isPositive();
    }
  }

  @Test
  void checksAllThatGeneratingWouldRefuse() {
    BufferedImage picture = new BufferedImage(50, 30, BufferedImage.TYPE_INT_RGB);
    BufferedImage mask = new BufferedImage(30, 50, BufferedImage.TYPE_INT_RGB);
    try (StableDiffusion generator = load(new Golden("model-b"))) {
      assertThatThrownBy(() -> generator.check(QUICK.toBuilder().startImage(picture).mask(mask).build()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the mask has 30×50 pixels, the start image 50×30: they must be equal");
      assertThatThrownBy(() -> generator.check(QUICK.toBuilder().mask(mask).build()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("a mask needs a start image");
      assertThatThrownBy(() -> generator.check(QUICK.toBuilder().startImage(picture).strength(0.4).build()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("strength is 0.4, which leaves none of 2 steps: increase either");
      generator.check(QUICK.toBuilder().size(32, 36).eta(0.5).build());
      assertThatThrownBy(() -> generator.check(
          QUICK.toBuilder().scheduler(DiffusionOptions.SchedulerType.PNDM).eta(0.5).build()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("eta is 0.5, but PNDM has none");
    }
  }
}
