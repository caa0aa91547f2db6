package io.gill.examples.server;

import com.fasterxml.jackson.databind.JsonNode;
import io.gill.DiffusionOptions;
import io.gill.RespondOptions;
import io.gill.RespondOptions.ImagePolicy;
import io.gill.Sampler;
import io.gill.Sampling;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads the fields of requests that become options of a reply. */
final class ReplyFields {
  /** Seeds that JavaScript's numbers represent exactly. */
  private static final long MOST_SEED = (1L << 53) - 1;

  private static final int MOST_STOPS = 4;
  private static final int MOST_PICTURE_PIXELS = 2 << 20;

  /** That of {@link DiffusionOptions}. */
  private static final int MOST_SIDE = 4096;

  private static final int MOST_TOP_K = 1_000_000;

  /** Text encoders read some 77 tokens but tokenize the whole prompt, which nothing cancels. */
  private static final int MOST_NEGATIVE_PROMPT = 10_000;

  private static final Pattern SIZE = Pattern.compile("(\\d{1,4})x(\\d{1,4})");

  private static final Set<String> KNOWN = Set.of("policy", "steps", "guidance", "size", "negative_prompt", "pictures",
      "max_images", "min_word_tokens", "image_bias", "start_image", "strength", "candidates", "previews");

  /** Ollama's options that would change the answer, with the values that change nothing. */
  private static final Map<String, Set<String>> UNSUPPORTED = Map.of(
      "min_p", Set.of("0", "0.0"), "typical_p", Set.of("1", "1.0"), "tfs_z", Set.of("1", "1.0"),
      "mirostat", Set.of("0"));

  private final Limits limits;
  private final RespondOptions.Builder options;
  private final DiffusionOptions.Builder diffusion;

  ReplyFields(Limits limits, RespondOptions defaults) {
    this.limits = limits;
    options = defaults.toBuilder();
    diffusion = defaults.diffusion().toBuilder();
  }

  /**
   * Reads the sampling fields, which OpenAI and Ollama share except for the names of some. OpenAI has no {@code top_k}
   * and no {@code repetition_penalty}, but other servers with its interface do.
   */
  ReplyFields sampling(Fields request, String... tokens) {
    Stream.of(tokens).map(name -> request.integer(name, 1, limits.tokens())).flatMap(Optional::stream).findFirst()
        .ifPresent(value -> options.maxTokens(value.intValue()));
    long topK = Math.max(0, request.integer("top_k", -1, MOST_TOP_K).orElse(0L)); // -1 and 0 mean all
    Optional<Double> temperature = request.number("temperature", 0, 2);
    Optional<Double> topP = request.number("top_p", 0, 1);
    if (temperature.isPresent() || topP.isPresent() || topK > 0) {
      options.sampler(temperature.orElse(1.0) == 0 ? Sampler.greedy()
          : new Sampling(temperature.orElse(1.0), Math.max(topP.orElse(1.0), 1e-6), (int) topK));
    }
    options.seed(request.integer("seed", -MOST_SEED, MOST_SEED)
        .orElseGet(() -> ThreadLocalRandom.current().nextLong(1L << 32)));
    request.number("presence_penalty", -2, 2).ifPresent(options::presencePenalty);
    request.number("frequency_penalty", -2, 2).ifPresent(options::frequencyPenalty);
    request.number("repetition_penalty", 0.01, 1000).ifPresent(options::repetitionPenalty);
    List<String> stop = request.texts("stop", MOST_STOPS);
    if (stop.contains("")) {
      throw ApiException.bad(request.at("stop"), request.at("stop") + " must not be empty");
    }
    options.stop(stop);
    return this;
  }

  /** Reads Ollama's options. A negative {@code num_predict} asks for as many tokens as the server allows. */
  ReplyFields ollama(Fields request) {
    JsonNode tokens = request.get("num_predict");
    if (tokens != null && tokens.isNumber() && tokens.doubleValue() < 0) {
      options.maxTokens(limits.tokens());
      sampling(request);
    } else {
      sampling(request, "num_predict");
    }
    UNSUPPORTED.forEach(request::refuse);
    request.number("repeat_penalty", 0.01, 1000).ifPresent(options::repetitionPenalty);
    return this;
  }

  /** Reads which kinds of answers the client takes. */
  ReplyFields modalities(Fields request) {
    List<String> modalities = request.texts("modalities", 3);
    for (String one : modalities) {
      if (!Set.of("text", "image").contains(one)) {
        throw ApiException.bad("modalities", "unsupported_parameter", "modalities may be text and image only");
      }
    }
    if (!modalities.isEmpty() && !modalities.contains("image")) {
      options.maxImages(0);
    }
    return this;
  }

  /** Reads GILL's own fields. */
  ReplyFields gill(Fields gill) {
    gill.only(KNOWN);
    gill.text("policy").ifPresent(name -> options.imagePolicy(policy(gill, name)));
    gill.integer("steps", 1, limits.steps()).ifPresent(value -> diffusion.steps(value.intValue()));
    gill.number("guidance", 0, 100).ifPresent(diffusion::guidanceScale);
    gill.text("size").ifPresent(size -> size(gill.at("size"), size));
    gill.text("negative_prompt").ifPresent(text -> negativePrompt(gill.at("negative_prompt"), text));
    gill.integer("pictures", 1, limits.pictures())
        .ifPresent(value -> options.generatedImages(value.intValue()).topK(value.intValue()));
    gill.integer("max_images", 0, 8).ifPresent(value -> options.maxImages(value.intValue()));
    gill.integer("min_word_tokens", 0, limits.tokens()).ifPresent(value -> options.minWordTokens(value.intValue()));
    gill.number("image_bias", 0.01, 100).ifPresent(options::imageBias);
    gill.integer("start_image", -1000, 1000).ifPresent(value -> options.startImage(value.intValue()));
    gill.number("strength", 0.01, 1).ifPresent(diffusion::strength);
    return this;
  }

  private static ImagePolicy policy(Fields gill, String name) {
    return Stream.of(ImagePolicy.values()).filter(policy -> policy.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst().orElseThrow(() -> ApiException.bad(gill.at("policy"),
            gill.at("policy") + " must be decide, retrieve, generate or both"));
  }

  private void negativePrompt(String at, String text) {
    if (text.length() > MOST_NEGATIVE_PROMPT) {
      throw ApiException.bad(at, at + " has " + text.length() + " characters: use at most " + MOST_NEGATIVE_PROMPT);
    }
    diffusion.negativePrompt(text);
  }

  ReplyFields size(String at, String size) {
    Matcher matcher = SIZE.matcher(size);
    if (size.equals("auto")) {
      return this;
    }
    if (!matcher.matches()) {
      throw ApiException.bad(at, at + " must be a size such as 512x512, or auto");
    }
    int width = Integer.parseInt(matcher.group(1));
    int height = Integer.parseInt(matcher.group(2));
    if (Math.min(width, height) < 1 || Math.max(width, height) > MOST_SIDE || width * height > MOST_PICTURE_PIXELS) {
      throw ApiException.bad(at, at + " is out of range: use 1 to " + MOST_SIDE + " pixels a side and up to "
          + MOST_PICTURE_PIXELS + " in all");
    }
    diffusion.size(width, height);
    return this;
  }

  ReplyFields pictures(int count) {
    options.generatedImages(count);
    return this;
  }

  ReplyFields startImage(BufferedImage image) {
    diffusion.startImage(image);
    return this;
  }

  ReplyFields mask(BufferedImage mask) {
    diffusion.mask(mask);
    return this;
  }

  RespondOptions.Builder options() {
    return options.diffusion(diffusion.build());
  }

}
