package io.gill.testing;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Device;
import io.gill.DiffusionOptions;
import io.gill.GillModel;
import io.gill.LoadOptions;
import io.gill.Precision;
import io.gill.clip.ClipVisionModel;
import io.gill.lm.DecoderModel;
import io.gill.lm.DecoderSnapshot;
import io.gill.siglip.SiglipVisionModel;
import io.gill.stage.Conditioning;
import io.gill.stage.DecisionModel;
import io.gill.stage.ImageGenerator;
import io.gill.stage.ImageRetriever.Hit;
import io.gill.stage.Stages;
import io.gill.stage.TextDecoder;
import io.gill.stage.Tokenizer;
import io.gill.testsupport.Reference;
import io.gill.text.JsonTokenizer;
import io.gill.text.OptTokenizer;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The fakes and this library's stages keep the contracts, and a stage that breaks one is told which. */
class StageContractsTest {
  private static final DiffusionOptions QUICK = DiffusionOptions.builder().steps(3).build();

  @Test
  void fakesKeepTheContracts() {
    StageContracts.tokenizer(new FakeTokenizer());
    StageContracts.languageModel(new FakeLanguageModel(new FakeTokenizer(), prompt -> " Hi."));
    StageContracts.visionEncoder(new FakeVisionEncoder());
    StageContracts.imageRetriever(new FakeImageRetriever(5), 4);
    StageContracts.imageGenerator(
        new FakeImageGenerator(), Conditioning.of(new float[8][FakeModel.CONDITIONING]), QUICK);
  }

  @Test
  void theSmallStagesOfFakesAndOfALoadedModelKeepTheContracts() {
    checkSmallStages(FakeModel.builder(prompt -> " Hi.").build());
    checkSmallStages(GillModel.load(Reference.path("model-a"), LoadOptions.builder().generation(false).build()));
  }

  private static void checkSmallStages(GillModel model) {
    try (model) {
      Stages stages = model.stages();
      Stages.Vision vision = stages.vision().orElseThrow();
      float[] pooled = vision.encoder().encode(List.of(new BufferedImage(9, 7, BufferedImage.TYPE_INT_RGB)))[0];
      float[][] rows = stages.languageModel().embeddings(stages.tokenizer().imageTokenIds());
      StageContracts.visualProjection(vision.projection(), pooled);
      StageContracts.imageEmbedder(stages.retrievalEmbedder().orElseThrow(), pooled);
      StageContracts.queryEmbedder(stages.query().orElseThrow(), rows[0]);
      StageContracts.generationMapper(stages.mapper().orElseThrow(), rows, rows);
      StageContracts.decisionModel(stages.decision().orElseThrow(), rows[0]);
    }
  }

  @ParameterizedTest
  @CsvSource({"reference/model-a/opt", "reference/model-b/opt", "reference-2/lm-llama3", "reference-2/lm-qwen3"})
  void languageModelsKeepTheContract(String folder) {
    try (DecoderModel model = DecoderSnapshot.of(Reference.path("..", folder.split("/")))
        .load(1000, new float[0][], Device.CPU, Precision.FLOAT32)) {
      StageContracts.languageModel(model);
    }
  }

  @Test
  void tokenizersKeepTheContract() {
    try (OptTokenizer opt = OptTokenizer.load(Reference.path("model-a", "opt"), 8);
        JsonTokenizer qwen = JsonTokenizer.load(Reference.path("..", "reference-2", "lm-qwen3"), 8)) {
      StageContracts.tokenizer(opt);
      StageContracts.tokenizer(qwen);
    }
  }

  @Test
  void visionEncodersKeepTheContract() {
    try (ClipVisionModel clip = ClipVisionModel.load(Reference.path("model-a", "clip"), Device.CPU, Precision.FLOAT32);
        SiglipVisionModel siglip = SiglipVisionModel.load(
            Reference.path("..", "reference-2", "vision-siglip"), Device.CPU, Precision.FLOAT32)) {
      StageContracts.visionEncoder(clip);
      StageContracts.visionEncoder(siglip);
    }
  }

  @Test
  void everyBrokenPromiseIsNamed() {
    AtomicInteger calls = new AtomicInteger();
    assertThatThrownBy(() -> StageContracts.visionEncoder(images -> {
      float[][] rows = new float[images.size()][3];
      Arrays.stream(rows).forEach(row -> row[0] = calls.incrementAndGet());
      return rows;
    })).isInstanceOf(AssertionError.class).hasMessage(
        "the vision encoder breaks its contract:\n- an image is encoded alone as in a batch");
    assertThatThrownBy(() -> StageContracts.imageRetriever((query, k, excluded) -> {
      query[0] = 0;
      return List.of(new Hit("a", "a", 1), new Hit("a", "a", 2), new Hit("b", "b", Double.NaN));
    }, 4)).isInstanceOf(AssertionError.class).message()
        .contains("search returns at most k matches", "best first", "scores are finite", "found twice",
            "excluded images", "the query is not changed")
        .doesNotContain("someUris");
    assertThatThrownBy(() -> StageContracts.imageGenerator(new StubbornGenerator(), Conditioning.NONE, QUICK))
        .isInstanceOf(AssertionError.class).message()
        .contains("stops the generation", "does not proceed after the steps", "equal noise gives equal images")
        .doesNotContain("noise has mean 0").contains("as many images");
    assertThatThrownBy(() -> StageContracts.tokenizer(new LooseTokenizer())).isInstanceOf(AssertionError.class)
        .message().contains("no [IMG] token", "decoder(true) yields").doesNotContain("prepends");
    assertThatThrownBy(() -> StageContracts.languageModel(
        new FakeLanguageModel(new FakeTokenizer(), prompt -> {
          throw new IllegalStateException("no script");
        }))).isInstanceOf(AssertionError.class).message()
        .contains("append reads tokens (java.lang.IllegalStateException: no script)");
    assertThatThrownBy(() -> StageContracts.decisionModel(hidden -> {
      hidden[0]++;
      return new DecisionModel.Probabilities(0.7, calls.incrementAndGet());
    }, new float[2])).isInstanceOf(AssertionError.class).message()
        .contains("decide returns the same", "does not change its input", "sum to 1").doesNotContain("finite");
    assertThatThrownBy(() -> StageContracts.visualProjection(
        features -> new float[][] {{1}, {Float.NaN}}, new float[2])).isInstanceOf(AssertionError.class).message()
        .contains("finite numbers", "visualTokens rows").doesNotContain("change its input");
  }

  /** Never stops, always makes one image, and never the same twice. */
  private static final class StubbornGenerator implements ImageGenerator {
    private int painted;

    @Override
    public int conditioningSize() {
      return 0;
    }

    @Override
    public Noise noise(long seed) {
      return new FakeImageGenerator().noise(seed);
    }

    @Override
    public List<BufferedImage> generate(
        Conditioning conditioning, int count, DiffusionOptions options, Noise noise, StepListener listener) {
      listener.onStep(1, 1);
      BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
      image.setRGB(0, 0, painted++);
      return List.of(image);
    }
  }

  /** Reads markers in any text, and decodes one id too few. */
  private static final class LooseTokenizer implements Tokenizer {
    private final FakeTokenizer fake = new FakeTokenizer();

    @Override
    public int[] encode(String text, boolean addBos) {
      return fake.encodeWithMarkers(text, addBos);
    }

    @Override
    public int[] encodeWithMarkers(String text, boolean addBos) {
      return fake.encodeWithMarkers(text, addBos);
    }

    @Override
    public String decode(int[] ids, boolean skipSpecialTokens) {
      return fake.decode(ids, skipSpecialTokens);
    }

    @Override
    public TextDecoder decoder(boolean skipSpecialTokens) {
      return new TextDecoder() {
        @Override
        public String accept(int id) {
          return "";
        }

        @Override
        public String finish() {
          return "?";
        }
      };
    }

    @Override
    public int bosId() {
      return fake.bosId();
    }

    @Override
    public int eosId() {
      return fake.eosId();
    }

    @Override
    public int padId() {
      return fake.padId();
    }

    @Override
    public int[] imageTokenIds() {
      return fake.imageTokenIds();
    }

    @Override
    public int newlineId() {
      return fake.newlineId();
    }

    @Override
    public int vocabularySize() {
      return fake.vocabularySize();
    }
  }
}
