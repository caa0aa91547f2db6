package io.gill.examples.parity;

import com.fasterxml.jackson.databind.JsonNode;
import io.gill.Precision;
import io.gill.clip.ClipProvider;
import io.gill.clip.ClipVisionInspection;
import io.gill.clip.ClipVisionModel;
import io.gill.image.ImageProcessor;
import io.gill.image.NaflexProcessor;
import io.gill.image.NaflexProcessor.Patches;
import io.gill.siglip.SiglipProvider;
import io.gill.siglip.SiglipVisionInspection;
import io.gill.siglip.SiglipVisionModel;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Vision encoders in separate snapshots: pixels, hidden states and pooled output. */
final class VisionCases {
  private static final String PART = "vision";

  private final Folder folder;
  private final Models models;
  private final Path snapshot;
  private final JsonNode json;
  private final Golden golden;

  private VisionCases(Folder folder, Models models, Path snapshot, JsonNode json, Golden golden) {
    this.folder = folder;
    this.models = models;
    this.snapshot = snapshot;
    this.json = json;
    this.golden = golden;
  }

  static void run(Folder folder, Models models, String name, Report report) throws IOException {
    JsonNode json = Folder.json(folder.golden(name, "vision.json"));
    Path snapshot = folder.root().resolve(name);
    String type = Folder.text(Folder.json(snapshot.resolve("config.json")), "model_type");
    try (Golden golden = Golden.open(folder.golden(name, "vision.safetensors"))) {
      VisionCases cases = new VisionCases(folder, models, snapshot, json, golden);
      boolean naflex = golden.has("spatial_shapes");
      report.run(PART, name + "/pixel_values", naflex ? cases::patches : cases::pixels);
      for (JsonNode extra : json.path("extra_processors")) {
        report.run(PART, name + "/" + Folder.text(extra, "key"), check -> cases.extra(check, extra));
      }
      report.run(PART, name + "/states", check -> cases.states(check, type, naflex));
      golden.reportUnread(report, PART, name + "/tensors");
    }
  }

  private void states(Check check, String type, boolean naflex) {
    if (new ClipProvider().types().contains(type)) {
      clip(check);
    } else if (!new SiglipProvider().types().contains(type)) {
      check.fail("model_type", "a vision encoder of an unknown family: " + type);
    } else if (naflex) {
      flexible(check);
    } else {
      siglip(check);
    }
  }

  private List<BufferedImage> images() {
    return Folder.texts(Folder.required(json, "images_for_first_rows")).stream()
        .map(image -> Pictures.read(folder.root().resolve(image))).toList();
  }

  /** Returns one 8-bit level after normalisation, plus the rounding of floats. */
  private static double level(JsonNode processor) {
    boolean normalizes = Folder.required(processor, "do_normalize").booleanValue();
    double deviation = normalizes
        ? Arrays.stream(Folder.doubles(Folder.required(processor, "image_std"))).min().orElseThrow() : 1;
    return 1.0001 / 255 / deviation;
  }

  private double level() throws IOException {
    return level(Folder.json(snapshot.resolve("preprocessor_config.json")));
  }

  private void pixels(Check check) throws IOException {
    double level = level();
    float[] all = golden.floats("pixel_values");
    int size = all.length / batch();
    ImageProcessor processor = ImageProcessor.of(snapshot.resolve("preprocessor_config.json"));
    List<BufferedImage> images = images();
    for (int i = 0; i < images.size(); i++) {
      check.within("image " + i, processor.pixelValues(images.get(i)),
          Arrays.copyOfRange(all, i * size, (i + 1) * size), level);
    }
  }

  /** Compares other settings of the processor, for every second pixel of every second line, as recorded. */
  private void extra(Check check, JsonNode extra) throws IOException {
    String key = Folder.text(extra, "key");
    float[] all = golden.floats(key);
    int size = all.length / golden.shape(key)[0];
    int every = Folder.required(extra, "every").intValue();
    JsonNode config = Folder.required(extra, "preprocessor_config");
    double level = level(config);
    ImageProcessor processor = Folder.read(config, ImageProcessor::of);
    List<BufferedImage> images = images();
    for (int i = 0; i < images.size(); i++) {
      float[] some = Pictures.everyNth(
          processor.pixelValues(images.get(i)), processor.height(), processor.width(), every);
      check.within("image " + i, some,
          Arrays.copyOfRange(all, i * size, (i + 1) * size), level);
    }
  }

  /** Compares patches. The recorded rows after an image's patches are zero; they do not exist here. */
  private void patches(Check check) throws IOException {
    double level = level();
    NaflexProcessor processor = NaflexProcessor.of(snapshot.resolve("preprocessor_config.json"));
    int[] shapes = golden.ints("spatial_shapes");
    int[] mask = golden.ints("pixel_attention_mask");
    int most = golden.shape("pixel_attention_mask")[1];
    List<BufferedImage> images = images();
    for (int i = 0; i < images.size(); i++) {
      Patches patches = processor.patches(images.get(i));
      check.same("shape of image " + i, new int[] {patches.rows(), patches.columns()},
          Arrays.copyOfRange(shapes, 2 * i, 2 * i + 2));
      check.same("patches of image " + i, patches.rows() * patches.columns(),
          Arrays.stream(mask, i * most, (i + 1) * most).sum());
      check.within("image " + i, patches.values(),
          rows("pixel_values", i, patches), level);
    }
  }

  private float[] rows(String name, int image, Patches patches) {
    return Golden.flat(Arrays.copyOf(golden.rows(name, image), patches.rows() * patches.columns()));
  }

  private int batch() {
    return golden.shape("pixel_values")[0];
  }

  private void clip(Check check) {
    try (ClipVisionModel model = ClipVisionModel.load(snapshot, models.device(), Precision.FLOAT32)) {
      ClipVisionInspection inside = ClipVisionInspection.of(model);
      float[] pixels = golden.floats("pixel_values");
      List<float[]> states = new ArrayList<>(inside.hiddenStates(pixels, batch()));
      states.add(states.get(states.size() - 1)); // CLIP's last hidden state has no norm
      states(check, states, golden.floats("last_hidden_state"));
      pooled(check, inside.pooled(pixels, batch()));
      if (golden.has("image_embeds")) {
        golden.floats("image_embeds"); // output of the projection, which GILL does not use
      }
    }
  }

  private void siglip(Check check) {
    try (SiglipVisionModel model = SiglipVisionModel.load(snapshot, models.device(), Precision.FLOAT32)) {
      SiglipVisionInspection inside = SiglipVisionInspection.of(model);
      float[] pixels = golden.floats("pixel_values");
      states(check, inside.hiddenStates(pixels, batch()), golden.floats("last_hidden_state"));
      pooled(check, inside.pooled(pixels, batch()));
    }
  }

  private void pooled(Check check, float[][] pooled) {
    check.close("pooler_output", Golden.flat(pooled), golden.floats("pooler_output"), Tolerance.FORWARD);
  }

  private void states(Check check, List<float[]> states, float[] last) {
    for (int i = 0; i < states.size() - 1; i++) {
      check.close("hidden_states." + i, states.get(i), golden.floats("hidden_states." + i), Tolerance.FORWARD);
    }
    check.close("last_hidden_state", states.get(states.size() - 1), last, Tolerance.FORWARD);
  }

  private void flexible(Check check) {
    int[] shapes = golden.ints("spatial_shapes");
    try (SiglipVisionModel model = SiglipVisionModel.load(snapshot, models.device(), Precision.FLOAT32)) {
      SiglipVisionInspection inside = SiglipVisionInspection.of(model);
      for (int i = 0; i < batch(); i++) {
        Patches shape = new Patches(shapes[2 * i], shapes[2 * i + 1], new float[0]);
        Patches patches = new Patches(shape.rows(), shape.columns(), rows("pixel_values", i, shape));
        List<float[]> states = inside.hiddenStates(patches);
        for (int layer = 0; layer < states.size(); layer++) {
          String name = layer == states.size() - 1 ? "last_hidden_state" : "hidden_states." + layer;
          check.close(name + " of image " + i, states.get(layer), rows(name, i, patches), Tolerance.FORWARD);
        }
        check.close("pooler_output of image " + i, inside.pooled(patches), golden.rows("pooler_output")[i],
            Tolerance.FORWARD);
      }
    }
  }
}
