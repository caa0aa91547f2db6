package io.gill.examples.parity;

import io.gill.Precision;
import io.gill.projection.ModelArgs;
import io.gill.projection.ProjectionInspection;
import io.gill.projection.Projections;
import io.gill.stage.DecisionModel.Probabilities;
import io.gill.stage.ImageRetriever;
import io.gill.stage.ImageRetriever.Hit;
import io.gill.stage.Stages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Each trained part on its own: GILLMapper's stages, the retrieval embedding, the decision, the image matrix. */
final class GillPartCases {
  private static final String PART = "gill_part";

  private final Models models;
  private final String model;
  private final Path dir;
  private final Golden golden;

  private GillPartCases(Folder folder, Models models, String model, Golden golden) {
    this.models = models;
    this.model = model;
    this.golden = golden;
    dir = folder.root().resolve(model);
  }

  static void run(Folder folder, Models models, String model, Report report) throws IOException {
    try (Golden golden = Golden.open(folder.golden(model, "gill_parts.safetensors"))) {
      GillPartCases cases = new GillPartCases(folder, models, model, golden);
      report.run(PART, model + "/mapper", cases::mapper);
      report.run(PART, model + "/ret_emb", cases::query);
      report.run(PART, model + "/decision", cases::decision);
      report.run(PART, model + "/input_embeddings", cases::imageTokens);
      report.run(PART, model + "/emb_matrix", cases::matrix);
      golden.reportUnread(report, PART, model + "/tensors");
    }
  }

  private Projections projections() {
    Path pruned = dir.resolve("gill.safetensors");
    Path checkpoint = Files.exists(pruned) ? pruned : dir.resolve("pretrained_ckpt.pth.tar");
    return Projections.load(
        checkpoint, ModelArgs.read(dir.resolve("model_args.json")), models.device(), Precision.FLOAT32);
  }

  private void mapper(Check check) {
    List<String> names = List.of("mapper.after_fc", "mapper.encoder_out", "mapper.tfm_out");
    List<List<float[]>> stages = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    List<float[]> mapped = new ArrayList<>();
    List<float[]> recorded = new ArrayList<>();
    try (Projections projections = projections()) {
      for (int i = 0; i < golden.shape("mapper.raw_emb")[0]; i++) {
        float[][] hidden = golden.rows("mapper.raw_emb", i);
        float[][] embeddings = golden.rows("mapper.input_embs", i);
        List<float[][]> made = ProjectionInspection.of(projections).mapperStages(hidden, embeddings);
        for (int stage = 0; stage < made.size(); stage++) {
          stages.get(stage).addAll(List.of(made.get(stage)));
        }
        mapped.addAll(List.of(projections.generationMapper().map(hidden, embeddings).tokens()));
        recorded.add(GillCases.padded(golden.rows("mapper.gen_emb", i)));
      }
    }
    for (int stage = 0; stage < names.size(); stage++) {
      String name = names.get(stage);
      if (golden.has(name) || !stages.get(stage).isEmpty()) { // a linear mapping has no such stages
        check.close(name, Golden.flat(stages.get(stage)), golden.floats(name), Tolerance.FORWARD);
      }
    }
    check.close("mapper.gen_emb", Golden.flat(mapped), Golden.flat(recorded), Tolerance.FORWARD);
  }

  /** Compares query embeddings, computed from the hidden state of the first [IMG] token. */
  private void query(Check check) {
    Stages stages = models.stages(model);
    List<float[]> actual = new ArrayList<>();
    for (int i = 0; i < golden.shape("ret.raw_emb")[0]; i++) {
      actual.add(Models.present("query embedder", stages.query()).embed(golden.rows("ret.raw_emb", i)[0]));
    }
    check.close("ret.ret_emb", Golden.flat(actual), golden.floats("ret.ret_emb"), Tolerance.FORWARD);
  }

  private void decision(Check check) {
    List<float[]> logits = new ArrayList<>();
    List<float[]> probabilities = new ArrayList<>();
    for (float[] hidden : golden.rows("decision.in")) {
      logits.add(models.decision(model).logits(hidden));
      Probabilities decided = models.decision(model).decide(hidden);
      probabilities.add(new float[] {(float) decided.generate(), (float) decided.retrieve()});
    }
    check.close("decision.logits", Golden.flat(logits), golden.floats("decision.logits"), Tolerance.FORWARD);
    check.close("decision.probs", Golden.flat(probabilities), golden.floats("decision.probs"), Tolerance.FORWARD);
  }

  private void imageTokens(Check check) {
    Stages stages = models.stages(model);
    float[][] rows = stages.languageModel().embeddings(stages.tokenizer().imageTokenIds());
    check.close("input_embeddings.img_rows", Golden.flat(rows), golden.floats("input_embeddings.img_rows"), 0);
  }

  /** Compares the whole matrix: a search by a unit vector returns a normalised and scaled column of it. */
  private void matrix(Check check) {
    ImageRetriever retriever = Models.present("collection of images", models.stages(model).retriever());
    int[] shape = golden.shape("emb_matrix");
    float[] actual = new float[shape[0] * shape[1]];
    Arrays.fill(actual, Float.NaN);
    for (int column = 0; column < shape[1]; column++) {
      float[] unit = new float[shape[1]];
      unit[column] = 1;
      List<Hit> hits = retriever.search(unit, shape[0] + 1, Set.of());
      check.same("images found", hits.size(), shape[0]);
      for (Hit hit : hits) {
        actual[Integer.parseInt(hit.id()) * shape[1] + column] = (float) hit.score();
      }
    }
    check.close("emb_matrix", actual, golden.floats("emb_matrix"), Tolerance.FORWARD);
    try (Projections projections = projections()) {
      double scale = Math.exp(projections.logitScale());
      check.close("logit_scale_exp", new float[] {(float) scale}, golden.floats("logit_scale_exp"), Tolerance.FORWARD);
    }
  }
}
