package io.gill.examples.parity;

import com.fasterxml.jackson.databind.JsonNode;
import io.gill.Device;
import io.gill.Precision;
import io.gill.lm.DecoderModel;
import io.gill.lm.DecoderSnapshot;
import io.gill.lm.Inspection;
import io.gill.stage.LanguageContext;
import io.gill.stage.LanguageInput.Embeddings;
import io.gill.stage.LanguageInput.Tokens;
import io.gill.stage.LanguageOutput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** Language models: embeddings, hidden states, logits at every position, the cache, greedy decoding, batches. */
final class LanguageCases {
  private final String part;
  private final String model;
  private final Golden golden;
  private final Supplier<DecoderModel> language;

  private LanguageCases(String part, String model, Golden golden, Supplier<DecoderModel> language) {
    this.part = part;
    this.model = model;
    this.golden = golden;
    this.language = language;
  }

  /** Runs the cases of the language model in a model directory. */
  static void run(Folder folder, Models models, String model, Report report) throws IOException {
    JsonNode json = Folder.json(folder.golden(model, "opt.json"));
    try (Golden golden = Golden.open(folder.golden(model, "opt.safetensors"))) {
      LanguageCases cases = new LanguageCases("opt", model, golden, () -> models.language(model));
      report.run("opt", model + "/embedding_rows", check -> check.same("rows",
          models.language(model).vocabularySize(), Folder.required(json, "embedding_rows").intValue()));
      cases.run(json, report);
    }
  }

  /** Runs the cases of a separate snapshot. */
  static void runSnapshot(Folder folder, Device device, String name, Report report) throws IOException {
    Path snapshot = folder.root().resolve(name);
    if (Files.isDirectory(snapshot) && !DecoderSnapshot.isKnown(snapshot)) {
      report.leaveOut("language", name, "no family reads this snapshot");
      return;
    }
    JsonNode json = Folder.json(folder.golden(name, "lm.json"));
    int rows = Folder.required(json, "embedding_rows").intValue();
    try (Golden golden = Golden.open(folder.golden(name, "lm.safetensors"));
        Lazy<DecoderModel> loaded = new Lazy<>(() ->
            DecoderSnapshot.of(snapshot).load(rows, new float[0][], device, Precision.FLOAT32))) {
      new LanguageCases("language", name, golden, loaded::get).run(json, report);
    }
  }

  private void run(JsonNode json, Report report) {
    Set<String> known = new HashSet<>();
    for (JsonNode one : Folder.required(json, "cases")) {
      String name = Folder.text(one, "name");
      known.add(name);
      report.run(part, model + "/" + name, check -> tokens(check, name, one));
      report.run(part, model + "/" + name + "/greedy", check -> greedy(check, one));
    }
    if (Folder.has(json, "cached")) {
      int[] chunks = Folder.ints(Folder.required(json.get("cached"), "chunks"));
      report.run(part, model + "/cached", check -> cached(check, chunks));
    }
    for (String tensor : golden.names()) { // batches, which the JSON file does not list
      String name = tensor.substring(0, Math.max(0, tensor.indexOf('.')));
      if (tensor.endsWith(".attention_mask")) {
        report.run(part, model + "/" + name, check -> padded(check, name, json.path(name + "_generate")));
      } else if (tensor.endsWith(".inputs_embeds") && !known.contains(name)) {
        report.run(part, model + "/" + name, check -> embeddings(check, name));
      }
    }
    golden.reportUnread(report, part, model + "/tensors");
  }

  /** Compares one sequence of tokens. */
  private void tokens(Check check, String name, JsonNode json) {
    int[] ids = golden.ints(name + ".input_ids");
    check.same("input_ids", ids, Folder.ints(Folder.required(json, "input_ids")));
    check.close("inputs_embeds", Golden.flat(language.get().embeddings(ids)), golden.floats(name + ".inputs_embeds"),
        Tolerance.FORWARD);
    try (Inspection context = Inspection.open(language.get())) {
      Inspection.Reading whole = context.append(List.of(new Tokens(ids)));
      states(check, name, List.of(whole.states()));
      check.close("logits_last", whole.output().logits(), golden.floats(name + ".logits_last"), Tolerance.FORWARD);
    }
    List<float[]> logits = new ArrayList<>();
    try (LanguageContext context = language.get().open()) { // position by position, to get the logits of each
      for (int id : ids) {
        logits.add(context.append(List.of(new Tokens(new int[] {id}))).logits());
      }
    }
    logits(check, name, logits);
  }

  /** Compares a batch given as embeddings; here its sequences run one after another. */
  private void embeddings(Check check, String name) {
    int batch = golden.shape(name + ".inputs_embeds")[0];
    List<List<float[]>> states = new ArrayList<>();
    List<float[]> last = new ArrayList<>();
    List<float[]> logits = new ArrayList<>();
    for (int b = 0; b < batch; b++) {
      float[][] rows = golden.rows(name + ".inputs_embeds", b);
      try (Inspection context = Inspection.open(language.get())) {
        Inspection.Reading whole = context.append(List.of(new Embeddings(rows)));
        states.add(whole.states());
        last.add(whole.output().logits());
      }
      try (LanguageContext context = language.get().open()) {
        for (float[] row : rows) {
          logits.add(context.append(List.of(new Embeddings(new float[][] {row}))).logits());
        }
      }
    }
    states(check, name, states);
    if (golden.has(name + ".logits_last")) {
      check.close("logits_last", Golden.flat(last), golden.floats(name + ".logits_last"), Tolerance.FORWARD);
    }
    logits(check, name, logits);
  }

  /** Compares all hidden states of every row, and their number with the recorded one. */
  private void states(Check check, String name, List<List<float[]>> rows) {
    int count = rows.get(0).size();
    for (int i = 0; i < count; i++) {
      int index = i;
      String key = "hidden_states." + i;
      float[] actual = Golden.flat(rows.stream().map(states -> states.get(index)).toList());
      check.close(key, actual, golden.floats(name + "." + key), Tolerance.FORWARD);
    }
    check.holds("count of hidden states", !golden.has(name + ".hidden_states." + count), "more were recorded");
  }

  /** Compares the recorded part of the logits at all positions. */
  private void logits(Check check, String name, List<float[]> logits) {
    int[] best = logits.stream().mapToInt(LanguageCases::argMax).toArray();
    check.same("logits_argmax", best, golden.ints(name + ".logits_argmax"));
    int[] subset = golden.ints("logits_vocab_subset");
    float[] some = Golden.flat(logits.stream().map(values -> pick(values, subset)).toList());
    check.close("logits_subset", some, golden.floats(name + ".logits_subset"), Tolerance.FORWARD);
    if (golden.has(name + ".logits_logsumexp")) {
      float[] recorded = golden.floats(name + ".logits_logsumexp");
      double[] actual = logits.stream().mapToDouble(LanguageCases::logSumExp).toArray();
      check.close("logits_logsumexp", actual, Check.widen(recorded), Tolerance.FORWARD);
    }
  }

  private void greedy(Check check, JsonNode json) {
    int[] recorded = Folder.ints(Folder.required(json, "greedy_ids"));
    double[] margins = Folder.doubles(Folder.required(json, "greedy_margins"));
    int[] actual = new int[recorded.length];
    try (LanguageContext context = language.get().open()) {
      int[] next = Folder.ints(Folder.required(json, "input_ids"));
      for (int i = 0; i < recorded.length; i++) {
        int best = argMax(context.append(List.of(new Tokens(next))).logits());
        actual[i] = margins[i] < Tolerance.GREEDY_MARGIN ? recorded[i] : best;
        next = new int[] {recorded[i]};
      }
    }
    check.same("greedy_ids", actual, recorded);
  }

  /** Compares a sequence appended in pieces: states, logits at the end of each piece, and the cache after the first. */
  private void cached(Check check, int[] chunks) {
    int[] ids = golden.ints("cached.input_ids");
    float[][] logits = golden.rows("cached.logits_subset");
    int[] subset = golden.ints("logits_vocab_subset");
    List<List<float[]>> states = new ArrayList<>();
    try (Inspection context = Inspection.open(language.get())) {
      int end = 0;
      for (int chunk : chunks) {
        Inspection.Reading reading =
            context.append(List.of(new Tokens(Arrays.copyOfRange(ids, end, end + chunk))));
        if (end == 0) {
          cache(check, context.cache());
        }
        end += chunk;
        states.add(reading.states());
        check.close("logits_subset at " + (end - 1), pick(reading.output().logits(), subset), logits[end - 1],
            Tolerance.FORWARD);
        if (end == ids.length) {
          check.close("logits_last", reading.output().logits(), golden.floats("cached.logits_last"),
              Tolerance.FORWARD);
        }
      }
    }
    states(check, "cached", states);
  }

  /** Compares the cache. With a sliding window, published caches keep only the window. */
  private void cache(Check check, Inspection.Cache cache) {
    for (int layer = 0; layer < cache.keys().size(); layer++) {
      String keys = "cached.prefix_keys." + layer;
      String values = "cached.prefix_values." + layer;
      check.close(keys, last(cache.keys().get(layer), golden.shape(keys)), golden.floats(keys), Tolerance.FORWARD);
      check.close(values, last(cache.values().get(layer), golden.shape(values)), golden.floats(values),
          Tolerance.FORWARD);
    }
  }

  /** Returns the last positions of every head: (K, all, E) -> (K, T, E), where the shape is (1, K, T, E). */
  private static float[] last(float[] all, int[] shape) {
    int count = shape[2] * shape[3];
    int each = all.length / shape[1];
    float[] some = new float[shape[1] * count];
    for (int head = 0; head < shape[1]; head++) {
      System.arraycopy(all, (head + 1) * each - count, some, head * count, count);
    }
    return some;
  }

  /** Compares each row of a left-padded batch with its tokens alone, at positions from 0. */
  private void padded(Check check, String name, JsonNode generated) {
    int[] shape = golden.shape(name + ".input_ids");
    int[] ids = golden.ints(name + ".input_ids");
    int[] mask = golden.ints(name + ".attention_mask");
    float[][] hidden = golden.rows(name + ".last_hidden_state");
    float[][] logits = golden.rows(name + ".logits_subset");
    int[] subset = golden.ints("logits_vocab_subset");
    for (int row = 0; row < shape[0]; row++) {
      int end = (row + 1) * shape[1];
      int start = end - Arrays.stream(mask, row * shape[1], end).sum();
      List<float[]> states = new ArrayList<>();
      List<float[]> some = new ArrayList<>();
      try (LanguageContext context = language.get().open()) {
        float[] last = new float[0];
        for (int i = start; i < end; i++) {
          LanguageOutput output = context.append(List.of(new Tokens(new int[] {ids[i]})));
          states.addAll(List.of(output.hidden()));
          last = output.logits();
          some.add(pick(last, subset));
        }
        if (!generated.isMissingNode()) {
          int[] recorded = Folder.ints(Folder.required(generated, "new_tokens").get(row));
          check.same("row " + row + " new_tokens", greedily(context, last, recorded.length), recorded);
        }
      }
      check.close("row " + row + " last_hidden_state", Golden.flat(states),
          Golden.flat(Arrays.copyOfRange(hidden, start, end)), Tolerance.FORWARD);
      check.close("row " + row + " logits_subset", Golden.flat(some),
          Golden.flat(Arrays.copyOfRange(logits, start, end)), Tolerance.FORWARD);
    }
  }

  private static int[] greedily(LanguageContext context, float[] logits, int count) {
    int[] ids = new int[count];
    float[] last = logits;
    for (int i = 0; i < count; i++) {
      ids[i] = argMax(last);
      last = context.append(List.of(new Tokens(new int[] {ids[i]}))).logits();
    }
    return ids;
  }

  private static float[] pick(float[] values, int[] indices) {
    float[] picked = new float[indices.length];
    for (int i = 0; i < indices.length; i++) {
      picked[i] = values[indices[i]];
    }
    return picked;
  }

  static int argMax(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      if (values[i] > values[best]) {
        best = i;
      }
    }
    return best;
  }

  private static double logSumExp(float[] values) {
    double max = values[argMax(values)];
    double sum = 0;
    for (float value : values) {
      sum += Math.exp(value - max);
    }
    return max + Math.log(sum);
  }
}
