package io.gill.examples.parity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gill.DiffusionOptions;
import io.gill.DiffusionOptions.SchedulerType;
import io.gill.DiffusionOptions.StepSpacing;
import io.gill.Precision;
import io.gill.diffusion.StableDiffusion;
import io.gill.diffusion.StableDiffusionInspection;
import io.gill.diffusion.StableDiffusionOptions;
import io.gill.image.Images;
import io.gill.stage.Conditioning;
import io.gill.stage.ImageGenerator.Noise;
import io.gill.text.ClipTokenizer;
import io.gill.torch.NoiseGenerator;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Stable Diffusion: text encoder, UNet with its blocks, autoencoder, and whole runs step by step. */
final class DiffusionCases {
  private static final String PART = "diffusion";
  private static final Pattern ENDS = Pattern.compile("first (\\d+) and last (\\d+) steps");
  private static final Pattern EVERY = Pattern.compile("every (\\d+)th pixel.*");
  private static final Pattern PREDICTION = Pattern.compile("unet\\.(.*)noise_pred\\.t(\\d+(?:\\.\\d+)?)");
  private static final Pattern BLOCKS = Pattern.compile("unet\\.(debug_t(\\d+)_row(\\d+))\\.(.*)");

  /** The non-square latents were recorded with this many tokens of the first text. */
  private static final int TOKENS_OF_RECT = 9;

  private final Folder folder;
  private final String model;
  private final Path snapshot;
  private final Models models;
  private final Lazy<StableDiffusion> generator;
  private final JsonNode json;
  private final Golden golden;

  private DiffusionCases(Folder folder, Models models, String model, Path snapshot, Lazy<StableDiffusion> generator,
      JsonNode json, Golden golden) {
    this.folder = folder;
    this.models = models;
    this.model = model;
    this.snapshot = snapshot;
    this.generator = generator;
    this.json = json;
    this.golden = golden;
  }

  static void run(Folder folder, Models models, String model, Report report) throws IOException {
    JsonNode json = Folder.json(folder.golden(model, "sd.json"));
    Path snapshot = folder.imageGenerator(model);
    try (Golden golden = Golden.open(folder.golden(model, "sd.safetensors"));
        Lazy<StableDiffusion> generator =
            new Lazy<>(() -> StableDiffusion.load(snapshot, models.device(), Precision.FLOAT32))) {
      DiffusionCases cases = new DiffusionCases(folder, models, model, snapshot, generator, json, golden);
      report.run(PART, model + "/text.input_ids", cases::ids);
      report.run(PART, model + "/text_encoder", cases::text);
      if (golden.has("encode_prompt.prompt_embeds")) {
        report.run(PART, model + "/encode_prompt", cases::prompts);
      }
      cases.unet(report);
      report.run(PART, model + "/vae.decoded", cases::decoded);
      report.run(PART, model + "/vae.encoded", cases::encoded);
      if (golden.has("pipe.latents")) {
        report.run(PART, model + "/pipe.latents", cases::noise);
      }
      for (JsonNode run : Folder.required(json, "pipelines")) {
        report.run(PART, model + "/" + Folder.text(run, "name"), check -> cases.pipeline(check, run));
      }
      LoraCases.run(folder, models, snapshot, json, golden, report);
      golden.reportUnread(report, PART, model + "/tensors");
    }
  }

  private StableDiffusionInspection parts() {
    return StableDiffusionInspection.of(generator.get());
  }

  // ---- text

  private void ids(Check check) {
    try (ClipTokenizer tokenizer = ClipTokenizer.load(snapshot.resolve("tokenizer"))) {
      int[] actual = Folder.texts(Folder.required(json, "text_prompts")).stream()
          .flatMapToInt(prompt -> Arrays.stream(tokenizer.encodePadded(prompt)))
          .toArray();
      check.same("text.input_ids", actual, golden.ints("text.input_ids"));
    }
  }

  private void text(Check check) {
    int[] shape = golden.shape("text.input_ids");
    int[] ids = golden.ints("text.input_ids");
    List<List<float[]>> states = new ArrayList<>();
    List<float[]> pooled = new ArrayList<>();
    for (int row = 0; row < shape[0]; row++) {
      int[] text = Arrays.copyOfRange(ids, row * shape[1], (row + 1) * shape[1]);
      List<float[]> all = parts().textStates(text);
      states.add(all);
      float[][] last = Golden.rows(all.get(all.size() - 1), all.get(0).length / text.length);
      pooled.add(last[endOfText(text)]);
    }
    int count = states.get(0).size() - 1;
    for (String name : golden.names()) {
      if (name.startsWith("text.hidden_states.")) {
        int index = Integer.parseInt(name.substring(name.lastIndexOf('.') + 1));
        check.holds(name, index < count, "there are " + count + " hidden states");
        compareStates(check, name, states, index);
      }
    }
    compareStates(check, "text.last_hidden_state", states, count);
    check.close("text.pooler_output", Golden.flat(pooled), golden.floats("text.pooler_output"), Tolerance.FORWARD);
  }

  private void compareStates(Check check, String name, List<List<float[]>> states, int index) {
    float[] actual = Golden.flat(states.stream().map(all -> all.get(index)).toList());
    check.close(name, actual, golden.floats(name), Tolerance.FORWARD);
  }

  /** Returns the first position of the end token, where the text is pooled. The end token has the highest id. */
  static int endOfText(int[] ids) {
    int end = 0;
    for (int i = 1; i < ids.length; i++) {
      end = ids[i] > ids[end] ? i : end;
    }
    return end;
  }

  /** The second prompt was recorded, with the first, empty one as the negative prompt. */
  private void prompts(Check check) {
    List<String> prompts = Folder.texts(Folder.required(json, "text_prompts"));
    Map<String, String> recorded = Map.of("encode_prompt.prompt_embeds", prompts.get(1),
        "encode_prompt.negative_prompt_embeds", prompts.get(0), "pipe.negative_prompt_embeds", "");
    recorded.forEach((name, prompt) -> check.close(name, Golden.flat(generator.get().encodePrompt(prompt).tokens()),
        golden.floats(name), Tolerance.FORWARD));
  }

  // ---- UNet

  private void unet(Report report) {
    report.run(PART, model + "/unet_timesteps", check -> {
      for (JsonNode timestep : Folder.required(json, "unet_timesteps")) {
        String name = "unet.noise_pred.t" + timestep.asText();
        check.holds(name, golden.has(name), "was not recorded");
      }
    });
    Map<String, Matcher> blocks = new LinkedHashMap<>();
    for (String name : golden.names()) {
      Matcher prediction = PREDICTION.matcher(name);
      Matcher block = BLOCKS.matcher(name);
      if (prediction.matches()) {
        double timestep = Double.parseDouble(prediction.group(2));
        String group = prediction.group(1);
        report.run(PART, model + "/" + name, check -> prediction(check, name, group, timestep));
      } else if (block.matches()) {
        blocks.putIfAbsent(block.group(1), block);
      }
    }
    blocks.forEach((group, first) -> report.run(PART, model + "/unet." + group,
        check -> blocks(check, group, Integer.parseInt(first.group(2)), Integer.parseInt(first.group(3)))));
  }

  private void prediction(Check check, String name, String group, double timestep) {
    if (!group.isEmpty() && !group.equals("rect.")) {
      check.fail(name, "an unknown kind of input: " + group);
      return;
    }
    String sample = "unet." + group + "sample";
    float[] context = golden.floats("unet.encoder_hidden_states");
    int tokens = golden.shape("unet.encoder_hidden_states")[1];
    int width = golden.shape("unet.encoder_hidden_states")[2];
    if (!group.isEmpty()) {
      tokens = TOKENS_OF_RECT;
      context = Arrays.copyOf(context, tokens * width);
    }
    float[] actual = parts().predict(
        golden.floats(sample), golden.shape(sample), timestep, context, tokens, (part, values) -> {});
    check.close(name, actual, golden.floats(name), Tolerance.FORWARD);
  }

  /** Compares the output of every block, for one image of the batch. */
  private void blocks(Check check, String group, int timestep, int row) {
    int[] shape = golden.shape("unet.sample");
    Map<String, float[]> seen = new LinkedHashMap<>();
    parts().predict(golden.floats("unet.sample"), shape, timestep, golden.floats("unet.encoder_hidden_states"),
        golden.shape("unet.encoder_hidden_states")[1], seen::put);
    for (String name : golden.names()) {
      String prefix = "unet." + group + ".";
      if (!name.startsWith(prefix)) {
        continue;
      }
      float[] recorded = golden.floats(name);
      float[] actual = seen.get(name.substring(prefix.length()));
      if (actual == null) {
        check.fail(name, "there is no such block");
      } else if (actual.length == recorded.length) { // shared by all images
        check.close(name, actual, recorded, Tolerance.FORWARD);
      } else {
        int size = actual.length / shape[0];
        check.close(name, Arrays.copyOfRange(actual, row * size, (row + 1) * size), recorded, Tolerance.FORWARD);
      }
    }
  }

  // ---- autoencoder

  private void decoded(Check check) {
    check.close("vae.decoded", parts().decode(golden.floats("vae.latents"), golden.shape("vae.latents")),
        golden.floats("vae.decoded"), Tolerance.FORWARD);
  }

  private void encoded(Check check) {
    StableDiffusionInspection.Moments moments = parts().encode(golden.floats("vae.image"), golden.shape("vae.image"));
    float[] deviation = new float[moments.logVariance().length];
    for (int i = 0; i < deviation.length; i++) {
      deviation[i] = (float) Math.exp(moments.logVariance()[i] / 2.0);
    }
    check.close("vae.encoded_mode", moments.mean(), golden.floats("vae.encoded_mode"), Tolerance.FORWARD);
    check.close("vae.encoded_logvar", moments.logVariance(), golden.floats("vae.encoded_logvar"), Tolerance.FORWARD);
    check.close("vae.encoded_std", deviation, golden.floats("vae.encoded_std"), Tolerance.FORWARD);
  }

  // ---- runs

  /** Compares the initial noise of a seeded run. */
  private void noise(Check check) {
    float[] recorded = golden.floats("pipe.latents");
    for (JsonNode run : Folder.required(json, "pipelines")) {
      if (Folder.has(run, "seed")) {
        float[] drawn = new NoiseGenerator(run.get("seed").longValue()).normal(recorded.length);
        NoiseCases.compare(check, "pipe.latents", drawn, recorded);
        return;
      }
    }
    check.fail("pipe.latents", "no run has a seed");
  }

  private void pipeline(Check check, JsonNode json) throws IOException {
    // The options can request all recorded settings of a scheduler except DDIM's clipping.
    boolean ownFile = type(json) == SchedulerType.DDIM && json.has("scheduler_class");
    if (!ownFile && !Folder.has(json, "lora") && !Folder.has(json, "vae")) {
      pipeline(check, json, new Run(json, generator.get()));
      return;
    }
    try (FolderCopy copy = FolderCopy.of(snapshot)) {
      if (ownFile) {
        ObjectNode config = json.get("scheduler_config").deepCopy();
        new ObjectMapper().writeValue(copy.dir().resolve("scheduler/scheduler_config.json").toFile(),
            config.put("_class_name", Folder.text(json, "scheduler_class")));
      }
      try (StableDiffusion changed = StableDiffusion.load(copy.dir(), changes(json))) {
        pipeline(check, json, new Run(json, changed));
      }
    }
  }

  /** Returns options with the recorded LoRA and tiny autoencoder, if any. */
  private StableDiffusionOptions changes(JsonNode json) {
    StableDiffusionOptions.Builder options = StableDiffusionOptions.builder().device(models.device());
    if (Folder.has(json, "lora")) {
      options.lora(folder.root().resolve("lora").resolve(Folder.text(json, "lora") + ".safetensors"),
          Folder.required(json, "lora_scale").doubleValue());
    }
    if (Folder.has(json, "vae")) {
      options.tinyAutoencoder(folder.root().resolve(Folder.text(json, "vae")));
    }
    return options.build();
  }

  private void pipeline(Check check, JsonNode json, Run run) {
    String key = "pipe." + Folder.text(json, "name") + ".";
    check.close("timesteps", run.parts().scheduler(run.options, run.shape[0]).timesteps(),
        Folder.doubles(Folder.required(json, "timesteps")), 0);
    Recorder recorder = new Recorder();
    float[] latents = run.sample(recorder.over(run.noise()), recorder);
    List<float[]> steps = recorder.steps();
    if (golden.has(key + "start_latents")) {
      check.close("start_latents", recorder.start(), golden.floats(key + "start_latents"), Tolerance.PIPELINE);
    }
    if (golden.has(key + "mask")) {
      float[] mask = golden.floats(key + "mask"); // one copy per half of guidance
      check.close("mask", run.parts().latentMask(run.options, run.shape),
          Arrays.copyOf(mask, mask.length / golden.shape(key + "mask")[0]), 0);
      NoiseCases.compare(check, "noise", recorder.draws().get(1), golden.floats(key + "noise")); // after the encoder's
    }
    if (Folder.has(json, "steps_run")) {
      check.same("steps_run", steps.size(), json.get("steps_run").intValue());
    }
    float[] recorded = golden.floats(key + "final_latents");
    double tolerance = run.tolerance(check, latents, recorded);
    List<Integer> kept = kept(Folder.text(json, "trajectory"), steps.size());
    float[] trajectory = golden.floats(key + "trajectory");
    check.close("trajectory", Golden.flat(kept.stream().map(steps::get).toList()), trajectory, tolerance);
    check.close("final_latents", latents, recorded, tolerance);
    if (kept.size() == steps.size() && trajectory.length == steps.size() * latents.length) {
      run.fromStepToStep(check, Golden.rows(trajectory, latents.length));
    }

    List<float[]> light = run.parts().light(recorded, run.shape);
    int factor = (int) Math.sqrt(light.get(0).length / (3.0 * run.shape[2] * run.shape[3]));
    int height = run.shape[2] * factor;
    int width = run.shape[3] * factor;
    int every = every(Folder.text(json, "image_float"));
    check.close("image_float_0_1",
        Golden.flat(light.stream().map(image -> Pictures.everyNth(image, height, width, every)).toList()),
        golden.floats(key + "image_float_0_1"), Tolerance.PIPELINE);

    List<BufferedImage> images = run.generator
        .generate(run.conditioning, run.shape[0], run.options, run.noise(), (step, count) -> true);
    List<String> files = Folder.texts(Folder.required(json, "png"));
    check.same("images", images.size(), files.size());
    for (int i = 0; i < Math.min(images.size(), files.size()); i++) {
      Pictures.compare(check, files.get(i), images.get(i), folder.golden(model, files.get(i)));
    }
  }

  /** A change of one number. */
  @FunctionalInterface
  private interface FloatUnaryOperator {
    float of(float value);
  }

  /** A recorded run that can be repeated. */
  private final class Run {
    private final JsonNode json;
    private final StableDiffusion generator;
    private final int[] shape;
    private final DiffusionOptions options;
    private final Conditioning conditioning;

    Run(JsonNode json, StableDiffusion generator) {
      this.json = json;
      this.generator = generator;
      shape = golden.shape("pipe." + Folder.text(json, "name") + ".final_latents");
      options = options(json);
      conditioning = Folder.has(json, "prompt")
          ? generator.encodePrompt(Folder.text(json, "prompt"))
          : Conditioning.of(golden.rows("pipe.prompt_embeds"));
    }

    Noise noise() {
      String source = Folder.text(json, "source");
      return switch (source) {
        case "latents" -> count -> golden.floats("pipe.given_latents");
        case "generator", "prompt", "batch2", "image", "image+mask" ->
            generator.noise(Folder.required(json, "seed").longValue());
        default -> throw new IllegalArgumentException("an unknown source of noise: " + source);
      };
    }

    float[] sample(Noise noise, StableDiffusionInspection.StepObserver observer) {
      return parts().sample(conditioning, shape[0], options, noise, observer);
    }

    StableDiffusionInspection parts() {
      return StableDiffusionInspection.of(generator);
    }

    /** Compares each step on its own, starting from the recorded state before it. */
    void fromStepToStep(Check check, float[][] recorded) {
      sample(noise(), (step, values) -> {
        check.close("step " + step, values, recorded[step], Tolerance.PIPELINE);
        System.arraycopy(recorded[step], 0, values, 0, values.length);
      });
    }

    /**
     * Strong guidance in few steps can amplify any difference, so that no two computers agree. A run that misses the
     * usual tolerance is limited by the effect of the last bit of the noise instead. Step by step, the usual tolerance
     * holds for all runs.
     */
    double tolerance(Check check, float[] latents, float[] recorded) {
      if (Check.difference(latents, recorded) <= Tolerance.PIPELINE) {
        return Tolerance.PIPELINE;
      }
      check.illConditioned();
      double most = 0; // changes grow differently
      for (FloatUnaryOperator change : List.<FloatUnaryOperator>of(
          Math::nextUp, Math::nextDown, value -> Math.nextAfter(value, 0))) {
        most = Math.max(most, Check.difference(moved(change), latents));
      }
      return Math.max(Tolerance.PIPELINE, Tolerance.CONDITION * most);
    }

    private float[] moved(FloatUnaryOperator change) {
      Noise noise = noise();
      return sample(count -> {
        float[] values = noise.next(count);
        for (int i = 0; i < count; i++) {
          values[i] = change.of(values[i]);
        }
        return values;
      }, (step, values) -> {});
    }
  }

  private DiffusionOptions options(JsonNode run) {
    DiffusionOptions.Builder options = DiffusionOptions.builder()
        .steps(Folder.required(run, "num_inference_steps").intValue())
        .guidanceScale(Folder.required(run, "guidance_scale").doubleValue())
        .size(run.path("width").asInt(0), run.path("height").asInt(0))
        .scheduler(type(run))
        .spacing(spacing(run))
        .eta(run.path("eta").asDouble(0))
        .negativePrompt(Folder.has(run, "negative_prompt") ? Folder.text(run, "negative_prompt") : "");
    if (Folder.has(run, "image")) {
      options.startImage(Images.read(folder.root().resolve(Folder.text(run, "image"))))
          .strength(Folder.required(run, "strength").doubleValue());
    }
    if (Folder.has(run, "mask")) {
      options.mask(Images.read(folder.root().resolve(Folder.text(run, "mask"))));
    }
    return options.build();
  }

  /**
   * Returns the type of scheduler. The first set of reference data names constants of the options, the second set
   * published classes.
   */
  private static SchedulerType type(JsonNode run) {
    String published = run.path("scheduler_class").asText(Folder.text(run, "scheduler"));
    boolean stochastic = run.path("scheduler_config").path("algorithm_type").asText().startsWith("sde-");
    return switch (published) {
      case "DDIM", "DDIMScheduler" -> SchedulerType.DDIM;
      case "PNDM", "PNDMScheduler" -> SchedulerType.PNDM;
      case "DPM_SOLVER", "DPMSolverMultistepScheduler" ->
          stochastic ? SchedulerType.DPM_SOLVER_SDE : SchedulerType.DPM_SOLVER;
      case "UniPCMultistepScheduler" -> SchedulerType.UNIPC;
      case "EULER", "EulerDiscreteScheduler" -> SchedulerType.EULER;
      case "EulerAncestralDiscreteScheduler" -> SchedulerType.EULER_ANCESTRAL;
      case "LCMScheduler" -> SchedulerType.LCM;
      case "TCDScheduler" -> SchedulerType.TCD;
      default -> throw new IllegalArgumentException("an unknown scheduler: " + published);
    };
  }

  /** Returns the run's spacing, which differs from that in the snapshot's file. */
  private static StepSpacing spacing(JsonNode run) {
    JsonNode config = run.path("scheduler_config");
    boolean distilled = Set.of(SchedulerType.LCM, SchedulerType.TCD).contains(type(run));
    if (distilled || !config.has("timestep_spacing")) {
      return StepSpacing.MODEL;
    }
    return config.path("use_karras_sigmas").asBoolean()
        ? StepSpacing.KARRAS
        : StepSpacing.valueOf(config.get("timestep_spacing").asText().toUpperCase(Locale.ROOT));
  }

  private static List<Integer> kept(String description, int steps) {
    Matcher ends = ENDS.matcher(description);
    if (!ends.matches() && !description.equals("every step")) {
      throw new IllegalArgumentException("an unknown kind of trajectory: " + description);
    }
    List<Integer> kept = new ArrayList<>();
    for (int i = 0; i < steps; i++) {
      boolean inside = description.equals("every step")
          || i < Integer.parseInt(ends.group(1)) || i >= steps - Integer.parseInt(ends.group(2));
      if (inside) {
        kept.add(i);
      }
    }
    return kept;
  }

  static int every(String description) {
    Matcher every = EVERY.matcher(description);
    if (!every.matches() && !description.equals("full")) {
      throw new IllegalArgumentException("an unknown kind of image: " + description);
    }
    return description.equals("full") ? 1 : Integer.parseInt(every.group(1));
  }
}
