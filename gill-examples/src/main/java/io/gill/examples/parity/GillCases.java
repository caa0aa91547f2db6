package io.gill.examples.parity;

import com.fasterxml.jackson.databind.JsonNode;
import io.gill.Conversation;
import io.gill.DiffusionOptions;
import io.gill.GillModel;
import io.gill.Reply;
import io.gill.Reply.Action;
import io.gill.Reply.Finish;
import io.gill.Reply.GeneratedImage;
import io.gill.Reply.ImagePart;
import io.gill.Reply.Part;
import io.gill.Reply.RetrievedImage;
import io.gill.Reply.TextPart;
import io.gill.RespondOptions;
import io.gill.Sampler;
import io.gill.Sampling;
import io.gill.image.Images;
import io.gill.stage.Conditioning;
import io.gill.stage.DecisionModel.Probabilities;
import io.gill.stage.ImageRetriever.Hit;
import io.gill.stage.Stages;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Whole replies: {@code generate_for_images_and_texts} with its arguments and all of its results. */
final class GillCases {
  private static final String PART = "gill";

  /** The known keys of a case; any other key would go unchecked. */
  private static final Set<String> KEYS = Set.of("name", "prompts", "args", "num_gen_images", "load_sd",
      "use_retrieval", "torch_seed", "error", "tokenizer_calls", "generated_ids_all", "greedy_margins", "sampling",
      "outputs");

  /** Number of conditioning tokens that the published image generator takes. */
  private static final int POSITIONS = 77;

  private final Folder folder;
  private final Models models;
  private final String model;
  private final Golden golden;

  private GillCases(Folder folder, Models models, String model, Golden golden) {
    this.folder = folder;
    this.models = models;
    this.model = model;
    this.golden = golden;
  }

  static void run(Folder folder, Models models, String model, Report report) throws IOException {
    JsonNode json = Folder.json(folder.golden(model, "gill.json"));
    for (String key : json.properties().stream().map(Map.Entry::getKey).toList()) {
      if (!key.equals("cases") && !key.equals("log_likelihood")) {
        report.fail(PART, model + "/" + key, "unknown kind of case");
      }
    }
    try (Golden golden = Golden.open(folder.golden(model, "gill.safetensors"))) {
      GillCases cases = new GillCases(folder, models, model, golden);
      for (JsonNode one : json.path("cases")) {
        report.run(PART, model + "/" + Folder.text(one, "name"), check -> cases.compare(check, one));
      }
      golden.reportUnread(report, PART, model + "/tensors");
    }
  }

  /** Builds one turn from a list of images and texts. */
  static Conversation conversation(Path dir, JsonNode prompts) {
    Conversation.Builder conversation = Conversation.builder();
    for (JsonNode prompt : prompts) {
      if (prompt.has("text")) {
        conversation.text(prompt.get("text").textValue());
      } else {
        conversation.image(Pictures.read(dir.resolve(Folder.text(prompt, "image"))));
      }
    }
    return conversation.build();
  }

  private void compare(Check check, JsonNode one) {
    one.properties().forEach(entry ->
        check.holds(entry.getKey(), KEYS.contains(entry.getKey()), "an unknown part of a case"));
    GillModel loaded =
        models.get(model, one.path("use_retrieval").asBoolean(true), one.path("load_sd").asBoolean(true));
    for (JsonNode call : one.path("tokenizer_calls")) {
      String text = Folder.text(call, "text");
      check.same("ids of \"" + text + '"', loaded.stages().tokenizer().encodeWithMarkers(
          text, Folder.required(call, "add_special_tokens").booleanValue()), Folder.ints(Folder.required(call, "ids")));
    }
    RespondOptions.Builder options = RespondOptions.reference().toBuilder();
    options.generatedImages(one.path("num_gen_images").asInt(1));
    Sampling sampling = arguments(check, Folder.required(one, "args"), options);
    Conversation conversation =
        conversation(folder.root().resolve(model), Folder.required(one, "prompts"));
    if (Folder.has(one, "error")) {
      expectedError(check, one, loaded, conversation, options);
    } else {
      reply(check, one, loaded, conversation, options, sampling);
    }
  }

  /** Translates the recorded arguments. Returns the sampling, or null for greedy decoding. */
  private static @Nullable Sampling arguments(Check check, JsonNode args, RespondOptions.Builder options) {
    DiffusionOptions.Builder diffusion = options.build().diffusion().toBuilder();
    double bias = 1;
    double temperature = 0;
    double topP = 1;
    for (Map.Entry<String, JsonNode> arg : args.properties()) {
      JsonNode value = arg.getValue();
      switch (arg.getKey()) {
        case "num_words" -> options.maxTokens(value.intValue());
        case "min_word_tokens" -> options.minWordTokens(value.intValue());
        case "ret_scale_factor", "gen_scale_factor" -> bias *= Math.max(1, value.doubleValue());
        case "max_num_rets" -> options.maxImages(value.intValue());
        case "num_inference_steps" -> diffusion.steps(value.intValue());
        case "guidance_scale" -> diffusion.guidanceScale(value.doubleValue());
        case "seed" -> options.seed(value.longValue());
        case "always_add_bos" -> options.bosBeforeEveryText(value.booleanValue());
        case "temperature" -> temperature = value.doubleValue();
        case "top_p" -> topP = value.doubleValue();
        default -> check.fail(arg.getKey(), "an unknown argument");
      }
    }
    options.imageBias(bias).diffusion(diffusion.build());
    return temperature > 0 ? new Sampling(temperature, topP) : null;
  }

  // ---- where the published code fails

  private static void expectedError(
      Check check, JsonNode one, GillModel loaded, Conversation conversation, RespondOptions.Builder options) {
    boolean hasText = StreamSupport.stream(Folder.required(one, "prompts").spliterator(), false)
        .anyMatch(prompt -> prompt.has("text"));
    List<Integer> chosen = new ArrayList<>();
    options.sampler((logits, random) -> {
      chosen.add(Sampler.greedy().sample(logits, random));
      return chosen.get(chosen.size() - 1);
    });
    Reply reply = loaded.respond(conversation, options.build());
    int last = chosen.isEmpty() ? -1 : chosen.get(chosen.size() - 1);
    if (!hasText) {
      check.holds("a prompt of images alone works", reply.finish() != Finish.CANCELLED, "was cancelled");
    } else if (Folder.text(one, "error").startsWith("IndexError")) {
      check.same("finish where positions run out", reply.finish(), Finish.CONTEXT_FULL);
    } else if (last == loaded.stages().tokenizer().imageTokenIds()[0]) {
      check.same("finish with an image on the last step", reply.finish(), Finish.MAX_TOKENS);
    } else {
      check.fail("error", "the recorded error is of no known kind: " + Folder.text(one, "error"));
    }
  }

  // ---- where it replies

  /** Input and output of the mapper for one image. */
  @SuppressWarnings("ArrayRecordComponent") // plain data, never compared
  private record Mapping(float[][] hidden, float[][] embeddings, float[][] conditioning) {}

  private void reply(Check check, JsonNode one, GillModel loaded, Conversation conversation,
      RespondOptions.Builder options, @Nullable Sampling sampling) {
    Stages stages = loaded.stages();
    int[] image = stages.tokenizer().imageTokenIds();
    int[] ids = Folder.ints(Folder.required(one, "generated_ids_all"));
    ReplaySampler sampler = new ReplaySampler(check, steps(ids, image),
        Folder.doubles(one.path("greedy_margins")), one.path("sampling"), sampling);
    RecordingLanguageModel recording = new RecordingLanguageModel(stages.languageModel());
    List<Mapping> mappings = new ArrayList<>();
    Reply reply = recorded(stages, recording, mappings).respond(conversation, options.sampler(sampler).build());

    String name = Folder.text(one, "name");
    int[] said = Arrays.stream(sampler.chosen())
        .flatMap(id -> id == image[0] ? Arrays.stream(image) : IntStream.of(id))
        .toArray();
    check.same("generated_ids_all", said, ids);
    check.same("generated_ids", said, golden.ints(name + ".generated_ids"));
    check.close("input_embs", first(recording.read(), golden.shape(name + ".input_embs")[1]),
        golden.floats(name + ".input_embs"), Tolerance.FORWARD);
    check.close("generated_embeddings", first(recording.hidden(), golden.shape(name + ".generated_embeddings")[1]),
        golden.floats(name + ".generated_embeddings"), Tolerance.PIPELINE);
    outputs(check, one, reply, stages, mappings);
  }

  /** Reduces ids to one token per step: [IMG0] adds all other [IMG] tokens. */
  private static int[] steps(int[] ids, int[] image) {
    List<Integer> steps = new ArrayList<>();
    for (int i = 0; i < ids.length; i += ids[i] == image[0] ? image.length : 1) {
      steps.add(ids[i]);
    }
    return steps.stream().mapToInt(Integer::intValue).toArray();
  }

  private static float[] first(List<float[]> rows, int count) {
    return Golden.flat(rows.subList(0, Math.min(count, rows.size())));
  }

  /** Returns the same stages with recording. Do not close it: the stages belong to the loaded model. */
  private static GillModel recorded(Stages stages, RecordingLanguageModel recording, List<Mapping> mappings) {
    GillModel.Builder builder = GillModel.builder()
        .tokenizer(stages.tokenizer())
        .languageModel(recording)
        .imageSource(stages.source());
    stages.decision().ifPresent(builder::decisionModel);
    stages.retriever().ifPresent(builder::imageRetriever);
    stages.generator().ifPresent(builder::imageGenerator);
    stages.vision().ifPresent(vision -> builder.visionEncoder(vision.encoder()).visualProjection(vision.projection()));
    stages.retrievalEmbedder().ifPresent(builder::imageEmbedder);
    stages.query().ifPresent(builder::queryEmbedder);
    stages.mapper().ifPresent(mapper -> builder.generationMapper((hidden, embeddings) -> {
      Conditioning conditioning = mapper.map(hidden, embeddings);
      mappings.add(new Mapping(hidden, embeddings, conditioning.tokens()));
      return conditioning;
    }));
    return builder.build();
  }

  private void outputs(Check check, JsonNode one, Reply reply, Stages stages, List<Mapping> mappings) {
    String marker = " " + IntStream.range(0, stages.tokenizer().imageTokenIds().length)
        .mapToObj(i -> "[IMG" + i + "]")
        .collect(Collectors.joining());
    List<Part> parts = new ArrayList<>(reply.parts());
    int images = 0;
    for (JsonNode output : Folder.required(one, "outputs")) {
      if (output.has("text")) {
        text(check, output.get("text").textValue(), marker, parts);
      } else if (!output.has("images")) {
        check.fail("outputs", "an unknown kind of output: " + output);
      } else if (!parts.isEmpty() && parts.get(0) instanceof ImagePart part && images < mappings.size()) {
        parts.remove(0);
        String key = Folder.text(one, "name") + ".out" + images;
        mapped(check, key, mappings.get(images), part);
        image(check, key, output.get("images"), part, stages);
        images++;
      } else {
        check.fail("outputs", "there is no image number " + images);
      }
    }
    check.same("parts beyond the recorded outputs", parts.size(), 0);
  }

  /** Compares a text. The published code appends the [IMG] tokens to a text before an image; texts may be empty. */
  private static void text(Check check, String recorded, String marker, List<Part> parts) {
    String shown = recorded.endsWith(marker) ? recorded.substring(0, recorded.length() - marker.length()) : recorded;
    String actual = "";
    if (!parts.isEmpty() && parts.get(0) instanceof TextPart text) {
      actual = text.text();
      parts.remove(0);
    }
    check.same("text", actual, shown);
  }

  private void mapped(Check check, String key, Mapping mapping, ImagePart part) {
    check.close(key + ".raw_emb", Golden.flat(mapping.hidden()), golden.floats(key + ".raw_emb"), Tolerance.PIPELINE);
    check.close(key + ".gen_prefix_embs", Golden.flat(mapping.embeddings()), golden.floats(key + ".gen_prefix_embs"),
        Tolerance.FORWARD);
    float[] conditioning = Golden.flat(mapping.conditioning());
    float[] mapped = padded(golden.rows(key + ".mapper_out"));
    check.close(key + ".mapper_out", conditioning, mapped, Tolerance.PIPELINE);
    check.close(key + " conditioning", Golden.flat(part.embedding().conditioning().tokens()), mapped,
        Tolerance.PIPELINE);
    if (golden.has(key + ".gen_emb_returned")) {
      check.close(
          key + ".gen_emb_returned", conditioning, golden.floats(key + ".gen_emb_returned"), Tolerance.PIPELINE);
    }
    if (golden.has(key + ".ret_emb_normalized")) {
      check.close(key + ".ret_emb_normalized", part.embedding().retrieval(),
          golden.floats(key + ".ret_emb_normalized"), Tolerance.PIPELINE);
    }
  }

  /** Returns a recorded mapping as the image generator takes it: filled up with zeros to 77 positions. */
  static float[] padded(float[][] mapped) {
    return Arrays.copyOf(Golden.flat(mapped), POSITIONS * mapped[0].length);
  }

  private void image(Check check, String key, JsonNode recorded, ImagePart part, Stages stages) {
    for (Map.Entry<String, JsonNode> entry : recorded.properties()) {
      switch (entry.getKey()) {
        case "decision" -> decision(check, key, entry.getValue(), part, stages);
        case "ret" -> retrieved(check, key, entry.getValue(), part);
        case "gen" -> generated(check, key, entry.getValue(), part, stages);
        default -> {
          if (entry.getKey().matches("top\\d+_unpenalized")) {
            ranking(check, key, entry.getValue(), part, stages);
          } else {
            check.fail(key + " " + entry.getKey(), "an unknown part of an image");
          }
        }
      }
    }
    if (golden.has(key + ".scores_unpenalized")) {
      float[] scores = golden.floats(key + ".scores_unpenalized");
      float[] actual = new float[scores.length];
      Arrays.fill(actual, Float.NaN);
      for (Hit hit : search(part, stages, scores.length + 1)) {
        actual[Integer.parseInt(hit.id())] = (float) hit.score();
      }
      check.close(key + ".scores_unpenalized", actual, scores, Tolerance.PIPELINE);
    }
  }

  private void decision(Check check, String key, JsonNode recorded, ImagePart part, Stages stages) {
    Probabilities probabilities = part.decision().probabilities().orElse(null);
    if (stages.retriever().isEmpty() || recorded.isNull()) { // no decision was made
      check.holds(key + " decision", probabilities == null, "there are probabilities, but none were recorded");
      if (!recorded.isNull()) {
        check.same(key + " action", name(part.decision().action()), recorded.path(0).asText());
      }
      return;
    }
    if (probabilities == null) {
      check.fail(key + " decision", "there are no probabilities");
      return;
    }
    double[] actual = {probabilities.generate(), probabilities.retrieve()};
    check.close(key + " decision", actual, Folder.doubles(recorded.path(1)), Tolerance.PIPELINE);
    Action preferred = actual[0] >= actual[1] ? Action.GENERATE : Action.RETRIEVE;
    check.same(key + " preferred", name(preferred), recorded.path(0).asText());
    if (stages.generator().isPresent()) { // without a generator, an image is always retrieved
      check.same(key + " action", name(part.decision().action()), recorded.path(0).asText());
    }
    if (golden.has(key + ".decision_logits")) { // probabilities determine only their difference
      float[] logits = golden.floats(key + ".decision_logits");
      double odds = Math.log(actual[0]) - Math.log(actual[1]);
      double unit = Math.max(1, Math.max(Math.abs(logits[0]), Math.abs(logits[1])));
      check.within(key + ".decision_logits", new double[] {odds / unit},
          new double[] {((double) logits[0] - logits[1]) / unit}, Tolerance.PIPELINE);
    }
  }

  private static String name(Action action) {
    return action == Action.GENERATE ? "gen" : "ret";
  }

  private static void retrieved(Check check, String key, JsonNode recorded, ImagePart part) {
    check.same(key + " retrieved", part.retrieved().size(), recorded.size());
    for (int i = 0; i < Math.min(part.retrieved().size(), recorded.size()); i++) {
      String what = key + ".ret" + i;
      RetrievedImage image = part.retrieved().get(i);
      JsonNode golden = recorded.get(i);
      check.same(what + " index", image.id(), Folder.text(golden, "index"));
      check.same(what + " path", image.uri(), Folder.text(golden, "path"));
      check.close(what + " score", new double[] {image.score()},
          new double[] {Folder.required(golden, "score").doubleValue()}, Tolerance.PIPELINE);
      int[] size = Folder.ints(Folder.required(golden, "size"));
      check.same(what + " pixels", sha256(Pictures.rgb(Images.resize(image.image(), size[0], size[1]), 1)),
          Folder.text(golden, "sha256_rgb224"));
    }
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private void generated(Check check, String key, JsonNode recorded, ImagePart part, Stages stages) {
    List<JsonNode> images = new ArrayList<>();
    for (JsonNode one : recorded) {
      if (one.has("tensor")) { // without an image generator, the conditioning is the result
        check.close(key + " gen", Golden.flat(part.embedding().conditioning().tokens()),
            golden.floats(Folder.text(one, "tensor")), Tolerance.PIPELINE);
      } else {
        images.add(one);
      }
    }
    check.same(key + " generated", part.generated().size(), images.size());
    for (int i = 0; i < Math.min(part.generated().size(), images.size()); i++) {
      GeneratedImage made = part.generated().get(i);
      String png = Folder.text(images.get(i), "png");
      Pictures.compare(check, png, made.image(), folder.golden(model, png));
      double score = Folder.required(images.get(i), "score").doubleValue();
      if (stages.retriever().isEmpty()) { // no ranking
        check.same(key + ".gen" + i + " score", made.score(), score);
      } else { // one pixel level changes the score, so each picture has its own
        double[] cosine = {cosine(made.image(), part, stages)};
        check.within(key + ".gen" + i + " score", new double[] {made.score()}, cosine, Tolerance.FORWARD);
        double[] ofRecorded = {cosine(Pictures.read(folder.golden(model, png)), part, stages)};
        check.within(png + " score", ofRecorded, new double[] {score}, Tolerance.PIPELINE);
      }
    }
  }

  /** Computes the cosine similarity of a picture and the retrieval embedding. */
  private static double cosine(BufferedImage image, ImagePart part, Stages stages) {
    float[] pooled = Models.present("vision", stages.vision()).encoder()
        .encode(List.of(Images.resize(image, 224, 224)))[0];
    float[] embedding = Models.present("image embedder", stages.retrievalEmbedder()).embed(pooled);
    float[] query = part.embedding().retrieval();
    double dot = 0;
    double square = 0;
    for (int i = 0; i < query.length; i++) {
      dot += (double) embedding[i] * query[i];
      square += (double) embedding[i] * embedding[i];
    }
    return dot / Math.sqrt(square);
  }

  /** Compares the best images of the whole collection, including those shown before. */
  private static void ranking(Check check, String key, JsonNode recorded, ImagePart part, Stages stages) {
    int[] indices = Folder.ints(Folder.required(recorded, "index"));
    List<Hit> hits = search(part, stages, indices.length);
    check.same(key + " ranking", hits.stream().mapToInt(hit -> Integer.parseInt(hit.id())).toArray(), indices);
    check.same(key + " ranking paths", hits.stream().map(Hit::uri).toList(),
        Folder.texts(Folder.required(recorded, "path")));
    check.close(key + " ranking scores", hits.stream().mapToDouble(Hit::score).toArray(),
        Folder.doubles(Folder.required(recorded, "score")), Tolerance.PIPELINE);
  }

  private static List<Hit> search(ImagePart part, Stages stages, int count) {
    return Models.present("collection of images", stages.retriever())
        .search(part.embedding().retrieval(), count, Set.of());
  }
}
