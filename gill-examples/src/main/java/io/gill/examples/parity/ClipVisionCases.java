package io.gill.examples.parity;

import com.fasterxml.jackson.databind.JsonNode;
import io.gill.clip.ClipVisionInspection;
import io.gill.image.ImageProcessor;
import io.gill.stage.Stages;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The vision encoder: preprocessed pixels, hidden states, pooled output and its projections. */
final class ClipVisionCases {
  private static final String PART = "clip_vision";

  private final Folder folder;
  private final Models models;
  private final String model;
  private final JsonNode json;
  private final Golden golden;

  private ClipVisionCases(Folder folder, Models models, String model, JsonNode json, Golden golden) {
    this.folder = folder;
    this.models = models;
    this.model = model;
    this.json = json;
    this.golden = golden;
  }

  static void run(Folder folder, Models models, String model, Report report) throws IOException {
    JsonNode json = Folder.json(folder.golden(model, "clip_vision.json"));
    try (Golden golden = Golden.open(folder.golden(model, "clip_vision.safetensors"))) {
      ClipVisionCases cases = new ClipVisionCases(folder, models, model, json, golden);
      report.run(PART, model + "/pixel_values", cases::pixels);
      report.run(PART, model + "/hidden_states", cases::hiddenStates);
      report.run(PART, model + "/pooler_output", cases::pooled);
      for (String name : golden.names()) {
        if (name.startsWith("get_visual_embs.")) {
          report.run(PART, model + "/" + name, check -> cases.projected(check, name));
        }
      }
      golden.reportUnread(report, PART, model + "/tensors");
    }
  }

  private int batch() {
    return golden.shape("pixel_values")[0];
  }

  private void pixels(Check check) {
    float[] all = golden.floats("pixel_values");
    int size = all.length / batch();
    ImageProcessor processor = ImageProcessor.of(folder.root().resolve(model).resolve("clip/preprocessor_config.json"));
    List<String> images = Folder.texts(Folder.required(json, "images_for_first_rows"));
    for (int i = 0; i < images.size(); i++) {
      float[] actual = processor.pixelValues(Pictures.read(folder.root().resolve(model).resolve(images.get(i))));
      check.within(images.get(i), actual,
          Arrays.copyOfRange(all, i * size, (i + 1) * size), ImageCases.LEVEL);
    }
  }

  /** Compares all hidden states, then the last one under its own name. */
  private void hiddenStates(Check check) {
    List<float[]> states = inside().hiddenStates(golden.floats("pixel_values"), batch());
    for (int i = 0; i < states.size(); i++) {
      check.close("hidden_states." + i, states.get(i), golden.floats("hidden_states." + i), Tolerance.FORWARD);
    }
    check.close("last_hidden_state", states.get(states.size() - 1), golden.floats("last_hidden_state"),
        Tolerance.FORWARD);
  }

  private ClipVisionInspection inside() {
    return ClipVisionInspection.of(models.clip(model));
  }

  private void pooled(Check check) {
    float[][] actual = inside().pooled(golden.floats("pixel_values"), batch());
    check.close("pooler_output", Golden.flat(actual), golden.floats("pooler_output"), Tolerance.FORWARD);
  }

  private void projected(Check check, String name) {
    Stages stages = models.stages(model);
    List<float[]> rows = new ArrayList<>();
    float[] recorded = golden.floats(name);
    switch (name.substring(name.indexOf('.') + 1)) {
      case "captioning" -> {
        for (float[] pooled : golden.rows("pooler_output")) {
          rows.addAll(List.of(Models.present("vision", stages.vision()).projection().project(pooled)));
        }
      }
      case "retrieval" -> {
        for (float[] pooled : golden.rows("pooler_output")) {
          rows.add(Models.present("image embedder", stages.retrievalEmbedder()).embed(pooled));
        }
      }
      case "generation" -> rows.add(new float[recorded.length]); // zero by definition: generation uses no image
      default -> {
        check.fail(name, "unknown mode");
        return;
      }
    }
    check.close(name, Golden.flat(rows), recorded, Tolerance.FORWARD);
  }
}
