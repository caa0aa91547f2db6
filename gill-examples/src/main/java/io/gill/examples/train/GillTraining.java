package io.gill.examples.train;

import io.gill.examples.MetricsPlot;
import io.gill.examples.Output;
import io.gill.examples.TrainingProgress;
import io.gill.examples.world.Dialogues;
import io.gill.examples.world.Dialogues.Window;
import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.SceneRenderer;
import io.gill.lm.DecoderNetwork;
import io.gill.opt.OptConfig;
import io.gill.projection.ModelArgs;
import io.gill.projection.ProjectionNetwork;
import io.gill.text.OptTokenizer;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import io.gill.training.GillTrainer;
import io.gill.training.TrainingData;
import io.gill.training.TrainingExample;
import io.gill.training.TrainingOptions;
import io.gill.weights.StoredTensor;
import io.gill.weights.TensorFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/**
 * Trains GILL's own parts on dialogues: to answer questions about a picture, and to request a picture after an answer
 * that announces one. After that, {@link AnswerTraining} trains the input projection of pictures and what is said after
 * a picture, and {@link RequestTraining} the mapper and the projections for retrieval.
 */
final class GillTraining {
  static final TrainingRun.Plan PLAN = new TrainingRun.Plan("gill", 1500, 32, 2e-3, 0.01, 0);

  /** What precedes the names of GILL's own parts. */
  static final String PREFIX = "model.";

  /** The parameter with the embeddings of the [IMG] tokens, which are also their rows of the output layer. */
  static final String IMAGE_ROWS = PREFIX + "input_embeddings.weight";

  private static final int EXAMPLES = 16_000;
  private static final int VALIDATION = 256;
  private static final int MAPPER_WIDTH = 128;
  private static final int EPOCHS = 10;
  private static final int REPORT_EVERY = 50;

  /** Maximum length of a dialogue. Longer ones make every step expensive and are left to the language model. */
  private static final int MAX_TOKENS = 160;

  private GillTraining() {}

  /**
   * Trains from nothing, or goes on.
   *
   * @param start weights of GILL's own parts, from which training goes on
   */
  static void run(WorldModel model, Optional<Path> start, TrainingRun.Plan plan, TrainingRun.Plan answers,
      TrainingRun.Plan requests, PrintWriter out) throws IOException {
    model.args();
    Path first = model.work().resolve("gill");
    try (Captions captions = new Captions(model)) {
      train(model, plan, first, captions, start, out);
    }
    Path seeing = AnswerTraining.run(model, first.resolve("last/gill.safetensors"), answers, out);
    RequestTraining.run(model, seeing, requests, out);
  }

  static Window dialogue(SplittableRandom random) {
    return random.nextBoolean()
        ? Dialogues.endOfFreeTalk(Split.TRAIN, random.nextLong())
        : Window.whole(Dialogues.sample(Split.TRAIN, random.nextLong()));
  }

  /** Builds the trained projections on a run's weights. */
  static ProjectionNetwork projections(WorldModel model, TrainingRun run) throws IOException {
    return ProjectionNetwork.of(Weights.of(run.parameters()).at("model"),
        ModelArgs.read(model.dir().resolve("model_args.json")));
  }

  /**
   * Builds the frozen language model with GILL's rows of the [IMG] tokens.
   *
   * @param images the rows, which must live as long as the network
   */
  static DecoderNetwork language(WorldModel model, Frozen frozen, Tensor images, OptTokenizer tokenizer) {
    return frozen.build((w, owner) -> OptConfig.read(model.opt().resolve("config.json")).network(w)
        .resized(tokenizer.vocabularySize(), images, owner));
  }

  /** Builds the frozen language model with the rows of a file, which stay as they are. */
  static DecoderNetwork language(WorldModel model, Frozen frozen, TensorFile gill, OptTokenizer tokenizer) {
    StoredTensor rows = gill.get(IMAGE_ROWS);
    Tensor images = frozen.build((w, owner) -> owner.keep(Tensor.of(rows.toFloatArray(), rows.shape())));
    return language(model, frozen, images, tokenizer);
  }

  private static void train(WorldModel model, TrainingRun.Plan plan, Path folder, Captions captions,
      Optional<Path> start, PrintWriter out) throws IOException {
    int count = Math.min(EXAMPLES, plan.steps() * plan.batch());
    TrainingData data;
    TrainingData validation;
    try (OptTokenizer tokenizer = OptTokenizer.load(model.opt(), WorldModel.IMAGE_TOKENS)) {
      Predicate<Asked> fits = asked -> asked.tokens(tokenizer).length <= MAX_TOKENS;
      data = data(folder.resolve("pictures"), plan.name(), count, fits);
      validation =
          data(folder.resolve("validation"), plan.name() + "-validation", Math.min(VALIDATION, count), fits);
    }
    out.printf("%s: %,d examples%n", plan.name(), count);
    int stepsPerEpoch = Math.max(1, plan.steps() / EPOCHS);
    TrainingOptions options = TrainingOptions.builder()
        .epochs(plan.steps() / stepsPerEpoch)
        .stepsPerEpoch(stepsPerEpoch)
        .decayEpochs(EPOCHS * 7 / 10)
        .warmupSteps(Math.max(1, plan.steps() / 20))
        .batchSize(plan.batch())
        .learningRate(plan.rate())
        .mapperWidth(MAPPER_WIDTH)
        .maxLength(MAX_TOKENS)
        .joinProbability(0)
        .validationWords(0)
        .build();
    GillTrainer.Builder trainer = GillTrainer.builder(model.dir())
        .data(data).validation(validation).targets(captions).options(options).output(folder);
    start.ifPresent(trainer::startFrom);
    trainer.train(new TrainingProgress(plan.name() + " ", REPORT_EVERY, out, () -> true));
    MetricsPlot.draw(folder, folder.resolve("metrics.png"), out);
  }

  private static TrainingData data(Path pictures, String name, int count, Predicate<Asked> wanted)
      throws IOException {
    Files.createDirectories(pictures);
    List<TrainingExample> examples = new ArrayList<>();
    for (int seed = 0; examples.size() < count; seed++) {
      SplittableRandom random = new SplittableRandom(Batches.seed(name, 0, seed));
      Window window = dialogue(random);
      int turn = random.nextInt(window.answerable().size());
      Path picture = pictures.resolve(examples.size() + ".png");
      Optional<Asked> asked = Asked.of(window, turn).filter(wanted);
      if (asked.isPresent()) {
        Output.picture(picture, SceneRenderer.render(asked.get().picture(), seed));
        examples.add(asked.get().example(picture));
      }
    }
    return new TrainingData(examples);
  }
}
