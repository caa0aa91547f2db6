package io.gill.examples.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import io.gill.torch.Tensor;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongFunction;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TrainingRunTest {
  private static final TrainingRun.Plan PLAN = new TrainingRun.Plan("line", 1000, 1, 0.05, 0, 0.9);

  @TempDir private Path folder;

  /** Fits w·x to 3·x, with an x that depends on the step only. */
  private static LongFunction<Tensor> line(Tensor w, long killedAt) {
    return step -> {
      if (step == killedAt) {
        throw new IllegalStateException("killed");
      }
      Tensor x = Tensor.of(new float[] {(float) Math.sin((double) step)}, 1);
      return w.mul(x).add(x.mul(-3)).pow(2).mean();
    };
  }

  private static float[] train(Path folder, long killedAt) throws IOException {
    return train(folder, PLAN, killedAt);
  }

  private static float[] train(Path folder, TrainingRun.Plan plan, long killedAt) throws IOException {
    try (TrainingRun run = new TrainingRun(folder, plan, new PrintWriter(new StringWriter()))) {
      Tensor w = run.parameters().add("w", new float[] {0}, 1);
      run.train(line(w, killedAt));
      return new float[] {
        run.parameters().values("w")[0], run.result().get("w").bytes().duplicate().order(
            ByteOrder.LITTLE_ENDIAN).getFloat()
      };
    }
  }

  @Test
  void learns() throws IOException {
    assertThat(train(folder, -1)[0]).isBetween(2.9f, 3.1f);
  }

  @Test
  void learnsTheMeanLossOfPartsAtTheSameTime() throws IOException {
    try (TrainingRun run = new TrainingRun(folder, PLAN, new PrintWriter(new StringWriter()))) {
      Tensor w = run.parameters().add("w", new float[] {0}, 1);
      run.trainInParts(step -> List.of(1, 5), target -> w.add(-target).pow(2).mean());
      assertThat(run.parameters().values("w")[0]).isBetween(2.9f, 3.1f);
      assertThat(Files.readAllLines(folder.resolve("loss.csv")).get(20)).startsWith("1000,4.0");
    }
  }

  @Test
  void goesOnAfterAKillAsIfNothingHadHappened() throws IOException {
    Path killed = folder.resolve("killed");
    assertThatThrownBy(() -> train(killed, 700)).hasMessage("killed");
    assertThat(train(killed, -1)).containsExactly(train(folder.resolve("whole"), -1));
    List<String> losses = Files.readAllLines(folder.resolve("whole/loss.csv"));
    assertThat(losses).hasSize(1 + 1000 / 50).first().isEqualTo("step,loss,learningRate");
    assertThat(Files.readAllLines(killed.resolve("loss.csv"))).hasSameSizeAs(losses);
    assertThat(ImageIO.read(killed.resolve("loss.png").toFile())).isNotNull();
  }

  @Test
  void goesOnWithMuonAsIfNothingHadHappened() throws IOException {
    Path killed = folder.resolve("killed");
    assertThatThrownBy(() -> trainMatrix(killed, 700)).hasMessage("killed");
    float[] resumed = trainMatrix(killed, -1);
    assertThat(resumed).containsExactly(trainMatrix(folder.resolve("whole"), -1));
    assertThat(resumed[0]).isBetween(2.9f, 3.1f);
    assertThat(resumed[1]).isBetween(-0.1f, 0.1f);
  }

  private static float[] trainMatrix(Path folder, long killedAt) throws IOException {
    try (TrainingRun run = new TrainingRun(folder, PLAN.withMuon(), new PrintWriter(new StringWriter()))) {
      Tensor w = run.parameters().add("layers.0.weight", new float[] {0, 0, 0, 0}, 2, 2);
      run.train(step -> {
        if (step == killedAt) {
          throw new IllegalStateException("killed");
        }
        double angle = step;
        Tensor x = Tensor.of(new float[] {(float) Math.sin(angle), (float) Math.cos(angle)}, 2, 1);
        return w.matmul(x).add(x.mul(-3)).pow(2).mean();
      });
      return run.parameters().values("layers.0.weight");
    }
  }

  @Test
  void doesNotGoOnWithAnotherPlan() throws IOException {
    train(folder, -1);
    assertThatThrownBy(() -> train(folder, PLAN.scaled(2), -1)).isInstanceOf(GillException.class)
        .hasMessageContaining("state.safetensors").hasMessageContaining("steps=2000");
    assertThatThrownBy(() -> train(folder, PLAN.withMuon(), -1)).isInstanceOf(GillException.class)
        .hasMessageContaining("muon=true");
  }

  @Test
  void stopsWhereTheLossIsNoNumber() {
    try (TrainingRun run = new TrainingRun(folder, PLAN, new PrintWriter(new StringWriter()))) {
      Tensor w = run.parameters().add("w", new float[] {Float.NaN}, 1);
      assertThatThrownBy(() -> run.train(line(w, -1))).isInstanceOf(GillException.class).hasMessageContaining("step 0");
    }
  }
}
