package io.gill.examples.parity;

import com.fasterxml.jackson.databind.JsonNode;
import io.gill.Precision;
import io.gill.diffusion.StableDiffusion;
import io.gill.diffusion.StableDiffusionInspection;
import io.gill.diffusion.StableDiffusionOptions;
import io.gill.diffusion.lora.LoraMerger;
import io.gill.diffusion.lora.LoraTarget;
import io.gill.torch.Scope;
import io.gill.torch.Weights;
import io.gill.weights.Snapshot;
import io.gill.weights.TensorFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** LoRA merged into Stable Diffusion: one weight, hidden states and predictions, with each file and with two. */
final class LoraCases {
  private static final String PART = "lora";
  private static final String TEXT_ENCODER = "te.";

  private final Models models;
  private final Path snapshot;
  private final Golden golden;

  private LoraCases(Models models, Path snapshot, Golden golden) {
    this.models = models;
    this.snapshot = snapshot;
    this.golden = golden;
  }

  /** Compares a model's recorded results of LoRA files, if there are any. */
  static void run(Folder folder, Models models, Path snapshot, JsonNode json, Golden golden, Report report) {
    LoraCases cases = new LoraCases(models, snapshot, golden);
    for (JsonNode lora : json.path("lora")) {
      Path file = folder.root().resolve(Folder.text(lora, "file"));
      String name = file.getFileName().toString().replace(".safetensors", "");
      report.run(PART, name + ".fused", check -> cases.fused(check, name, file, Folder.text(lora, "example_weight")));
      for (double scale : Folder.doubles(Folder.required(lora, "scales"))) {
        String key = name + ".scale" + scale;
        report.run(PART, key,
            check -> cases.compare(check, "lora." + key + ".", options -> options.lora(file, scale)));
      }
    }
    if (json.has("lora_two")) {
      JsonNode two = json.get("lora_two");
      List<String> names = Folder.texts(Folder.required(two, "files"));
      double[] scales = Folder.doubles(Folder.required(two, "weights"));
      report.run(PART, "two", check -> cases.compare(check, "lora.two.", options -> {
        for (int i = 0; i < scales.length; i++) {
          options.lora(folder.root().resolve("lora").resolve(names.get(i) + ".safetensors"), scales[i]);
        }
      }));
    }
  }

  /** Compares one weight of the UNet or, with the prefix, of the text encoder. */
  private void fused(Check check, String name, Path file, String weight) {
    boolean text = weight.startsWith(TEXT_ENCODER);
    try (TensorFile unet = Snapshot.open(snapshot.resolve("unet"));
        TensorFile encoder = Snapshot.open(snapshot.resolve("text_encoder"));
        TensorFile adapters = TensorFile.open(file);
        Scope owner = Scope.owner()) {
      LoraMerger merger = new LoraMerger(
          List.of(LoraTarget.unet(unet), LoraTarget.textEncoder(encoder, "lora_te", "text_encoder")));
      merger.add(adapters, 1);
      TensorFile weights = text ? encoder : unet;
      String key = text ? weight.substring(TEXT_ENCODER.length()) : weight;
      Weights w = Weights.of(weights, owner, models.device(), Precision.FLOAT32, merger.changes(weights));
      float[] merged = w.take(key, weights.get(key).shape()).toFloats();
      check.close("fused.example", merged, golden.floats("lora." + name + ".fused.example"), Tolerance.FORWARD);
    }
  }

  private void compare(Check check, String prefix, Consumer<StableDiffusionOptions.Builder> change) {
    StableDiffusionOptions.Builder options = StableDiffusionOptions.builder().device(models.device());
    change.accept(options);
    try (StableDiffusion generator = StableDiffusion.load(snapshot, options.build())) {
      StableDiffusionInspection parts = StableDiffusionInspection.of(generator);
      for (String name : golden.names()) {
        if (name.startsWith(prefix + "unet.noise_pred.t")) {
          double timestep = Double.parseDouble(name.substring(name.lastIndexOf(".t") + 2));
          float[] predicted = parts.predict(golden.floats("unet.sample"), golden.shape("unet.sample"), timestep,
              golden.floats("unet.encoder_hidden_states"), golden.shape("unet.encoder_hidden_states")[1],
              (part, values) -> {});
          check.close(name, predicted, golden.floats(name), Tolerance.FORWARD);
        } else if (name.equals(prefix + "text.last_hidden_state")) {
          check.close(name, Golden.flat(states(parts)), golden.floats(name), Tolerance.FORWARD);
        } else if (name.startsWith(prefix)) {
          check.fail(name, "an unknown kind of tensor");
        }
      }
    }
  }

  private List<float[]> states(StableDiffusionInspection parts) {
    int length = golden.shape("text.input_ids")[1];
    int[] ids = golden.ints("text.input_ids");
    List<float[]> last = new ArrayList<>();
    for (int from = 0; from < ids.length; from += length) {
      List<float[]> all = parts.textStates(Arrays.copyOfRange(ids, from, from + length));
      last.add(all.get(all.size() - 1));
    }
    return last;
  }
}
