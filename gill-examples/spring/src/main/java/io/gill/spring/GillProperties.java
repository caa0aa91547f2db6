package io.gill.spring;

import io.gill.Device;
import io.gill.DiffusionOptions;
import io.gill.GillModel;
import io.gill.LoadOptions;
import io.gill.Precision;
import io.gill.Quantization;
import io.gill.RespondOptions;
import io.gill.RespondOptions.ImagePolicy;
import io.gill.RespondOptions.TextCut;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Properties {@code gill.*}.
 *
 * @param directory the model directory; required unless the application defines a bean {@code GillModel} or
 *     {@code GillModel.Builder}
 * @param device {@code cpu}, {@code cuda} or {@code cuda:1}
 * @param precision precision of all stages
 * @param generatorPrecision precision of the image generator; {@code precision} by default
 * @param quantization storage of the language model's matrices
 * @param retrieval whether to load the image collection
 * @param generation whether to load the image generator
 * @param limits limits on concurrent calls
 * @param fileUrls whether images of {@code file:} URLs are read, which are refused otherwise. Whoever writes the
 *     messages then chooses which pictures of this machine the model reads
 * @param cachedConversations maximum number of conversations whose caches are kept, so that a longer one is read from
 *     where it differs
 * @param reply defaults of replies
 */
@ConfigurationProperties("gill")
public record GillProperties(@Nullable Path directory, @DefaultValue("cpu") String device,
    @DefaultValue("float32") Precision precision, @Nullable Precision generatorPrecision,
    @DefaultValue("none") Quantization quantization, @DefaultValue("true") boolean retrieval,
    @DefaultValue("true") boolean generation, @Nullable Limits limits, @DefaultValue("false") boolean fileUrls,
    @DefaultValue("0") int cachedConversations, @DefaultValue ReplyDefaults reply) {
  /** Time that a reply may take if neither the properties nor the model's own options say so. */
  private static final Duration TIMEOUT = Duration.ofMinutes(10);

  /**
   * Properties {@code gill.limits.*}. An application's own {@code GillModel.Builder} keeps its limits unless one of
   * these properties is set.
   *
   * @param running number of calls that compute at a time
   * @param generating number of these that generate images at a time
   * @param waiting number of calls that may wait; one more fails with {@code ModelBusyException}
   */
  public record Limits(@DefaultValue("8") int running, @DefaultValue("2") int generating,
      @DefaultValue("16") int waiting) {
    /** The limits of an application that sets none. */
    static final Limits DEFAULT = new Limits(8, 2, 16);

    GillModel.Builder on(GillModel.Builder builder) {
      return builder.limits(running, waiting).limitGeneration(generating);
    }
  }

  /**
   * Properties {@code gill.reply.*}: options of a reply unless a prompt has others. Those that are not set are the
   * model's own.
   *
   * @param maxTokens maximum number of decoding steps
   * @param maxImages maximum number of images in a reply
   * @param temperature 0 for greedy decoding
   * @param topP part of the probability that is sampled from
   * @param seed seed of sampling and images
   * @param imagePolicy how a requested image is obtained
   * @param textCut where a text is cut
   * @param timeout time that a call may take, including the time that it waits; ten minutes if the model's own options
   *     have none
   * @param steps number of diffusion steps
   * @param guidance scale of classifier-free guidance
   */
  public record ReplyDefaults(@Nullable Integer maxTokens, @Nullable Integer maxImages, @Nullable Double temperature,
      @Nullable Double topP, @Nullable Long seed, @Nullable ImagePolicy imagePolicy, @Nullable TextCut textCut,
      @Nullable Duration timeout, @Nullable Integer steps, @Nullable Double guidance) {
    /** Returns the model's own options with these in their place. */
    RespondOptions over(RespondOptions model) {
      RespondOptions.Builder options = model.toBuilder();
      DiffusionOptions.Builder diffusion = model.diffusion().toBuilder();
      set(maxTokens, options::maxTokens);
      set(maxImages, options::maxImages);
      if (temperature != null || topP != null) {
        options.sampler(Prompts.sampler(temperature == null ? 1 : temperature, topP == null ? 1 : topP, 0));
      }
      set(seed, options::seed);
      set(imagePolicy, options::imagePolicy);
      set(textCut, options::textCut);
      options.timeout(timeout == null ? model.timeout().orElse(TIMEOUT) : timeout);
      set(steps, diffusion::steps);
      set(guidance, diffusion::guidanceScale);
      return options.diffusion(diffusion.build()).build();
    }

    private static <T> void set(@Nullable T value, Consumer<T> setter) {
      if (value != null) {
        setter.accept(value);
      }
    }
  }

  LoadOptions loadOptions() {
    return LoadOptions.builder().device(Device.parse(device)).precision(precision)
        .generatorPrecision(generatorPrecision == null ? precision : generatorPrecision)
        .quantization(quantization).retrieval(retrieval).generation(generation).build();
  }
}
