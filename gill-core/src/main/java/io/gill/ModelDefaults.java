package io.gill;

import io.gill.DiffusionOptions.SchedulerType;
import io.gill.RespondOptions.TextCut;
import io.gill.weights.ConfigFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Reads the options that suit a model best from its directory's {@code gill_defaults.json}. {@link GillModel#defaults}
 * describes it.
 */
final class ModelDefaults {
  static final String FILE = "gill_defaults.json";

  private static final String MAX_TOKENS = "max_tokens";
  private static final String MAX_IMAGES = "max_images";
  private static final String HISTORY_TURNS = "history_turns";
  private static final String PROMPT_FORMAT = "prompt_format";
  private static final String TEXT_CUT = "text_cut";
  private static final String STEPS = "num_inference_steps";
  private static final String GUIDANCE_SCALE = "guidance_scale";
  private static final String SCHEDULER = "scheduler";
  private static final List<String> KEYS =
      List.of(MAX_TOKENS, MAX_IMAGES, HISTORY_TURNS, PROMPT_FORMAT, TEXT_CUT, STEPS, GUIDANCE_SCALE, SCHEDULER);

  private static final Map<String, PromptFormat> FORMATS = Map.of(
      "question_answer", PromptFormat.questionAnswer(),
      "published_question_answer", PromptFormat.publishedQuestionAnswer(),
      "plain", PromptFormat.plain());

  private ModelDefaults() {}

  /**
   * Reads the options of a model directory.
   *
   * @return the library's defaults for what the file does not set
   * @throws GillException if the file has an unknown key or a value that cannot be used
   */
  static RespondOptions read(Path directory) {
    return ConfigFile.readIfPresent(directory.resolve(FILE)).validated(ModelDefaults::options);
  }

  private static RespondOptions options(ConfigFile file) {
    file.keys().stream().filter(key -> !KEYS.contains(key)).findFirst().ifPresent(key -> {
      throw new IllegalArgumentException("unknown key " + key + ": use " + String.join(", ", KEYS));
    });
    RespondOptions.Builder options = RespondOptions.builder();
    DiffusionOptions.Builder diffusion = DiffusionOptions.builder();
    if (file.has(MAX_TOKENS)) {
      options.maxTokens(file.count(MAX_TOKENS));
    }
    if (file.has(MAX_IMAGES)) {
      options.maxImages(file.count(MAX_IMAGES));
    }
    if (file.has(HISTORY_TURNS)) {
      options.history(History.lastTurns(file.count(HISTORY_TURNS)));
    }
    if (file.has(PROMPT_FORMAT)) {
      options.promptFormat(one(file, PROMPT_FORMAT, FORMATS));
    }
    if (file.has(TEXT_CUT)) {
      options.textCut(one(file, TEXT_CUT, names(TextCut.values())));
    }
    if (file.has(STEPS)) {
      diffusion.steps(file.count(STEPS));
    }
    if (file.has(GUIDANCE_SCALE)) {
      diffusion.guidanceScale(file.number(GUIDANCE_SCALE, 1));
    }
    if (file.has(SCHEDULER)) {
      diffusion.scheduler(one(file, SCHEDULER, names(SchedulerType.values())));
    }
    return options.diffusion(diffusion.build()).build();
  }

  private static <T> T one(ConfigFile file, String key, Map<String, T> values) {
    T found = values.get(file.text(key, ""));
    if (found == null) {
      throw file.refuse(key, "it must be one of " + String.join(", ", new TreeSet<>(values.keySet())));
    }
    return found;
  }

  private static <T extends Enum<T>> Map<String, T> names(T[] values) {
    return Arrays.stream(values).collect(Collectors.toMap(value -> value.name().toLowerCase(Locale.ROOT), v -> v));
  }
}
