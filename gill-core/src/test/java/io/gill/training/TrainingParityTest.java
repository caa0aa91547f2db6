package io.gill.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gill.Precision;
import io.gill.clip.ClipVisionInspection;
import io.gill.clip.ClipVisionModel;
import io.gill.lm.DecoderSnapshot;
import io.gill.projection.ModelArgs;
import io.gill.stage.Tokenizer;
import io.gill.testsupport.Parity;
import io.gill.testsupport.Reference;
import io.gill.testsupport.TestDevice;
import io.gill.testsupport.TestTensors;
import io.gill.text.OptTokenizer;
import io.gill.torch.AdamW;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Repeats three steps of the published training, on its batches and from its checkpoints. */
class TrainingParityTest {
  /** Limit of the reference data for training (its README): other kernels, and three steps of AdamW. */
  private static final double LIMIT = 1e-4;

  /**
   * In the second step of model-a, the input of one ReLU is zero up to rounding for one of 308 tokens, so that its
   * slope of 0 or 1 depends on the kernel. This small change of its bias gives it the sign that it had in the published
   * kernel, which differs between the two runs.
   */
  private static final String KINK = "model.gen_text_hidden_fcs.0.tfm.decoder.layers.1.linear1.bias";

  private static final int KINK_UNIT = 52;
  private static final float NUDGE = 2e-6f;

  @ParameterizedTest
  @ValueSource(strings = {"model-a", "model-b"})
  void captionsBecomeThePublishedTokensAndLabels(String name) throws IOException {
    Map<String, TestTensors.Tensor> golden = golden(name);
    JsonNode json = json(name);
    ModelArgs args = ModelArgs.read(Reference.path(name, "model_args.json"));
    try (Tokenizer tokenizer = OptTokenizer.load(Reference.path(name, "opt"), args.numTokens())) {
      Sequences.Vocabulary vocabulary = new Sequences.Vocabulary(tokenizer.padId(), tokenizer.imageTokenIds());
      TrainingData data = TrainingData.read(
          Reference.path(name, "train", "captions.tsv"), Reference.path(name, "train"));
      assertThat(data.skipped()).isEmpty();
      assertThat(data.examples()).extracting(TrainingExample::text)
          .containsExactlyElementsOf(texts(json.get("captions")));
      for (int step = 0; step < 3; step++) {
        List<TokenizedText> texts = new ArrayList<>();
        for (TrainingExample example : data.examples().subList(4 * step, 4 * step + 4)) {
          texts.add(TokenizedText.of(tokenizer, "", example.text(), json.get("max_len").intValue()));
        }
        if (step == 2) {
          // The reference data has ids of a newer tokenizer, which keeps white space before [IMG0]. The pinned version,
          // which the library follows, removes it.
          assertThat(texts.get(1).ids()).startsWith(2, 102, 50141, 21714, 1437, 1992, 50266);
          int[] newer = IntStream.of(2, 102, 50141, 21714, 1437, 1992, 1437, 50266, 50267, 50268, 50269, 50270, 50271,
              50272, 50273, 1, 1, 1, 1, 1, 1, 1, 1, 1).toArray();
          texts.set(1, new TokenizedText(newer, 15, 1, 0));
        }
        long[] ids = texts.stream().flatMapToInt(text -> Arrays.stream(text.ids())).asLongStream().toArray();
        assertThat(ids).isEqualTo(golden.get("batch" + step + ".tokens").longs());
        long[] lengths = texts.stream().mapToLong(TokenizedText::length).toArray();
        assertThat(lengths).isEqualTo(golden.get("batch" + step + ".caption_len").longs());
        for (boolean joined : new boolean[] {false, true}) {
          String run = (joined ? "concat" : "plain") + ".step" + step + ".";
          assertThat(labels(Sequences.captioning(texts, args.nVisualTokens(), vocabulary, joined)))
              .isEqualTo(golden.get(run + "captioning.full_labels").longs());
          long[] asked = labels(Sequences.requests(texts, vocabulary, joined));
          assertThat(asked).isEqualTo(golden.get(run + "retrieval.full_labels").longs());
          assertThat(asked).isEqualTo(golden.get(run + "generation.full_labels").longs());
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"model-a,0", "model-a,1", "model-b,0", "model-b,1"})
  void threeStepsAreThePublishedOnes(String name, int runIndex) throws IOException {
    Map<String, TestTensors.Tensor> golden = golden(name);
    JsonNode run = json(name).get("runs").get(runIndex);
    boolean joined = run.get("concat_captions").booleanValue();
    ModelArgs args = ModelArgs.read(Reference.path(name, "model_args.json"));
    long before = Tensor.live();
    AdamW.Settings settings = new AdamW.Settings(
        run.get("betas").get(0).doubleValue(), run.get("betas").get(1).doubleValue(), run.get("eps").doubleValue(),
        run.get("weight_decay").doubleValue());
    try (Tokenizer tokenizer = OptTokenizer.load(Reference.path(name, "opt"), args.numTokens());
        ClipVisionModel clip = ClipVisionModel.load(Reference.path(name, "clip"), TestDevice.get(), Precision.FLOAT32);
        TrainedModel model = load(name, args, tokenizer, clip);
        Updater updater = new Updater(model, settings, run.get("grad_clip").doubleValue(), true, true)) {
      Sequences.Vocabulary vocabulary = new Sequences.Vocabulary(tokenizer.padId(), tokenizer.imageTokenIds());
      Losses losses = new Losses(model, vocabulary, new Losses.Weights(1, 1, 1));
      for (int step = 0; step < 3; step++) {
        JsonNode expected = run.get("steps").get(step);
        String key = run.get("name").textValue() + ".step" + step + ".";
        List<TokenizedText> texts = new ArrayList<>();
        int[] ids = Arrays.stream(golden.get("batch" + step + ".tokens").longs()).mapToInt(Math::toIntExact).toArray();
        long[] lengths = golden.get("batch" + step + ".caption_len").longs();
        for (int i = 0; i < 4; i++) {
          texts.add(new TokenizedText(Arrays.copyOfRange(ids, 24 * i, 24 * i + 24), (int) lengths[i], 1, 0));
        }
        float[][] pooled =
            ClipVisionInspection.of(clip).pooled(golden.get("batch" + step + ".images").floats(), 4);
        float[] targets = golden.get("batch" + step + ".clip_emb").floats();

        Losses.Batch batch = new Losses.Batch(texts, pooled, targets);
        boolean onKink = name.equals("model-a") && step == 1;
        float[] bias = onKink ? model.parameters.values(KINK) : new float[0];
        if (onKink) {
          float[] nudged = bias.clone();
          nudged[KINK_UNIT] += joined ? NUDGE : -NUDGE;
          model.parameters.set(KINK, nudged);
        }
        Losses.Parts parts = Scope.record("training", () -> {
          Losses.Result result = Objects.requireNonNull(
              losses.of(batch, batch, new Losses.Joins(joined, joined, joined)));
          result.loss().backward();
          return result.parts();
        });
        assertParts(key, parts, expected);
        assertGradients(key, model, golden, expected);

        if (onKink) {
          model.parameters.set(KINK, bias);
        }
        double norm = updater.update(expected.get("lr").doubleValue());
        assertThat(norm).as(key + "norm").isCloseTo(
            expected.get("grad_total_norm_before_clip").doubleValue(),
            relative(expected, "grad_total_norm_before_clip"));
        assertThat(updater.imageTokenNorm()).as(key + "RetEmbNorm")
            .isCloseTo(meter(expected, "RetEmbNorm", 0), within(LIMIT));
        assertParameters(key, model, golden, expected);
      }
    }
    assertThat(Tensor.live()).isEqualTo(before);
  }

  private static TrainedModel load(String name, ModelArgs args, Tokenizer tokenizer, ClipVisionModel clip) {
    Path checkpoint = Reference.path(name, "pretrained_ckpt.pth.tar");
    int pixels = 3 * (name.equals("model-a") ? 32 * 32 : 28 * 28);
    int width = ClipVisionInspection.of(clip).pooled(new float[pixels], 1)[0].length;
    DecoderSnapshot language = DecoderSnapshot.of(Reference.path(name, "opt"));
    return TrainedModel.load(language, args, tokenizer.vocabularySize(), width,
        new TrainedModel.Settings(TestDevice.get(), Precision.FLOAT32, checkpoint, 0, 0, true));
  }

  private static void assertParts(String key, Losses.Parts parts, JsonNode expected) {
    assertMeter(key, parts.loss(), expected, "Loss", 0);
    assertMeter(key, parts.captioning(), expected, "CeLoss", 0);
    assertMeter(key, parts.retrieval(), expected, "CeLoss", 1);
    assertMeter(key, parts.generation(), expected, "CeLoss", 2);
    double contrastive = (meter(expected, "contrastive_loss", 0) + meter(expected, "contrastive_loss", 1)) / 2;
    assertThat(parts.contrastive()).as(key + "contrastive").isCloseTo(contrastive, within(LIMIT * contrastive));
    assertMeter(key, parts.conditioning(), expected, "GenLoss", 0);
    assertMeter(key, parts.accuracy1(), expected, "Acc@1", 0);
    assertMeter(key, parts.accuracy5(), expected, "Acc@5", 0);
    assertMeter(key, parts.textToImage1(), expected, "AccCaption@1", 0);
    assertMeter(key, parts.imageToText1(), expected, "AccImage@1", 0);
    assertMeter(key, parts.visualNorm(), expected, "VisualEmbNormCap", 0);
    JsonNode entropies = expected.get("ce_losses");
    assertThat(parts.captioning())
        .isCloseTo(entropies.get("captioning").doubleValue(), relative(entropies, "captioning"));
    assertThat(2 * parts.retrieval())
        .isCloseTo(entropies.get("retrieval").doubleValue(), relative(entropies, "retrieval"));
    assertThat(2 * parts.generation())
        .isCloseTo(entropies.get("generation").doubleValue(), relative(entropies, "generation"));
  }

  private static void assertGradients(
      String key, TrainedModel model, Map<String, TestTensors.Tensor> golden, JsonNode expected) {
    double largestNorm = 0;
    for (JsonNode norm : expected.get("grad_norms")) {
      largestNorm = Math.max(largestNorm, norm.doubleValue());
    }
    for (String name : model.parameters.names()) {
      float[] gradient = Scope.compute("reading", () ->
          Objects.requireNonNull(model.parameters.get(name).gradient(), name).toFloats());
      // A gradient that is pure rounding, such as that of a key's bias, on which attention does not depend, has no
      // digits to compare. Its size is bounded by that of the other gradients instead.
      double floor = 1e-6 * largestNorm;
      String jsonName = jsonName(name);
      assertThat(norm(gradient)).as(key + name + " gradient norm").isCloseTo(
          expected.get("grad_norms").get(jsonName).doubleValue(),
          within(LIMIT * expected.get("grad_norms").get(jsonName).doubleValue() + floor));
      TestTensors.Tensor whole = golden.get(key + "grad." + name);
      if (name.equals(TrainedModel.IMAGE_TOKENS)) {
        float[] rows = golden.get(key + "grad." + name + ".rows").floats();
        assertClose(key + name + " gradient", gradient, imageRows(rows, gradient.length), floor);
      } else if (whole != null) {
        assertClose(key + name + " gradient", gradient, whole.floats(), floor);
      }
    }
  }

  private static void assertParameters(
      String key, TrainedModel model, Map<String, TestTensors.Tensor> golden, JsonNode expected) {
    for (String name : model.parameters.names()) {
      float[] values = model.parameters.values(name);
      TestTensors.Tensor whole = golden.get(key + "after." + name);
      if (name.equals(TrainedModel.IMAGE_TOKENS)) {
        float[] rows = golden.get(key + "after." + name + ".rows").floats();
        Parity.assertClose(key + name, values, imageRows(rows, values.length), LIMIT);
        int d = values.length / model.args.numTokens();
        int[] frozen = {0, 1, 2, 3, 1000, 50265}; // embedding_rows_index, without the [IMG] tokens
        float[] table = Scope.compute("reading", () -> model.language.embeddings(frozen).toFloats());
        Parity.assertClose(key + "frozen rows", table, Arrays.copyOf(rows, frozen.length * d), 1e-6);
      } else if (whole != null && name.endsWith("in_proj_bias")) {
        // Attention does not depend on the bias of its keys. Its gradient is rounding, which AdamW turns into full
        // steps.
        int h = values.length / 3;
        float[] expectedValues = whole.floats();
        Parity.assertClose(
            key + name + " of queries", Arrays.copyOf(values, h), Arrays.copyOf(expectedValues, h), LIMIT);
        Parity.assertClose(key + name + " of values", Arrays.copyOfRange(values, 2 * h, 3 * h),
            Arrays.copyOfRange(expectedValues, 2 * h, 3 * h), LIMIT);
      } else if (whole != null) {
        Parity.assertClose(key + name, values, whole.floats(), LIMIT);
      } else {
        double norm = expected.get("param_norms").get(jsonName(name)).doubleValue();
        assertThat(norm(values)).as(key + name + " norm").isCloseTo(norm, within(LIMIT * norm));
      }
    }
  }

  private static void assertClose(String what, float[] actual, float[] expected, double floor) {
    double largest = IntStream.range(0, expected.length).mapToDouble(i -> Math.abs(expected[i])).max().orElse(0);
    double difference = IntStream.range(0, expected.length)
        .mapToDouble(i -> Math.abs((double) actual[i] - expected[i])).max().orElse(0);
    assertThat(actual).as(what).hasSameSizeAs(expected);
    assertThat(difference).as(what + ", against a largest value of " + largest)
        .isLessThanOrEqualTo(LIMIT * largest + floor);
  }

  /** Returns the last of the stored rows. */
  private static float[] imageRows(float[] rows, int length) {
    return Arrays.copyOfRange(rows, rows.length - length, rows.length);
  }

  private static double norm(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum);
  }

  private static String jsonName(String name) {
    return name.equals(TrainedModel.IMAGE_TOKENS) ? "model.lm.model.decoder.embed_tokens.weight" : name;
  }

  private static void assertMeter(String key, double actual, JsonNode expected, String name, int index) {
    double value = meter(expected, name, index);
    assertThat(actual).as(key + name + " " + index).isCloseTo(value, within(LIMIT * Math.abs(value)));
  }

  private static double meter(JsonNode step, String name, int index) {
    int seen = 0;
    for (JsonNode meter : step.get("meters")) {
      if (meter.get(0).textValue().equals(name) && seen++ == index) {
        return meter.get(1).doubleValue();
      }
    }
    throw new IllegalArgumentException(name);
  }

  private static org.assertj.core.data.Offset<Double> relative(JsonNode node, String name) {
    return within(LIMIT * node.get(name).doubleValue());
  }

  private static long[] labels(Sequences sequences) {
    return sequences.rows().stream().flatMapToLong(row -> Arrays.stream(row.labels())).toArray();
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(text -> texts.add(text.textValue()));
    return texts;
  }

  private static Map<String, TestTensors.Tensor> golden(String name) {
    return TestTensors.read(Reference.path("golden", name, "train.safetensors"));
  }

  private static JsonNode json(String name) throws IOException {
    return new ObjectMapper().readTree(Reference.path("golden", name, "train.json").toFile());
  }
}
