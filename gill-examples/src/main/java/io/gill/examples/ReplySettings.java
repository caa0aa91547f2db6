package io.gill.examples;

import io.gill.DiffusionOptions;
import io.gill.History;
import io.gill.RespondOptions;
import io.gill.RespondOptions.ImagePolicy;
import io.gill.RespondOptions.TextCut;
import io.gill.Sampler;
import io.gill.Sampling;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/**
 * Options of a reply: {@code --max-tokens} on the command line, {@code maxTokens} in a script. An option that is not
 * given keeps its value.
 */
public final class ReplySettings {
  @Option(names = "--max-tokens", paramLabel = "N", description = "Maximum number of tokens in a reply (32).")
  private @Nullable Integer maxTokens;

  @Option(names = "--min-word-tokens", paramLabel = "N", description = "Minimum number of tokens before an image (0).")
  private @Nullable Integer minWordTokens;

  @Option(names = "--image-bias", paramLabel = "F", description = "Factor on the logit of an image (1).")
  private @Nullable Double imageBias;

  @Option(names = "--max-images", paramLabel = "N", description = "Maximum number of images in a reply (1).")
  private @Nullable Integer maxImages;

  @Option(names = "--temperature", paramLabel = "T", description = "Sampling temperature; 0 (default) is greedy.")
  private @Nullable Double temperature;

  @Option(names = "--top-p", paramLabel = "P", description = "Probability mass that sampling keeps (1).")
  private @Nullable Double topP;

  @Option(names = "--history-turns", paramLabel = "N",
      description = "Maximum number of turns, yours and the model's, that the model reads, if they fit.")
  private @Nullable Integer historyTurns;

  @Option(names = "--seed", paramLabel = "N", description = "Seed of sampling and of the images' noise (1337).")
  private @Nullable Long seed;

  @Option(
      names = {"--policy", "--image-policy"},
      paramLabel = "POLICY",
      converter = PolicyConverter.class,
      description = "Where images come from: decide (default), retrieve, generate or both.")
  private @Nullable ImagePolicy policy;

  @Option(names = "--top-k", paramLabel = "N", description = "Number of images retrieved per image of the reply (3).")
  private @Nullable Integer topK;

  @Option(
      names = "--generated-images",
      paramLabel = "N",
      description = "Number of images generated per image of the reply (1).")
  private @Nullable Integer generatedImages;

  @Option(names = "--steps", paramLabel = "N", description = "Denoising steps of a generated image (50).")
  private @Nullable Integer steps;

  @Option(names = "--guidance", paramLabel = "W", description = "Scale of classifier-free guidance (7.5).")
  private @Nullable Double guidance;

  @Option(
      names = "--size",
      paramLabel = "WxH",
      converter = SizeConverter.class,
      description = "Size of a generated image, as 512x768 or 512; 0 (default) is the model's own.")
  private @Nullable Size size;

  @Option(
      names = "--scheduler",
      paramLabel = "NAME",
      converter = SchedulerConverter.class,
      description = "ddim (default), pndm, dpm-solver, dpm-solver-sde, unipc, euler, euler-ancestral, lcm, tcd, or"
          + " model for the model's own.")
  private DiffusionOptions.@Nullable SchedulerType scheduler;

  @Option(
      names = "--spacing",
      paramLabel = "NAME",
      converter = SpacingConverter.class,
      description = "Spacing of steps: model (default), linspace, leading, trailing, karras, exponential, beta or"
          + " lu.")
  private DiffusionOptions.@Nullable StepSpacing spacing;

  @Option(names = "--eta", paramLabel = "E", description = "Noise that DDIM and TCD add, 0 (default) to 1.")
  private @Nullable Double eta;

  @Option(names = "--deep-cache", paramLabel = "N",
      description = "Compute the UNet's deep features in every Nth step only; 1 (default) computes them in each.")
  private @Nullable Integer deepCache;

  @Option(names = "--negative-prompt", paramLabel = "TEXT", description = "What a generated image should not show.")
  private @Nullable String negativePrompt;

  @Option(names = "--start-image", paramLabel = "N",
      description = "Image of the conversation that images start from: 0 is the first, -1 the last; none by default.")
  private @Nullable Integer startImage;

  @Option(names = "--strength", paramLabel = "S", description = "Fraction of the start image to replace (0.8).")
  private @Nullable Double strength;

  @Option(
      names = "--text-cut",
      paramLabel = "WHERE",
      converter = CutConverter.class,
      description = "Where a text is cut: sentence (default), line or none.")
  private @Nullable TextCut textCut;

  /**
   * Overrides options by the given ones.
   *
   * @param base the options
   * @return the base options with the given ones
   */
  public RespondOptions over(RespondOptions base) {
    RespondOptions.Builder options = base.toBuilder();
    ifGiven(maxTokens, options::maxTokens);
    ifGiven(minWordTokens, options::minWordTokens);
    ifGiven(imageBias, options::imageBias);
    ifGiven(maxImages, options::maxImages);
    ifGiven(seed, options::seed);
    ifGiven(policy, options::imagePolicy);
    ifGiven(topK, options::topK);
    ifGiven(generatedImages, options::generatedImages);
    ifGiven(textCut, options::textCut);
    ifGiven(historyTurns, most -> options.history(History.lastTurns(most)));
    if (temperature != null || topP != null) {
      double t = temperature != null ? temperature : temperature(base);
      options.sampler(Sampler.nucleus(t, topP != null ? topP : t == 0 ? 1 : topP(base)));
    }
    DiffusionOptions.Builder diffusion = base.diffusion().toBuilder();
    ifGiven(steps, diffusion::steps);
    ifGiven(guidance, diffusion::guidanceScale);
    ifGiven(size, value -> diffusion.size(value.width, value.height));
    ifGiven(scheduler, diffusion::scheduler);
    ifGiven(spacing, diffusion::spacing);
    ifGiven(eta, diffusion::eta);
    ifGiven(deepCache, diffusion::deepCache);
    ifGiven(negativePrompt, diffusion::negativePrompt);
    ifGiven(strength, diffusion::strength);
    ifGiven(startImage, options::startImage);
    return options.diffusion(diffusion.build()).build();
  }

  private static <T> void ifGiven(@Nullable T value, Consumer<T> set) {
    if (value != null) {
      set.accept(value);
    }
  }

  private static double temperature(RespondOptions options) {
    return options.sampler() instanceof Sampling sampling ? sampling.temperature() : 0;
  }

  private static double topP(RespondOptions options) {
    return options.sampler() instanceof Sampling sampling ? sampling.topP() : 1;
  }

  /**
   * Describes options.
   *
   * @param options the options
   * @return all settings by their names in a script
   */
  public static Map<String, String> describe(RespondOptions options) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("maxTokens", Integer.toString(options.maxTokens()));
    facts.put("minWordTokens", Integer.toString(options.minWordTokens()));
    facts.put("imageBias", number(options.imageBias()));
    facts.put("maxImages", Integer.toString(options.maxImages()));
    facts.put("temperature", number(temperature(options)));
    facts.put("topP", number(topP(options)));
    if (options.history() instanceof History.LastTurns last) {
      facts.put("historyTurns", Integer.toString(last.most()));
    }
    facts.put("seed", Long.toString(options.seed()));
    facts.put("imagePolicy", Choice.name(options.imagePolicy()));
    facts.put("topK", Integer.toString(options.topK()));
    facts.put("generatedImages", Integer.toString(options.generatedImages()));
    facts.putAll(describe(options.diffusion()));
    options.startImage().ifPresent(picture -> {
      facts.put("startImage", Integer.toString(picture));
      facts.put("strength", number(options.diffusion().strength()));
    });
    facts.put("textCut", Choice.name(options.textCut()));
    return facts;
  }

  /** Returns the settings of generated images. */
  static Map<String, String> describe(DiffusionOptions options) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("steps", Integer.toString(options.steps()));
    facts.put("guidance", number(options.guidanceScale()));
    facts.put("size", options.width() == 0 && options.height() == 0
        ? "0" : options.width() + "x" + options.height());
    facts.put("scheduler", Choice.name(options.scheduler()));
    facts.put("spacing", Choice.name(options.spacing()));
    facts.put("eta", number(options.eta()));
    facts.put("deepCache", Integer.toString(options.deepCache()));
    facts.put("negativePrompt", options.negativePrompt());
    return facts;
  }

  /** Formats a number without a trailing ".0". */
  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e9 ? Long.toString((long) value) : Double.toString(value);
  }

  /** The size of an image. */
  private record Size(int width, int height) {}

  static final class SizeConverter implements ITypeConverter<Size> {
    @Override
    public Size convert(String value) {
      if (!value.matches("\\d{1,5}(x\\d{1,5})?")) {
        throw new TypeConversionException("'" + value + "' is not a size like 512x768 or 512");
      }
      String[] sides = value.split("x", 2);
      int width = Integer.parseInt(sides[0]);
      return new Size(width, sides.length > 1 ? Integer.parseInt(sides[1]) : width);
    }
  }

  static final class PolicyConverter extends Choice<ImagePolicy> {
    PolicyConverter() {
      super(ImagePolicy.class);
    }
  }

  static final class SchedulerConverter extends Choice<DiffusionOptions.SchedulerType> {
    SchedulerConverter() {
      super(DiffusionOptions.SchedulerType.class);
    }
  }

  static final class SpacingConverter extends Choice<DiffusionOptions.StepSpacing> {
    SpacingConverter() {
      super(DiffusionOptions.StepSpacing.class);
    }
  }

  static final class CutConverter extends Choice<TextCut> {
    CutConverter() {
      super(TextCut.class);
    }
  }
}
