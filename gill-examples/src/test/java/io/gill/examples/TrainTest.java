package io.gill.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.testsupport.Reference;
import io.gill.weights.NumpyFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class TrainTest {
  private static final Path MODEL = Reference.path("model-a");
  private static final String IMAGES = MODEL.resolve("train").toString();
  private static final String TABLE = MODEL.resolve("train").resolve("captions.tsv").toString();

  @TempDir Path folder;

  private Run train(String... more) {
    return trainOn(TABLE, IMAGES, more);
  }

  private Run trainOn(String table, String images, String... more) {
    String[] all = {"train", "--model", MODEL.toString(), "--data", table, "--images", images,
      "--output", folder.resolve("out").toString(), "--epochs", "1", "--steps-per-epoch", "2", "--batch-size", "2",
      "--mapper-width", "32", "--max-length", "24"};
    return Run.of(Main.commandLine(new Train()),
        Stream.concat(Arrays.stream(all), Arrays.stream(more)).toArray(String[]::new));
  }

  @Test
  void aTrainingIsReportedAndDrawn() throws IOException {
    Run run = train("--validation", TABLE, "--validation-images", IMAGES);
    assertThat(run.err()).isEmpty();
    assertThat(run.exit()).isZero();
    assertThat(run.out()).contains("steps 1 to 2, ").contains("step 1: loss ").contains("validation: tokens ")
        .contains("done after 2 steps; skipped examples: 0").contains("best checkpoint: " + folder.resolve("out/best"));
    BufferedImage plot = ImageIO.read(folder.resolve("out/metrics.png").toFile());
    assertThat(plot.getWidth()).isEqualTo(1600);
    assertThat(plot.getHeight()).isEqualTo(1350);
    assertThat(Files.exists(folder.resolve("out/best/pretrained_ckpt.pth.tar"))).isTrue();
  }

  @Test
  void missingGenerationTargetsAreComputed() throws IOException {
    Path images = Files.createDirectories(folder.resolve("images"));
    for (String picture : new String[] {"t00.png", "t01.png"}) {
      Files.copy(MODEL.resolve("train").resolve(picture), images.resolve(picture));
    }
    Path table = Files.writeString(images.resolve("captions.tsv"), "caption\timage\na dog\tt00.png\na cat\tt01.png\n");
    Run run = trainOn(table.toString(), images.toString(), "--sd", MODEL.resolve("sd").toString());
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).contains("generation targets computed: 2").contains("done after 2 steps");
    assertThat(Files.exists(images.resolve("clip_embs/t01.png.npy"))).isTrue();
  }

  @Test
  void targetsAreComputedWithoutALanguageModel() throws IOException {
    Path images = Files.createDirectories(folder.resolve("images"));
    for (String picture : new String[] {"t00.png", "t01.png"}) {
      Files.copy(MODEL.resolve("train").resolve(picture), images.resolve(picture));
    }
    Path table = Files.writeString(
        images.resolve("captions.tsv"), "caption\timage\na dog\tt00.png\na cat\tt01.png\nnone\tt02.png\n");
    Path kept = Files.createDirectories(images.resolve("clip_embs")).resolve("t00.png.npy");
    Files.writeString(kept, "as it was");
    Run run = targets(table, images);
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).contains("skipped captions.tsv:4: ", "2 examples, generation targets computed: 1");
    assertThat(kept).hasContent("as it was");
    assertThat(NumpyFile.readMatrix(images.resolve("clip_embs/t01.png.npy"))).hasNumberOfRows(77);
    assertThat(targets(table, images).out()).contains("2 examples, generation targets computed: 0");
  }

  private static Run targets(Path table, Path images) {
    return Run.of(Main.commandLine(new Targets()), "targets", "--data", table.toString(), "--images",
        images.toString(), "--sd", MODEL.resolve("sd").toString());
  }

  @Test
  void wrongUsageAndBadFilesAreOneLine() {
    Run alone = train("--validation", TABLE);
    assertThat(alone.exit()).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(alone.err()).contains("--validation and --validation-images go together");
    Run missing = trainOn(folder.resolve("none.tsv").toString(), IMAGES);
    assertThat(missing.exit()).isEqualTo(CommandLine.ExitCode.SOFTWARE);
    assertThat(missing.err().lines()).singleElement().asString().startsWith("error: ").contains("none.tsv");
  }

  @Test
  void decisionsAreTrained() throws IOException {
    Path table = Files.writeString(folder.resolve("votes.tsv"),
        "Prompt\tDecisions\na cube\tgen,gen,gen,gen,ret\nParis\tret,ret,ret,ret,ret\nair\tgen,ret,gen,ret,same\n");
    Path file = folder.resolve("decision_model.pth.tar");
    Run run = Run.of(Main.commandLine(new TrainDecisions()), "train-decisions", "--model", MODEL.toString(),
        "--data", table.toString(), "--output", file.toString(), "--steps", "50");
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).contains("prompts: 2, undecided: 1, malformed rows: 0").contains("step 50: loss ")
        .contains("written: " + file);
    assertThat(Files.exists(file)).isTrue();
  }
}
