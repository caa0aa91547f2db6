package io.gill.examples.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.torch.Tensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class ClaimTest {
  @TempDir Path folder;

  @Test
  void measuresTheBundledModelAndWritesTablesFigureAndPictures() throws IOException {
    long before = Tensor.live();
    StringWriter said = new StringWriter();
    int code = new CommandLine(new Claim()).setOut(new PrintWriter(said)).execute(
        "--output", folder.resolve("claim").toString(), "--count", "1", "--questions", "4", "--pool", "20",
        "--talks", "1", "--exchanges", "3", "--guidance", "1"); // without guidance, half the work
    assertThat(code).isZero();
    assertThat(Tensor.live()).isEqualTo(before);
    List<String> lines = Files.readAllLines(folder.resolve("claim/claim.md"));
    assertThat(said.toString().lines().toList()).isEqualTo(lines);
    for (int turns = 1; turns <= 6; turns++) {
      assertThat(lines).anyMatch(Pattern.compile(("^\\| " + turns + " \\|( \\d+\\.\\d % \\|){4}$")).asPredicate());
    }
    assertThat(lines).anyMatch(Pattern.compile("^\\| retrieval R@10 among 20 \\| \\d+\\.\\d % \\|$").asPredicate());
    assertThat(lines).anyMatch(Pattern.compile("^\\| questions answered \\(4\\) \\| \\d+\\.\\d % \\|$").asPredicate());
    for (String row : List.of("DDIM \\| 50 \\| none", "DDIM \\| 50 \\| 3\\.0",
        "DDIM, DeepCache 5 \\| 50 \\| 3\\.0", "DDIM \\| 20 \\| 3\\.0",
        "DPM-Solver\\+\\+ \\| 20 \\| 3\\.0", "LCM \\| 8 \\| none", "LCM \\| 4 \\| none", "LCM \\| 2 \\| none",
        "LCM \\| 1 \\| none")) {
      assertThat(lines)
          .anyMatch(Pattern.compile("^\\| " + row + " \\| \\d+\\.\\d % \\| \\d+\\.\\d{3} s \\|$").asPredicate());
    }
    for (String set : List.of("by hand", "generated")) {
      for (String turns : List.of("turns 1–3", "turns 4–10", "turns 11–20", "after the user's picture")) {
        assertThat(lines).anyMatch(Pattern.compile(
            "^\\| " + set + ", " + turns + " \\| \\d+ \\|( (\\d+\\.\\d %|–) \\|){3}$").asPredicate());
      }
    }
    for (String row : List.of("questions answered", "attributes right in descriptions", "small talk answered",
        "refusals right", "false refusals", "pictures where none is wanted",
        "stray words beside pictures")) {
      assertThat(lines).anyMatch(
          Pattern.compile("^\\| " + row + " \\|( (\\d+\\.\\d %|–) \\(\\d+\\) \\|){2}$").asPredicate());
    }
    assertThat(ImageIO.read(folder.resolve("claim/talks.png").toFile()).getWidth()).isEqualTo(800);
    assertThat(ImageIO.read(folder.resolve("claim/talks-pictures.png").toFile()).getWidth()).isEqualTo(5 * 280);
    BufferedImage figure = ImageIO.read(folder.resolve("claim/claim.png").toFile());
    assertThat(figure.getWidth()).isEqualTo(800);
    assertThat(ImageIO.read(folder.resolve("claim/pictures.png").toFile()).getWidth()).isEqualTo(5 * 130);
  }

  @Test
  void playsAHandWrittenDialogue() {
    StringWriter said = new StringWriter();
    int code = new CommandLine(new Claim()).setOut(new PrintWriter(said)).execute(
        "--output", folder.toString(), "--play", "13");
    assertThat(code).isZero();
    assertThat(said.toString().lines()).hasSize(6)
        .element(3).isEqualTo("you:  swap their colours");
    assertThat(folder.resolve("talk.png")).exists();
    assertThat(folder.resolve("claim.md")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({"--play,0", "--play,61", "--talks,-1", "--exchanges,-1", "--count,0"})
  void aNumberOutOfRangeIsRefused(String option, String value) {
    StringWriter said = new StringWriter();
    int code = new CommandLine(new Claim()).setErr(new PrintWriter(said)).execute(
        "--output", folder.toString(), option, value);
    assertThat(code).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(said.toString()).contains(option).contains("must be");
  }
}
