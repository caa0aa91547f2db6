package io.gill.examples.parity;

import com.fasterxml.jackson.databind.JsonNode;
import io.gill.DiffusionOptions;
import io.gill.DiffusionOptions.Framing;
import io.gill.DiffusionOptions.SchedulerType;
import io.gill.DiffusionOptions.StepSpacing;
import io.gill.diffusion.StableDiffusion;
import io.gill.diffusion.StableDiffusionInspection;
import io.gill.diffusion.StableDiffusionOptions;
import io.gill.image.Images;
import io.gill.stage.Conditioning;
import io.gill.stage.ImageGenerator.Noise;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** SDXL: both text encoders, prompts, the added embedding, UNet, autoencoder, and whole runs step by step. */
final class SdxlCases {
  private static final String PART = "sdxl";

  private final Folder folder;
  private final String model;
  private final Lazy<StableDiffusion> generator;
  private final JsonNode json;
  private final Golden golden;

  private SdxlCases(Folder folder, String model, Lazy<StableDiffusion> generator, JsonNode json, Golden golden) {
    this.folder = folder;
    this.model = model;
    this.generator = generator;
    this.json = json;
    this.golden = golden;
  }

  static void run(Folder folder, Models models, String model, Report report) throws IOException {
    JsonNode json = Folder.json(folder.golden(model, "sdxl.json"));
    try (Golden golden = Golden.open(folder.golden(model, "sdxl.safetensors"));
        Lazy<StableDiffusion> generator = new Lazy<>(() -> StableDiffusion.load(
            folder.imageGenerator(model), StableDiffusionOptions.builder().device(models.device()).build()))) {
      SdxlCases cases = new SdxlCases(folder, model, generator, json, golden);
      report.run(PART, model + "/text_encoder", check -> cases.text(check, 0, "text."));
      report.run(PART, model + "/text_encoder_2", check -> cases.text(check, 1, "text2."));
      for (String group : new String[] {"", "empty_negative.", "two_prompts."}) {
        report.run(PART, model + "/encode_prompt." + group, check -> cases.prompts(check, group));
      }
      report.run(PART, model + "/unet", cases::unet);
      report.run(PART, model + "/vae.decoded", check -> check.close("vae.decoded",
          cases.parts().decode(golden.floats("vae.latents"), golden.shape("vae.latents")),
          golden.floats("vae.decoded"), Tolerance.FORWARD));
      for (JsonNode run : Folder.required(json, "pipelines")) {
        report.run(PART, model + "/" + Folder.text(run, "name"), check -> cases.pipeline(check, run));
      }
      golden.reportUnread(report, PART, model + "/tensors");
    }
  }

  private StableDiffusionInspection parts() {
    return StableDiffusionInspection.of(generator.get());
  }

  // ---- text

  private void text(Check check, int encoder, String prefix) {
    int length = golden.shape(prefix + "input_ids")[1];
    int[] ids = golden.ints(prefix + "input_ids");
    List<String> prompts = Folder.texts(Folder.required(json, "text_prompts"));
    List<List<float[]>> states = new ArrayList<>();
    List<float[]> pooled = new ArrayList<>();
    for (int row = 0; row < prompts.size(); row++) {
      int[] own = parts().ids(encoder, prompts.get(row));
      check.same(prefix + "input_ids", own, Arrays.copyOfRange(ids, row * length, (row + 1) * length));
      List<float[]> all = parts().textStates(encoder, own);
      states.add(all);
      pooled.add(encoder == 1 ? parts().pooled(own)
          : Golden.rows(all.get(all.size() - 1), all.get(0).length / own.length)[DiffusionCases.endOfText(own)]);
    }
    int layers = states.get(0).size() - 1;
    for (int i = 0; i < layers; i++) {
      compare(check, prefix + "hidden_states." + i, states, i);
    }
    compare(check, prefix + "last_hidden_state", states, layers);
    String name = prefix + (encoder == 1 ? "text_embeds" : "pooler_output");
    check.close(name, Golden.flat(pooled), golden.floats(name), Tolerance.FORWARD);
  }

  private void compare(Check check, String name, List<List<float[]>> states, int index) {
    check.close(name, Golden.flat(states.stream().map(all -> all.get(index)).toList()), golden.floats(name),
        Tolerance.FORWARD);
  }

  private void prompts(Check check, String group) {
    JsonNode texts = Folder.required(Folder.required(json, "encode_prompt"), group);
    String prompt = Folder.text(texts, "prompt");
    compare(check, "encode_prompt." + group, "",
        generator.get().encodePrompt(prompt, texts.path("prompt_2").asText(prompt)));
    compare(check, "encode_prompt." + group, "negative_", negative(texts));
  }

  private Conditioning negative(JsonNode texts) {
    if (!Folder.has(texts, "negative_prompt")) {
      return parts().negative("");
    }
    String prompt = Folder.text(texts, "negative_prompt");
    return Folder.has(texts, "negative_prompt_2")
        ? generator.get().encodePrompt(prompt, Folder.text(texts, "negative_prompt_2"))
        : parts().negative(prompt);
  }

  private void compare(Check check, String prefix, String sign, Conditioning actual) {
    String tokens = prefix + sign + "prompt_embeds";
    String pooled = prefix + sign + "pooled_prompt_embeds";
    check.close(tokens, Golden.flat(actual.tokens()), golden.floats(tokens), Tolerance.FORWARD);
    check.close(pooled, actual.pooled(), golden.floats(pooled), Tolerance.FORWARD);
  }

  // ---- UNet

  private void unet(Check check) {
    int[] shape = golden.shape("unet.sample");
    double[][] sizes = new double[shape[0]][];
    float[][] recorded = Golden.rows(golden.floats("unet.time_ids"), golden.shape("unet.time_ids")[1]);
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = new double[recorded[i].length];
      for (int j = 0; j < sizes[i].length; j++) {
        sizes[i][j] = recorded[i][j];
      }
    }
    for (double timestep : Folder.doubles(Folder.required(json, "unet_timesteps"))) {
      String name = "unet.noise_pred.t" + Math.round(timestep);
      float[] predicted = parts().predict(golden.floats("unet.sample"), shape, timestep,
          golden.floats("unet.encoder_hidden_states"), golden.shape("unet.encoder_hidden_states")[1],
          golden.floats("unet.text_embeds"), sizes, (part, values) -> {
            String key = part.equals("add_embedding") ? "unet.add_embedding.out" : "unet." + part;
            if (golden.has(key)) {
              check.close(key, values, golden.floats(key), Tolerance.FORWARD);
            }
          });
      check.close(name, predicted, golden.floats(name), Tolerance.FORWARD);
    }
  }

  // ---- runs

  private void pipeline(Check check, JsonNode run) {
    String key = "pipe." + Folder.text(run, "name") + ".";
    int[] shape = golden.shape(key + "final_latents");
    DiffusionOptions options = options(run);
    String source = Folder.text(run, "source");
    boolean given = source.equals("embeds");
    if (!given && !List.of("prompt", "image").contains(source)) {
      check.fail("source", "an unknown source of a run: " + source);
      return;
    }
    Conditioning positive = given ? embeds("") : prompt(run);
    Conditioning negative = given ? embeds("negative_") : parts().negative(options.negativePrompt());
    Noise noise = given ? count -> golden.floats("pipe.given_latents")
        : generator.get().noise(Folder.required(run, "seed").longValue());

    Recorder recorder = new Recorder();
    boolean guided = options.guidanceScale() > 1;
    float[] latents = guided
        ? parts().sample(positive, negative, shape[0], options, noise, recorder)
        : parts().sample(positive, shape[0], options, noise, recorder);
    check.close("timesteps", parts().scheduler(options, shape[0]).timesteps(),
        Folder.doubles(Folder.required(run, "timesteps")), 0);
    if (golden.has(key + "start_latents")) {
      check.close("start_latents", recorder.start(), golden.floats(key + "start_latents"), Tolerance.PIPELINE);
    }
    if (Folder.has(run, "steps_run")) {
      check.same("steps_run", recorder.steps().size(), run.get("steps_run").intValue());
    }
    check.close("trajectory", Golden.flat(recorder.steps()), golden.floats(key + "trajectory"), Tolerance.PIPELINE);
    check.close("final_latents", latents, golden.floats(key + "final_latents"), Tolerance.PIPELINE);

    int factor = Folder.required(Folder.required(json, "vae"), "vae_scale_factor").intValue();
    List<float[]> light = parts().light(golden.floats(key + "final_latents"), shape);
    int every = DiffusionCases.every(Folder.text(run, "image_float"));
    check.close("image_float_0_1", Golden.flat(light.stream()
        .map(image -> Pictures.everyNth(image, shape[2] * factor, shape[3] * factor, every)).toList()),
        golden.floats(key + "image_float_0_1"), Tolerance.PIPELINE);
    if (!given) { // an application gives the negative prompt as text
      List<BufferedImage> images = generator.get().generate(positive, shape[0], options,
          generator.get().noise(Folder.required(run, "seed").longValue()), (step, count) -> true);
      List<String> files = Folder.texts(Folder.required(run, "png"));
      check.same("images", images.size(), files.size());
      for (int i = 0; i < Math.min(images.size(), files.size()); i++) {
        Pictures.compare(check, files.get(i), images.get(i), folder.golden(model, files.get(i)));
      }
    }
  }

  private Conditioning prompt(JsonNode run) {
    String prompt = Folder.text(run, "prompt");
    return generator.get().encodePrompt(
        prompt, Folder.has(run, "prompt_2") ? Folder.text(run, "prompt_2") : prompt);
  }

  private Conditioning embeds(String sign) {
    return new Conditioning(golden.rows("pipe." + sign + "prompt_embeds"),
        golden.floats("pipe." + sign + "pooled_prompt_embeds"));
  }

  private DiffusionOptions options(JsonNode run) {
    DiffusionOptions.Builder options = DiffusionOptions.builder()
        .scheduler(switch (Folder.text(run, "scheduler")) {
          case "EulerDiscrete" -> SchedulerType.EULER;
          case "EulerAncestralDiscrete" -> SchedulerType.EULER_ANCESTRAL;
          default -> throw new IllegalArgumentException("an unknown scheduler: " + Folder.text(run, "scheduler"));
        })
        .spacing(StepSpacing.valueOf(Folder.text(Folder.required(run, "scheduler_config"), "timestep_spacing")
            .toUpperCase(Locale.ROOT)))
        .steps(Folder.required(run, "num_inference_steps").intValue())
        .guidanceScale(Folder.required(run, "guidance_scale").doubleValue())
        .guidanceRescale(run.path("guidance_rescale").asDouble(0))
        .size(run.path("width").asInt(0), run.path("height").asInt(0))
        .negativePrompt(Folder.has(run, "negative_prompt") ? Folder.text(run, "negative_prompt") : "");
    if (Folder.has(run, "image")) {
      options.startImage(Images.read(folder.root().resolve(Folder.text(run, "image"))))
          .strength(Folder.required(run, "strength").doubleValue());
    }
    if (Folder.has(run, "original_size")) {
      options.framing(framing(run, ""));
    }
    if (Folder.has(run, "negative_original_size")) {
      options.negativeFraming(framing(run, "negative_"));
    }
    return options.build();
  }

  private static Framing framing(JsonNode run, String sign) {
    int[] original = Folder.ints(Folder.required(run, sign + "original_size"));
    int[] corner = Folder.ints(Folder.required(run, sign + "crops_coords_top_left"));
    int[] target = Folder.ints(Folder.required(run, sign + "target_size"));
    return new Framing(original[1], original[0], corner[1], corner[0], target[1], target[0]);
  }
}
