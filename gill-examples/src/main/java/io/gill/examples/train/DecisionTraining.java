package io.gill.examples.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.gill.GillException;
import io.gill.GillModel;
import io.gill.Reply.Action;
import io.gill.examples.Output;
import io.gill.examples.claim.Preference;
import io.gill.examples.world.Dialogues;
import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.WorldDialogue;
import io.gill.examples.world.WorldDialogue.Kind;
import io.gill.examples.world.WorldDialogue.Turn;
import io.gill.training.DecisionData;
import io.gill.training.DecisionData.Prompt;
import io.gill.training.DecisionListener;
import io.gill.training.DecisionMetrics;
import io.gill.training.DecisionOptions;
import io.gill.training.DecisionTrainer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/** Trains the decision model. The label of a request is the better picture by its pixels: a retrieved or a new one. */
final class DecisionTraining {
  static final int REQUESTS = 1000;

  /** The share of the preferences in the training set. */
  private static final double TRAINING = 0.8;

  private static final ObjectMapper JSON = new ObjectMapper();

  private DecisionTraining() {}

  /**
   * The better picture for a request.
   *
   * @param prompt the prompt; empty if the model does not answer with a picture
   * @param retrieve whether a picture of the collection is better
   */
  private record Measured(String prompt, boolean retrieve) {
    static Measured of(GillModel gill, Turn request) {
      return Preference.measure(gill, request, gill.defaults().diffusion())
          .map(preference -> new Measured(preference.prompt(), preference.better() == Action.RETRIEVE))
          .orElse(new Measured("", false));
    }

    static Measured of(String line) throws IOException {
      JsonNode node = JSON.readTree(line);
      return new Measured(node.path("prompt").asText(), node.path("retrieve").asBoolean());
    }

    String line() {
      return JSON.createObjectNode().put("prompt", prompt).put("retrieve", retrieve) + "\n";
    }
  }

  static void run(WorldModel model, int requests, PrintWriter out) throws IOException {
    List<Measured> measured = measured(model, requests);
    List<Prompt> prompts = measured.stream().filter(one -> !one.prompt.isEmpty())
        .map(one -> new Prompt(one.prompt, one.retrieve)).toList();
    int none = measured.size() - prompts.size();
    if (prompts.isEmpty()) {
      throw new GillException("no decision can be learned: the model answers none of " + requests
          + " requests with a picture");
    }
    long retrieve = prompts.stream().filter(Prompt::retrieve).count();
    out.printf("decision model: of %d requests, retrieval suits %d better, generation %d%n", requests, retrieve,
        prompts.size() - retrieve);
    DecisionOptions options =
        DecisionOptions.builder().trainingPrompts(Math.max(1, (int) (TRAINING * prompts.size()))).build();
    DecisionTrainer.train(model.dir(), new DecisionData(prompts, List.of(), none), options,
        model.dir().resolve("decision_model.pth.tar"), new DecisionListener() {
          @Override
          public void onEvaluation(DecisionMetrics metrics) {
            out.printf("decision model: %s%n", metrics);
            out.flush();
          }
        });
  }

  /**
   * Measures requests and appends a line to a file for each, so that a killed run resumes with the next one. An
   * incomplete last line is removed first, atomically.
   */
  private static List<Measured> measured(WorldModel model, int requests) throws IOException {
    Path file = model.work().resolve("decisions.jsonl");
    String fingerprint = fingerprint(model);
    List<Measured> all = read(file, fingerprint);
    Output.text(file, all.stream().map(Measured::line).collect(Collectors.joining("", fingerprint + "\n", "")));
    try (GillModel gill = GillModel.load(model.dir())) {
      while (all.size() < requests) {
        Measured one = Measured.of(gill, request(all.size()));
        all.add(one);
        Files.writeString(file, one.line(), StandardOpenOption.APPEND);
      }
    }
    return all.subList(0, requests);
  }

  /** Reads the file without a truncated last line; empty if the file belongs to another model. */
  private static List<Measured> read(Path file, String model) throws IOException {
    List<Measured> all = new ArrayList<>();
    if (Files.exists(file)) {
      // Not readString: an incomplete line may end within a character.
      String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
      List<String> lines = text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
      if (!lines.isEmpty() && lines.get(0).equals(model)) {
        for (String line : lines.subList(1, lines.size())) {
          all.add(Measured.of(line));
        }
      }
    }
    return all;
  }

  /** Returns a hash of the trained files that answers depend on. */
  private static String fingerprint(WorldModel model) throws IOException {
    Hasher hasher = Hashing.sha256().newHasher();
    for (Path file : List.of(model.dir().resolve("gill.safetensors"), model.dir().resolve("cc3m_embeddings.npy"),
        model.opt().resolve("model.safetensors"), model.sd("unet").resolve("diffusion_pytorch_model.safetensors"))) {
      hasher.putBytes(Files.readAllBytes(file));
    }
    return hasher.hash().toString();
  }

  /** Samples a request; every second one is for a scene of the collection, and one half is free talk. */
  private static Turn request(int index) {
    SplittableRandom random = new SplittableRandom(Batches.seed("decisions", 0, index));
    while (true) {
      Kind kind = random.nextBoolean() ? Kind.DRAW : Kind.FIND;
      WorldDialogue request = index % 4 < 2
          ? Dialogues.single(kind, Split.TRAIN, random.nextLong())
          : Dialogues.freeTalk(kind, Split.TRAIN, random.nextLong());
      if (request.turns().size() > 1) {
        continue; // several pictures
      }
      Turn turn = request.last();
      if (index % 2 == 0 || Collection.contains(turn.scene())) {
        return turn;
      }
    }
  }
}
