package io.gill.examples.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.examples.Output;
import io.gill.testing.FakeModel;
import io.gill.testsupport.JavaProcess;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A process that evaluates is killed, and another one continues. */
class KilledEvaluationTest {
  private static final int ITEMS = 40;
  private static final int KILLED_AFTER = 6;

  @TempDir Path folder;

  @Test
  void aKilledEvaluationResumesToIdenticalResults() throws Exception {
    questions();
    assertThat(evaluate(folder, "whole", Duration.ZERO)).isZero();

    Process child = JavaProcess.of(KilledEvaluationTest.class, List.of(), folder.toString()).start();
    Path journal = folder.resolve("killed").resolve(Journal.NAME);
    while (child.isAlive() && lines(journal) < KILLED_AFTER) {
      Thread.sleep(5);
    }
    child.destroyForcibly().waitFor();
    assertThat(lines(journal)).isBetween(KILLED_AFTER, ITEMS); // the first line has the settings
    assertThat(folder.resolve("killed/items.json")).doesNotExist();

    assertThat(evaluate(folder, "killed", Duration.ZERO)).isZero();
    for (String file : List.of("items.json", "scores.csv", "v2_OpenEnded_mscoco_val2014_gill_results.json")) {
      assertThat(folder.resolve("killed").resolve(file)).hasSameBinaryContentAs(folder.resolve("whole").resolve(file));
    }
    assertThat(lines(journal)).isEqualTo(1 + ITEMS);
  }

  /** The process that is killed. */
  public static void main(String[] args) {
    System.exit(evaluate(Path.of(args[0]), "killed", Duration.ofMillis(20)));
  }

  /** Evaluates a fake model that answers with the question. */
  private static int evaluate(Path folder, String run, Duration delay) {
    Evaluate evaluate = new Evaluate((options, path) -> FakeModel.builder(prompt -> {
      try {
        Thread.sleep(delay.toMillis());
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return " " + prompt.substring(prompt.lastIndexOf("Q: ") + "Q: ".length(), prompt.lastIndexOf('?'));
    }).build());
    return new CommandLine(evaluate).setOut(new PrintWriter(new StringWriter()))
        .execute("vqav2", "--data", folder.toString(), "--output", folder.resolve(run).toString(), "--parallel", "3");
  }

  private static int lines(Path journal) throws IOException {
    return Files.exists(journal) ? (int) Files.readString(journal).chars().filter(c -> c == '\n').count() : 0;
  }

  private void questions() throws IOException {
    Output.picture(folder.resolve("val2014/COCO_val2014_000000000000.png"),
        new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB));
    String answers = IntStream.range(0, 10).mapToObj(i -> "{\"answer\":\"thing 1\"}").collect(Collectors.joining(","));
    StringBuilder asked = new StringBuilder();
    StringBuilder answered = new StringBuilder();
    for (int i = 0; i < ITEMS; i++) {
      asked.append(i == 0 ? "" : ",").append("{\"image_id\":0,\"question\":\"thing ").append(i % 3)
          .append("?\",\"question_id\":").append(i).append('}');
      answered.append(i == 0 ? "" : ",").append("{\"question_id\":").append(i)
          .append(",\"question_type\":\"what\",\"answer_type\":\"other\",\"answers\":[").append(answers).append("]}");
    }
    Files.writeString(folder.resolve("v2_OpenEnded_mscoco_val2014_questions.json"), "{\"questions\":[" + asked + "]}");
    Files.writeString(folder.resolve("v2_mscoco_val2014_annotations.json"), "{\"annotations\":[" + answered + "]}");
  }
}
