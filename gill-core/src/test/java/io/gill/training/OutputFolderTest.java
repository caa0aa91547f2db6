package io.gill.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Device;
import io.gill.GillException;
import io.gill.testsupport.Folders;
import io.gill.testsupport.KilledProcess;
import io.gill.torch.Parameters;
import io.gill.weights.TensorFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFolderTest {
  private static final List<String> WEIGHTS = List.of("gill.safetensors", "pretrained_ckpt.pth.tar");

  @TempDir Path temp;
  private Path args;
  private Path before;

  @BeforeEach
  void aCheckpointOfOnes() throws IOException {
    args = Files.writeString(temp.resolve("args.json"), "{\"ret_emb_dim\": 1}");
    before = Files.createDirectory(temp.resolve("before"));
    save(new OutputFolder(before, args), 1);
    Files.writeString(before.resolve("last/notes.txt"), "the user's own");
  }

  private static void save(OutputFolder folder, float value) {
    try (Parameters parameters = Parameters.on(Device.CPU)) {
      parameters.add("weight", new float[] {value}, 1);
      folder.saveCheckpoint(folder.last(), parameters);
    }
  }

  /** The files that the loader and the published code read; each reads one file of weights. */
  private static List<Float> values(Path checkpoint) {
    return WEIGHTS.stream().map(name -> {
      try (TensorFile file = TensorFile.open(checkpoint.resolve(name))) {
        return file.get("weight").toFloatArray()[0];
      }
    }).toList();
  }

  @Test
  void aKillAtAnyTimeLeavesTheOldOrTheNewCheckpointAndTheNextStartFinishesIt() throws IOException {
    boolean killed = true;
    int replaced = 0;
    int changes = 0;
    for (; killed; changes++) {
      Path folder = temp.resolve("killed-" + changes);
      Folders.copy(before, folder);
      killed = killedWhile(changes, folder, seen -> save(seen, 2));
      assertComplete(folder);

      new OutputFolder(folder, args).recover();
      assertSettled(folder, killed ? values(folder.resolve("last")).get(0) : 2);
      replaced += values(folder.resolve("last")).get(0) == 2 ? 1 : 0;
    }
    assertThat(changes).isGreaterThan(10);
    assertThat(replaced).isBetween(2, changes - 2);
  }

  @Test
  void aKillWhileAKillIsMendedLosesNothingEither() throws IOException {
    Path unfinished = temp.resolve("unfinished");
    Folders.copy(before, unfinished);
    Path other = Files.createDirectory(temp.resolve("other"));
    save(new OutputFolder(other, args), 2);
    Files.move(other.resolve("last"), unfinished.resolve("last.new"));
    boolean killed = true;
    int changes = 0;
    for (; killed; changes++) {
      Path folder = temp.resolve("mended-" + changes);
      Folders.copy(unfinished, folder);
      killed = killedWhile(changes, folder, OutputFolder::recover);
      assertComplete(folder);
      new OutputFolder(folder, args).recover();
      assertSettled(folder, 2);
    }
    assertThat(changes).isGreaterThan(4);
  }

  @Test
  void aNewCheckpointFinishesTheOneBefore() throws IOException {
    Path other = Files.createDirectory(temp.resolve("other"));
    save(new OutputFolder(other, args), 2);
    Files.move(other.resolve("last"), before.resolve("last.new"));
    save(new OutputFolder(before, args), 3);
    assertSettled(before, 3);
  }

  /** Weights of one model with the arguments of another would load and give nonsense. */
  @Test
  void aKilledReplacementByAnotherModelHasNoArguments() throws IOException {
    Path changed = Files.writeString(temp.resolve("changed.json"), "{\"ret_emb_dim\": 2}");
    boolean killed = true;
    for (int changes = 0; killed; changes++) {
      Path folder = temp.resolve("changed-" + changes);
      Folders.copy(before, folder);
      killed = killedWhile(changes, folder, seen -> save(new OutputFolder(seen.last().getParent(), changed), 2));
      Path last = folder.resolve("last");
      if (Files.exists(last.resolve("model_args.json"))) {
        boolean old = Files.readString(last.resolve("model_args.json")).equals("{\"ret_emb_dim\": 1}");
        assertThat(values(last)).containsOnly(old ? 1f : 2f);
      }
      new OutputFolder(folder, changed).recover();
      assertThat(last.resolve("model_args.json")).exists();
    }
  }

  @Test
  void aCheckpointThatCannotBeReplacedSaysWhyAndIsKept() throws IOException {
    Path blocked = before.resolve("last.new");
    Files.writeString(blocked, "a file of the user's in the way");
    assertThatThrownBy(() -> save(new OutputFolder(before, args), 2))
        .isInstanceOf(GillException.class).hasMessageContaining("could not be replaced").hasMessageContaining("last");
    assertThat(values(before.resolve("last"))).containsExactly(1f, 1f);
    assertThat(before.resolve("last.part")).doesNotExist();
  }

  @Test
  void aLineThatAKillHasTornIsDropped() throws IOException {
    Path csv = temp.resolve("steps.csv");
    MetricsTable<Row> table = new MetricsTable<>(csv, Row.class);
    table.begin(0);
    table.add(new Row(1, 0.5));
    table.add(new Row(2, 0.25));
    Files.writeString(csv, Files.readString(csv).stripTrailing().replaceFirst("5$", "")); // 0.25 became 0.2
    new MetricsTable<>(csv, Row.class).begin(2);
    assertThat(csv).hasContent("step,loss\n1,0.5\n");
  }

  record Row(long step, double loss) {}

  private interface Work {
    void on(OutputFolder folder);
  }

  private boolean killedWhile(int changes, Path folder, Work work) {
    try {
      work.on(new OutputFolder(new KilledProcess(changes).path(folder), args));
      return false;
    } catch (KilledProcess.Kill e) {
      return true;
    }
  }

  private void assertComplete(Path folder) throws IOException {
    assertThat(values(folder.resolve("last"))).isSubsetOf(1f, 2f);
    assertThat(folder.resolve("last/model_args.json")).hasSameTextualContentAs(args);
    assertThat(folder.resolve("last/notes.txt")).exists();
  }

  private static void assertSettled(Path folder, float value) throws IOException {
    assertThat(values(folder.resolve("last"))).containsExactly(value, value);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).containsExactly(folder.resolve("last"));
    }
  }
}
