package io.gill;

import io.gill.stage.ImageGeneratorPlan;
import io.gill.stage.LanguageModelPlan;
import io.gill.stage.LoadCost;
import io.gill.stage.StageSettings;
import io.gill.stage.VisionEncoderPlan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What loading the planned parts of a model takes. A null plan stands for a part that is not loaded.
 *
 * <p>A model is rejected if the copies of its weights do not fit. Mapped weights need not fit, but without room for
 * them every token is read from disk: so such options are not advised. Caches and activations depend on the
 * conversation.
 */
record LoadEstimate(@Nullable LanguageModelPlan language, @Nullable VisionEncoderPlan vision,
    @Nullable ImageGeneratorPlan generator) {
  /** Less is not worth the question: the Java heap may change by as much meanwhile. */
  private static final long SMALL = 1L << 28;

  private record Choice(String name, LoadCost cost) {
    String advice() {
      return String.format(Locale.ROOT, "use %s, which needs %.1f GB", name, needed() / 1e9);
    }

    /** The memory for a model that is not read from disk for every token. */
    long needed() {
      return cost.memory() + cost.mapped();
    }
  }

  LoadCost cost(LoadOptions options) {
    LoadCost cost = LoadCost.NONE;
    if (language != null) {
      cost = cost.plus(language.cost(languageSettings(options)));
    }
    if (vision != null) {
      cost = cost.plus(vision.cost(visionSettings(options)));
    }
    if (generator != null) {
      cost = cost.plus(generator.cost(generatorSettings(options)));
    }
    return cost;
  }

  static StageSettings languageSettings(LoadOptions options) {
    return new StageSettings(
        options.device(), options.precision(), options.quantization(), options.cachePrecision(), bytes -> {});
  }

  static StageSettings visionSettings(LoadOptions options) {
    return new StageSettings(options.device(), options.precision());
  }

  static StageSettings generatorSettings(LoadOptions options) {
    return new StageSettings(options.device(), options.generatorPrecision());
  }

  /**
   * Rejects a model that does not fit into memory.
   *
   * @param root the model directory
   * @param available free and reclaimable memory, in bytes
   * @throws GillException naming what is needed, what is available, and options that need less
   */
  void require(Path root, LoadOptions options, long available) {
    long needed = cost(options).memory();
    if (needed > Math.max(available, SMALL)) {
      throw new GillException(String.format(Locale.ROOT,
          "%s needs %.1f GB of memory, but %.1f GB are available: %s",
          root, needed / 1e9, available / 1e9, advice(options, available)));
    }
  }

  private String advice(LoadOptions options, long available) {
    return choices(options)
        .filter(choice -> choice.needed() <= available)
        .findFirst()
        .map(Choice::advice)
        .orElse("quantise the language model once with 'quantize' of gill-examples, whose result stays memory-mapped,"
            + " or load without image generation");
  }

  /** Returns options that may need less memory, the most accurate first. */
  private Stream<Choice> choices(LoadOptions options) {
    List<Choice> sixteen = new ArrayList<>();
    for (Precision precision : List.of(Precision.FLOAT16, Precision.BFLOAT16)) {
      sixteen.add(new Choice("precision " + precision, cost(options.toBuilder().precision(precision).build())));
    }
    sixteen.sort(Comparator.comparingLong(choice -> choice.cost.memory())); // one of them may need no copies
    List<Choice> quantized = new ArrayList<>();
    if (options.quantization() == Quantization.NONE && language != null) {
      for (Quantization quantization : List.of(Quantization.INT8, Quantization.INT4)) {
        LoadOptions less = options.toBuilder().quantization(quantization).build();
        quantized.add(new Choice("quantization " + quantization, cost(less)));
        quantized.add(new Choice("quantization " + quantization + " and precision FLOAT16",
            cost(less.toBuilder().precision(Precision.FLOAT16).build())));
      }
    }
    return Stream.concat(sixteen.stream(), quantized.stream());
  }
}
