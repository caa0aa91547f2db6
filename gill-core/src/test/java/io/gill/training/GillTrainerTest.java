package io.gill.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.gill.Conversation;
import io.gill.GillException;
import io.gill.GillModel;
import io.gill.Precision;
import io.gill.RespondOptions;
import io.gill.stage.Conditioning;
import io.gill.testsupport.Folders;
import io.gill.testsupport.Reference;
import io.gill.testsupport.TestDevice;
import io.gill.torch.Tensor;
import io.gill.weights.TensorFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GillTrainerTest {
  private static final Path MODEL = Reference.path("model-a");

  @TempDir Path folder;

  private static TrainingOptions.Builder options() {
    return TrainingOptions.builder()
        .epochs(2).stepsPerEpoch(3).batchSize(4).maxLength(24).mapperWidth(32).learningRate(1e-2).warmupSteps(2)
        .validationWords(4).validationBatchSize(5).saveEverySteps(2).seed(11).device(TestDevice.get());
  }

  private static TrainingData data() {
    return TrainingData.read(Reference.path("model-a", "train", "captions.tsv"), Reference.path("model-a", "train"));
  }

  private GillTrainer.Builder trainer(String output) {
    return GillTrainer.builder(MODEL).data(data()).validation(data()).options(options().build())
        .output(folder.resolve(output));
  }

  @Test
  void aTrainedModelIsWrittenSoThatItLoadsAndAnswers() throws IOException {
    long before = Tensor.live();
    TrainingReport report = trainer("out").train(new TrainingListener() {});
    assertThat(Tensor.live()).isEqualTo(before);
    assertThat(report.finished()).isTrue();
    assertThat(report.steps()).isEqualTo(6);
    assertThat(report.last()).isEqualTo(folder.resolve("out/last"));
    assertThat(report.best()).isEqualTo(folder.resolve("out/best"));
    assertThat(report.skipped()).isEmpty();

    Folders.copy(MODEL.resolve("opt"), folder.resolve("out/best/opt"));
    Folders.copy(MODEL.resolve("clip"), folder.resolve("out/best/clip"));
    assertAnswers(folder.resolve("out/best"));
    Files.delete(folder.resolve("out/best/gill.safetensors")); // this file was read so far; now the published format is
    assertAnswers(folder.resolve("out/best"));
    assertThat(Files.readAllLines(folder.resolve("out/steps.csv"))).hasSize(7)
        .first().asString().startsWith("step,learningRate,loss,captioningLoss");
    assertThat(Files.readAllLines(folder.resolve("out/validation.csv"))).hasSize(4); // before, and two epochs
    assertThat(Files.readAllLines(folder.resolve("out/skipped.tsv"))).containsExactly("origin\treason");
  }

  /** {@code text_fc_mode: linear} maps 4 tokens of 16 numbers to 4 conditioning tokens. */
  @Test
  void aLinearMappingIsLearnedAndAnswersOnceWritten() throws IOException {
    Path linear = Reference.path("model-b-linear");
    float[][] target = new float[77][16];
    target[3][5] = 10;
    List<ValidationMetrics> validations = new ArrayList<>();
    GillTrainer.builder(linear).data(data()).validation(data()).targets(example -> target)
        .options(options().epochs(1).stepsPerEpoch(12).saveEverySteps(1000).build()).output(folder.resolve("out"))
        .train(new TrainingListener() {
          @Override
          public void onValidation(ValidationMetrics metrics) {
            validations.add(metrics);
          }
        });
    assertThat(validations.get(1).conditioningLoss()).isLessThan(0.9 * validations.get(0).conditioningLoss());
    try (TensorFile written = TensorFile.open(folder.resolve("out/last/gill.safetensors"))) {
      assertThat(written.names().stream().filter(name -> name.contains("gen_text_hidden_fcs")))
          .containsExactlyInAnyOrder(
              "model.gen_text_hidden_fcs.0.model.weight", "model.gen_text_hidden_fcs.0.model.bias");
    }
    Folders.copy(linear.resolve("opt"), folder.resolve("out/last/opt"));
    Folders.copy(linear.resolve("clip"), folder.resolve("out/last/clip"));
    assertAnswers(folder.resolve("out/last"));
  }

  private static void assertAnswers(Path model) {
    try (GillModel loaded = GillModel.load(model)) {
      RespondOptions options = RespondOptions.builder().imageBias(1000).minWordTokens(1).build();
      assertThat(loaded.respond(Conversation.of("a dog"), options).images()).hasSize(1);
    }
  }

  /** Only the frozen models compute in 16 bits, with three significant digits. */
  @Test
  void halfPrecisionOfTheFrozenModelsChangesLossesLittle() {
    List<StepMetrics> whole = new ArrayList<>();
    List<StepMetrics> half = new ArrayList<>();
    trainer("whole").train(collect(whole));
    trainer("half").options(options().precision(Precision.BFLOAT16).build()).train(collect(half));
    assertThat(half).hasSize(6);
    for (int i = 0; i < 3; i++) {
      assertThat(half.get(i).loss()).isCloseTo(whole.get(i).loss(), within(0.02 * whole.get(i).loss()));
      assertThat(half.get(i).gradientNorm())
          .isCloseTo(whole.get(i).gradientNorm(), within(0.1 * whole.get(i).gradientNorm()));
    }
    assertThat(half.get(1).loss()).isNotEqualTo(whole.get(1).loss());
  }

  private static TrainingListener collect(List<StepMetrics> steps) {
    return new TrainingListener() {
      @Override
      public boolean onStep(StepMetrics metrics) {
        steps.add(metrics);
        return true;
      }
    };
  }

  @Test
  void aFewExamplesAreLearntByHeart() {
    List<TrainingExample> few = data().examples().subList(0, 4);
    List<Double> losses = new ArrayList<>();
    List<ValidationMetrics> validations = new ArrayList<>();
    GillTrainer.builder(MODEL)
        .data(new TrainingData(few)).validation(new TrainingData(few))
        .options(options().epochs(1).stepsPerEpoch(60).saveEverySteps(1000).warmupSteps(5).build())
        .output(folder.resolve("out"))
        .train(new TrainingListener() {
          @Override
          public boolean onStep(StepMetrics metrics) {
            losses.add(metrics.loss());
            return true;
          }

          @Override
          public void onValidation(ValidationMetrics metrics) {
            validations.add(metrics);
          }
        });
    assertThat(losses.get(losses.size() - 1)).isLessThan(0.8 * losses.get(0));
    ValidationMetrics start = validations.get(0);
    ValidationMetrics end = validations.get(1);
    assertThat(start.step()).isZero();
    assertThat(end.textToImage1()).isEqualTo(100);
    assertThat(end.imageToText1()).isEqualTo(100);
    assertThat(end.textToImage5()).isEqualTo(100);
    assertThat(end.contrastiveLoss()).isLessThan(0.1 * start.contrastiveLoss());
    assertThat(end.conditioningLoss()).isLessThan(0.8 * start.conditioningLoss());
    assertThat(end.captioningLoss()).isLessThan(start.captioningLoss());
    assertThat(end.examples()).isEqualTo(4);
  }

  @Test
  void trainingGoesOnExactlyWhereItWasStoppedOrKilled() throws IOException {
    assumeTrue(TestDevice.get().isCpu(), "CUDA kernels add in any order");
    trainer("whole").train(new TrainingListener() {});

    trainer("stopped").train(stopAfter(5));
    assertThat(trainer("stopped").train(new TrainingListener() {}).finished()).isTrue();
    assertSameTraining("stopped");

    assertThatThrownBy(() -> trainer("killed").train(new TrainingListener() {
      @Override
      public boolean onStep(StepMetrics metrics) {
        if (metrics.step() == 5) {
          throw new IllegalStateException("killed");
        }
        return true;
      }
    })).hasMessage("killed");
    List<Long> starts = new ArrayList<>();
    trainer("killed").train(new TrainingListener() {
      @Override
      public void onStart(long step, long steps, long parameters) {
        starts.add(step);
      }
    });
    assertThat(starts).containsExactly(4L); // saved every second step
    assertSameTraining("killed");
  }

  /** If all examples are the same, two batches of two have the loss, gradients and step of one batch of four. */
  @Test
  void gradientsOfSeveralBatchesAddUpToTheirMean() {
    TrainingData one = new TrainingData(data().examples().subList(0, 1));
    TrainingOptions.Builder captions =
        options().epochs(1).warmupSteps(0).joinProbability(0).retrievalWeight(0).generationWeight(0);
    List<StepMetrics> whole = new ArrayList<>();
    List<StepMetrics> halves = new ArrayList<>();
    trainer("whole").data(one).options(captions.build()).train(collect(whole));
    trainer("halves").data(one).options(captions.batchSize(2).accumulation(2).build()).train(collect(halves));
    assertThat(halves).hasSize(3);
    for (int i = 0; i < 3; i++) {
      assertThat(halves.get(i).loss()).isCloseTo(whole.get(i).loss(), within(1e-4));
      assertThat(halves.get(i).gradientNorm()).isCloseTo(whole.get(i).gradientNorm(), within(1e-3));
      assertThat(halves.get(i).retrievalLoss()).isNaN();
    }
    assertThat(halves.get(2).loss()).isLessThan(halves.get(0).loss());
  }

  @Test
  void otherOptionsDoNotGoOn() {
    trainer("out").train(stopAfter(2));
    assertThatThrownBy(() -> trainer("out").options(options().learningRate(1e-3).build()).train(stopAfter(1)))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("learningRate").hasMessageContaining("another output folder");
    // More epochs are allowed.
    assertThat(trainer("out").options(options().epochs(3).build()).train(stopAfter(9)).steps()).isEqualTo(9);
  }

  @Test
  void aDamagedStateIsRefused() throws IOException {
    trainer("out").train(stopAfter(2));
    Path state = folder.resolve("out/training-state.safetensors");
    byte[] bytes = Files.readAllBytes(state);
    Files.write(state, Arrays.copyOf(bytes, bytes.length - 8));
    assertThatThrownBy(() -> trainer("out").train(stopAfter(1)))
        .isInstanceOf(GillException.class).hasMessageContaining("training-state.safetensors");
  }

  @Test
  void aCheckpointOfAnotherArchitectureIsRefused() {
    long before = Tensor.live();
    assertThatThrownBy(() -> trainer("out").startFrom(Reference.path("model-b", "pretrained_ckpt.pth.tar"))
        .train(new TrainingListener() {}))
        .isInstanceOf(GillException.class).hasMessageContaining("model-b");
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void aPublishedCheckpointIsGoneOnFrom() {
    TrainingReport report = trainer("out").startFrom(Reference.path("model-a", "pretrained_ckpt.pth.tar"))
        .train(stopAfter(3));
    try (TensorFile published = TensorFile.open(Reference.path("model-a", "pretrained_ckpt.pth.tar"));
        TensorFile trained = TensorFile.open(folder.resolve("out/last/pretrained_ckpt.pth.tar"))) {
      assertThat(report.steps()).isEqualTo(3);
      assertThat(trained.names()).containsExactlyInAnyOrderElementsOf(published.names());
      for (String name : trained.names()) {
        assertThat(trained.get(name).shape()).isEqualTo(published.get(name).shape());
      }
    }
  }

  @Test
  void unusableExamplesAreSkippedCountedAndListed() throws IOException {
    Path train = folder.resolve("train");
    Folders.copy(MODEL.resolve("train"), train);
    Files.writeString(train.resolve("t01.png"), "no picture");
    Files.delete(train.resolve("clip_embs/t02.png.npy"));
    Files.copy(Reference.path("model-b", "train", "clip_embs", "t03.png.npy"), train.resolve("clip_embs/t03.png.npy"),
        StandardCopyOption.REPLACE_EXISTING); // of another width
    Files.delete(train.resolve("t04.png"));
    Files.writeString(train.resolve("captions.tsv"),
        Files.readString(train.resolve("captions.tsv")) + "no picture\nof a\t../../secret.png\n\tt00.png\n");
    TrainingData data = TrainingData.read(train.resolve("captions.tsv"), train);
    assertThat(data.examples()).hasSize(11);
    assertThat(data.skipped()).extracting(SkippedExample::origin)
        .containsExactly("captions.tsv:6", "captions.tsv:14", "captions.tsv:15", "captions.tsv:16");

    List<SkippedExample> heard = new ArrayList<>();
    TrainingReport report = GillTrainer.builder(MODEL).data(data).options(options().build())
        .output(folder.resolve("out"))
        .train(new TrainingListener() {
          @Override
          public void onSkipped(SkippedExample example) {
            heard.add(example);
          }
        });
    assertThat(report.finished()).isTrue();
    assertThat(heard).extracting(SkippedExample::origin)
        .containsExactlyInAnyOrder("captions.tsv:3", "captions.tsv:4", "captions.tsv:5");
    assertThat(heard).extracting(SkippedExample::reason)
        .anyMatch(reason -> reason.contains("t01.png"))
        .anyMatch(reason -> reason.contains("t02.png.npy"))
        .anyMatch(reason -> reason.contains("77 by 16") && reason.contains("77 by 24"));
    assertThat(report.skipped()).hasSize(7);
    assertThat(Files.readAllLines(folder.resolve("out/skipped.tsv"))).hasSize(8);
  }

  @Test
  void whatIsSkippedIsStillListedWhenTrainingGoesOn() throws IOException {
    Path train = folder.resolve("train");
    Folders.copy(MODEL.resolve("train"), train);
    Files.writeString(train.resolve("t01.png"), "no picture");
    Files.writeString(train.resolve("captions.tsv"), Files.readString(train.resolve("captions.tsv")) + "no picture\n");
    GillTrainer.Builder trainer =
        trainer("out").data(TrainingData.read(train.resolve("captions.tsv"), train)).options(options().build());
    List<SkippedExample> before = trainer.train(stopAfter(5)).skipped();
    assertThat(before).extracting(SkippedExample::origin).containsExactly("captions.tsv:14", "captions.tsv:3");
    List<SkippedExample> heard = new ArrayList<>();
    TrainingReport report = trainer.train(new TrainingListener() {
      @Override
      public void onSkipped(SkippedExample example) {
        heard.add(example);
      }
    });
    assertThat(report.skipped()).containsExactlyElementsOf(before);
    assertThat(heard).isEmpty();
    assertThat(Files.readAllLines(folder.resolve("out/skipped.tsv"))).hasSize(3);
  }

  @Test
  void otherDataDoNotGoOn() {
    trainer("out").train(stopAfter(2));
    List<TrainingExample> others = new ArrayList<>(data().examples());
    TrainingExample one = others.get(0);
    others.set(0, new TrainingExample(
        one.context(), one.text() + "!", one.image(), one.target(), one.use(), one.origin()));
    assertThatThrownBy(() -> trainer("out").data(new TrainingData(others)).train(stopAfter(9)))
        .isInstanceOf(GillException.class).hasMessageContaining("data").hasMessageContaining("another output folder");
  }

  private static TrainingData captionsAlone() {
    return new TrainingData(data().examples().stream().map(one -> new TrainingExample(one.context(), one.text(),
        one.image(), Path.of("nothing"), TrainingExample.Use.CAPTION, one.origin())).toList());
  }

  /** Otherwise the model would unlearn requesting pictures. */
  @Test
  void captionsAloneLeaveTheImageTokensAsTheyAre() throws IOException {
    trainer("before").train(stopAfter(3));
    Path before = folder.resolve("before/last/gill.safetensors");
    TrainingReport report = trainer("out").startFrom(before).data(captionsAlone()).validation(captionsAlone())
        .train(stopAfter(3));
    assertThat(report.best()).isNull();
    try (TensorFile old = TensorFile.open(before);
        TensorFile trained = TensorFile.open(folder.resolve("out/last/gill.safetensors"))) {
      String rows = "model.input_embeddings.weight";
      String captions = "model.visual_embeddings.weight";
      assertThat(trained.get(rows).toFloatArray()).isEqualTo(old.get(rows).toFloatArray());
      assertThat(trained.get(captions).toFloatArray()).isNotEqualTo(old.get(captions).toFloatArray());
    }
    assertThat(Files.readString(folder.resolve("out/steps.csv"))).doesNotContain("NaN");
  }

  @Test
  void targetsAreNotReadWhereGenerationHasNoWeight() {
    List<TrainingExample> without = data().examples().stream().map(one -> new TrainingExample(one.context(), one.text(),
        one.image(), Path.of("nothing"), one.use(), one.origin())).toList();
    List<StepMetrics> steps = new ArrayList<>();
    List<ValidationMetrics> validations = new ArrayList<>();
    TrainingReport report = trainer("out").data(new TrainingData(without)).validation(new TrainingData(without))
        .options(options().generationWeight(0).build()).train(new TrainingListener() {
          @Override
          public boolean onStep(StepMetrics metrics) {
            steps.add(metrics);
            return true;
          }

          @Override
          public void onValidation(ValidationMetrics metrics) {
            validations.add(metrics);
          }
        });
    assertThat(report.skipped()).isEmpty();
    assertThat(steps).hasSize(6).allSatisfy(one -> {
      assertThat(one.generationLoss()).isNaN();
      assertThat(one.conditioningLoss()).isNaN();
      assertThat(one.loss())
          .isCloseTo(one.captioningLoss() + one.retrievalLoss() + one.contrastiveLoss(), within(1e-3));
    });
    assertThat(validations).hasSize(3).allSatisfy(one -> {
      assertThat(one.textToImage1()).isBetween(0.0, 100.0);
      assertThat(one.conditioningLoss()).isNaN();
    });
  }

  @Test
  void optionsThatLeaveNothingToLearnOrDoNotFitAreRefused() {
    assertThatThrownBy(() -> trainer("out").data(captionsAlone()).options(options().captioningWeight(0).build())
        .train(stopAfter(1))).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("captioningWeight");
    assertThatThrownBy(() -> trainer("out").options(options().maxLength(1000).build()).train(stopAfter(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("maxLength is 1000").hasMessageContaining("joinProbability");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void aTargetWithAShortRowIsSkipped() {
    int[] count = {0};
    TrainingReport report = trainer("out").targets(example -> {
      float[][] rows = new float[77][24];
      if (example.origin().endsWith(":3")) {
        rows[76] = new float[23];
        count[0]++;
      }
      return rows;
    }).train(stopAfter(3));
    assertThat(count[0]).isEqualTo(1);
    assertThat(report.skipped()).singleElement().satisfies(one -> {
      assertThat(one.origin()).endsWith(":3");
      assertThat(one.reason()).contains("77 by 23");
    });
  }

  @Test
  void aLossThatIsNoNumberEndsTrainingWhichGoesOnFromWhatWasSaved() throws IOException {
    int[] used = {0};
    GillTrainer.Builder trainer =
        GillTrainer.builder(MODEL).data(data()).output(folder.resolve("out")).options(options().build());
    assertThatThrownBy(() -> trainer.targets(example -> {
      float[][] rows = new float[77][24];
      rows[0][0] = used[0]++ < 1 + 4 * 4 ? 0 : 3e38f; // from the fifth step on too large for a distance
      return rows;
    }).train(new TrainingListener() {}))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("step 5: the loss is Infinity")
        .hasMessageContaining("startFrom(" + folder.resolve("out/last") + ")")
        .message().hasLineCount(1);
    List<StepMetrics> steps = new ArrayList<>();
    assertThat(trainer.targets(example -> new float[77][24]).train(collect(steps)).finished()).isTrue();
    assertThat(steps).extracting(StepMetrics::step).containsExactly(5L, 6L);
  }

  @Test
  void parametersThatAreNoNumbersAreNotSaved() {
    GillTrainer.Builder trainer = GillTrainer.builder(MODEL).data(data()).output(folder.resolve("out"))
        .options(options().epochs(1).stepsPerEpoch(1).warmupSteps(0).learningRate(3e37).weightDecay(10).build());
    assertThatThrownBy(() -> trainer.train(new TrainingListener() {}))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("step 1").hasMessageContaining("holds NaN or infinity")
        .hasMessageNotContaining("startFrom"); // nothing was saved
    assertThat(folder.resolve("out/last")).doesNotExist();
    assertThat(folder.resolve("out/training-state.safetensors")).doesNotExist();
  }

  /** New [IMG] rows have the same norm in the first step as in all others. */
  @Test
  void theFirstStepSeesTheModelThatTheSecondSees() {
    List<StepMetrics> steps = new ArrayList<>();
    trainer("out").data(new TrainingData(data().examples().subList(0, 1)))
        .options(options().learningRate(1e-12).warmupSteps(0).joinProbability(0).build()).train(collect(steps));
    assertThat(steps.get(0).loss()).isCloseTo(steps.get(1).loss(), within(1e-3));
  }

  @Test
  void unfinishedFilesOfAKilledTrainingAreRemoved() throws IOException {
    trainer("out").train(stopAfter(3));
    Path state = folder.resolve("out/training-state.safetensors.8ce4a9d2.part");
    Path checkpoint = folder.resolve("out/last.part/gill.safetensors.8ce4a9d2.part");
    Path other = folder.resolve("out/somebody.part");
    Files.createDirectories(checkpoint.getParent());
    for (Path file : List.of(state, checkpoint, other)) {
      Files.writeString(file, "half");
    }
    trainer("out").train(stopAfter(4));
    assertThat(state).doesNotExist();
    assertThat(checkpoint.getParent()).doesNotExist();
    assertThat(other).exists();
  }

  @Test
  void dataWithoutAUsableExampleEndsTraining() {
    TrainingExample broken = new TrainingExample(
        "", "text", folder.resolve("nothing.png"), folder.resolve("nothing.npy"), TrainingExample.Use.CAPTION,
        "here:1");
    assertThatThrownBy(() -> trainer("out").data(new TrainingData(List.of(broken))).validation(data())
        .train(new TrainingListener() {}))
        .isInstanceOf(GillException.class).hasMessageContaining("no example can be used")
        .hasMessageContaining("here:1");
  }

  /** Captions alone would make the model forget to ask for pictures. */
  @Test
  void captionsAloneDoNotTrainAModelThatShouldAskForPictures() {
    List<TrainingExample> examples = new ArrayList<>();
    for (TrainingExample one : data().examples()) {
      examples.add(new TrainingExample(
          "", one.text(), one.image(), one.target(), TrainingExample.Use.CAPTION, one.origin()));
      examples.add(new TrainingExample(
          "", one.text(), one.image(), folder.resolve("none.npy"), TrainingExample.Use.PICTURE, one.origin()));
    }
    assertThatThrownBy(() -> trainer("out").data(new TrainingData(examples)).validation(data())
        .train(new TrainingListener() {}))
        .isInstanceOf(GillException.class).hasMessageContaining("no example that asks for a picture can be used")
        .hasMessageContaining("none.npy");
  }

  @Test
  void aFolderHasOneTrainingAtATime() {
    trainer("out").train(new TrainingListener() {
      @Override
      public void onStart(long step, long steps, long parameters) {
        assertThatThrownBy(() -> trainer("out").train(new TrainingListener() {})).isInstanceOf(GillException.class)
            .hasMessageContaining("another training runs in " + folder.resolve("out"));
      }
    });
    assertThat(trainer("out").train(new TrainingListener() {}).finished()).isTrue();
  }

  /** Where the best accuracy of other examples counted, there might be no best checkpoint any more. */
  @Test
  void afterOtherExamplesOfTheValidationTheNextOnesAreTheBest() {
    trainer("out").train(stopAfter(3));
    List<Path> best = new ArrayList<>();
    TrainingData one = new TrainingData(data().examples().subList(0, 1)); // always found
    TrainingListener listener = new TrainingListener() {
      @Override
      public void onCheckpoint(Path checkpoint, boolean isBest) {
        if (isBest) {
          best.add(checkpoint);
        }
      }
    };
    TrainingReport report = trainer("out").validation(one).train(listener);
    assertThat(report.bestTextToImage1()).isEqualTo(100);
    assertThat(best).hasSize(1);
    GillTrainer.Builder unmeasured =
        GillTrainer.builder(MODEL).data(data()).options(options().build()).output(folder.resolve("out"));
    assertThat(unmeasured.train(listener).bestTextToImage1()).isEqualTo(100); // of the examples that were left out now
    report = trainer("out").options(options().epochs(3).build()).train(listener);
    assertThat(report.bestTextToImage1()).isLessThan(100);
    assertThat(best).hasSize(2);
  }

  @Test
  void aLineThatAFullDiskCutIsLeftOut() throws IOException {
    trainer("out").train(stopAfter(2));
    Path skipped = folder.resolve("out/skipped.tsv");
    Files.write(skipped, "captions.tsv:2\tcaf\u00e9".getBytes(StandardCharsets.ISO_8859_1), StandardOpenOption.APPEND);
    assertThat(trainer("out").train(stopAfter(4)).skipped()).isEmpty();
    assertThat(Files.readAllLines(skipped)).containsExactly("origin\treason");
  }

  @Test
  void differentTextsDoNotShareATarget() {
    List<TrainingExample> examples = new ArrayList<>(data().examples());
    TrainingExample one = examples.get(0);
    Path target = folder.resolve("shared.npy");
    GenerationTargets.precompute(new TrainingData(List.of(shared(one, "a dog", target), shared(one, "a dog", target))),
        text -> new Conditioning(new float[77][4], new float[0]));
    assertThat(target).exists();
    Path missing = folder.resolve("missing.npy");
    assertThatThrownBy(() -> GenerationTargets.precompute(
        new TrainingData(List.of(shared(one, "a dog", missing), shared(one, "a cat", missing))),
        text -> new Conditioning(new float[77][4], new float[0])))
        .isInstanceOf(GillException.class).hasMessageContaining("different texts and one target")
        .hasMessageContaining("the column target");
  }

  private static TrainingExample shared(TrainingExample one, String text, Path target) {
    return new TrainingExample("", text, one.image(), target, TrainingExample.Use.ALL, one.origin());
  }

  /** Room in units of a checkpoint. A checkpoint is written in two formats, and the state takes as much as three. */
  @ParameterizedTest
  @ValueSource(doubles = {0.5, 1.5, 2.5})
  void aFullDiskLeavesWhatWasWrittenBefore(double room) throws IOException {
    trainer("size").train(stopAfter(3));
    long checkpoint = Files.size(folder.resolve("size/last/gill.safetensors"));
    long size = (long) ((5 + room) * checkpoint) + (64 << 10); // for the tables
    Configuration small = Configuration.unix().toBuilder().setMaxSize(size).setBlockSize(1024).build();
    try (FileSystem disk = Jimfs.newFileSystem(small)) {
      Path output = disk.getPath("/out");
      Map<String, byte[]> before = new HashMap<>();
      GillTrainer.Builder unmeasured = GillTrainer.builder(MODEL).data(data()).output(output)
          .options(options().saveEverySteps(100).build()); // without a best checkpoint
      assertThatThrownBy(() -> unmeasured
          .train(new TrainingListener() {
            @Override
            public boolean onStep(StepMetrics metrics) {
              if (metrics.step() == 4) { // an epoch is saved
                before.putAll(contents(output));
              }
              return true;
            }
          }))
          .isInstanceOf(GillException.class).hasMessageContaining("could not be written");
      Map<String, byte[]> after = contents(output);
      assertThat(after.keySet()).isEqualTo(before.keySet());
      assertThat(after.get("/out/training-state.safetensors")).isEqualTo(before.get("/out/training-state.safetensors"));
      boolean replaced = room > 2; // both or neither
      for (String file : List.of("/out/last/gill.safetensors", "/out/last/pretrained_ckpt.pth.tar")) {
        assertThat(Arrays.equals(after.get(file), before.get(file))).isEqualTo(!replaced);
      }
    }
  }

  private static Map<String, byte[]> contents(Path output) {
    try (Stream<Path> files = Files.walk(output)) {
      Map<String, byte[]> contents = new HashMap<>();
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        contents.put(file.toString(), Files.readAllBytes(file));
      }
      return contents;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static TrainingListener stopAfter(long step) {
    return new TrainingListener() {
      @Override
      public boolean onStep(StepMetrics metrics) {
        return metrics.step() < step;
      }
    };
  }

  private void assertSameTraining(String other) throws IOException {
    for (String file : List.of("last/gill.safetensors", "last/pretrained_ckpt.pth.tar", "best/gill.safetensors",
        "training-state.safetensors")) {
      assertThat(Files.mismatch(folder.resolve("whole").resolve(file), folder.resolve(other).resolve(file)))
          .as(other + "/" + file).isEqualTo(-1);
    }
    assertThat(withoutSpeed(folder.resolve(other).resolve("steps.csv")))
        .isEqualTo(withoutSpeed(folder.resolve("whole/steps.csv")));
  }

  private static List<String> withoutSpeed(Path csv) throws IOException {
    return Files.readAllLines(csv).stream().map(line -> line.substring(0, line.lastIndexOf(','))).toList();
  }
}
