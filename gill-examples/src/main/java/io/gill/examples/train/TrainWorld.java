package io.gill.examples.train;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Trains the small world's model. */
@Command(
    name = "train-world",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Trains the small world's model from scratch: autoencoder, CLIP, language model, UNet, GILL's own "
        + "parts, adapters for pictures in few steps, the collection of pictures, the decision model, and a copy in 16 "
        + "bits. All stages compute on the CPU. A killed run resumes when the command is given again. Stages whose data "
        + "or earlier stages changed start anew, the others are kept.")
public final class TrainWorld implements Callable<Integer> {
  /**
   * The stages in a valid order: the UNet needs the autoencoder and CLIP, GILL needs CLIP and the language model, few
   * steps need the UNet and GILL, the collection needs GILL, and the decision model and the bundle need everything
   * before them.
   */
  enum Stage { VAE, CLIP, OPT, UNET, GILL, FEW_STEPS, COLLECTION, DECISIONS, BUNDLE }

  /** The stages that do not depend on the words of dialogues. */
  private static final Set<Stage> PICTURES = EnumSet.of(Stage.VAE, Stage.CLIP, Stage.UNET);

  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Option(names = "--out", required = true, paramLabel = "DIR",
      description = "The model directory; checkpoints and sample sheets go to DIR-work, the copy to DIR-bundle.")
  private @Nullable Path out;

  @Option(names = "--stages", paramLabel = "STAGE", split = ",",
      description = "${COMPLETION-CANDIDATES}; all by default. Processes may run different stages at the same time.")
  private List<Stage> stages = List.copyOf(EnumSet.allOf(Stage.class));

  @Option(names = "--from", paramLabel = "DIR",
      description = "A trained model, such as the bundled one, whose autoencoder, CLIP and UNet are copied. The stages "
          + "VAE, CLIP and UNET train nothing then.")
  private @Nullable Path from;

  @Option(names = "--go-on",
      description = "Also take the vocabulary, the language model and GILL's own parts from --from. Training goes on "
          + "from these; the language model learns whole dialogues only.")
  private boolean goOn;

  @Option(names = "--length", paramLabel = "FACTOR",
      description = "Factor on the steps of every stage (1); a small one gives a quick trial.")
  private double length = 1;

  @Override
  public Integer call() throws IOException {
    PrintWriter writer = Objects.requireNonNull(spec).commandLine().getOut();
    Path target = Objects.requireNonNull(out).toAbsolutePath();
    WorldModel model = new WorldModel(target, target.resolveSibling(target.getFileName() + "-work"));
    if (goOn && from == null) {
      throw new CommandLine.ParameterException(
          Objects.requireNonNull(spec).commandLine(), "--go-on needs --from, the model to go on from");
    }
    model.prepare();
    if (from != null) {
      PictureParts.copy(from, model);
      writer.printf("autoencoder, CLIP and UNet: copied from %s%n", from);
      if (goOn) {
        PictureParts.copyVocabulary(from, model);
      }
    }
    Optional<Path> start = Optional.ofNullable(from).filter(dir -> goOn);
    StageInputs inputs = new StageInputs(model, start, writer);
    for (Stage stage : stages) {
      if (from != null && PICTURES.contains(stage)) {
        continue;
      }
      inputs.check(stage);
      switch (stage) {
        case VAE -> VaeTraining.run(model, VaeTraining.PLAN.scaled(length), writer);
        case CLIP -> ClipTraining.run(model, ClipTraining.PLAN.scaled(length), writer);
        case OPT -> OptTraining.run(model, start.map(dir -> dir.resolve(StageInputs.LANGUAGE_MODEL)),
            OptTraining.TURNS.scaled(length), OptTraining.DIALOGUES.scaled(length), writer);
        case UNET -> UNetTraining.run(model, UNetTraining.PLAN.scaled(length), writer);
        case FEW_STEPS -> FewStepTraining.run(model, FewStepTraining.PLAN.scaled(length),
            (int) Math.ceil(FewStepTraining.REQUESTS * length), writer);
        case COLLECTION -> Collection.write(model);
        case DECISIONS ->
            DecisionTraining.run(model, (int) Math.ceil(DecisionTraining.REQUESTS * length), writer);
        case BUNDLE -> {
          Path bundle = target.resolveSibling(target.getFileName() + "-bundle");
          writer.printf("bundle: %,d bytes in %s%n", Bundle.write(target, bundle), bundle);
        }
        case GILL -> GillTraining.run(
            model, start.map(dir -> dir.resolve(StageInputs.GILL)), GillTraining.PLAN.scaled(length),
            AnswerTraining.PLAN.scaled(length), RequestTraining.PLAN.scaled(length), writer);
      }
    }
    return CommandLine.ExitCode.OK;
  }
}
