package io.gill.examples.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  private static final Map<String, String> SETTINGS = Map.of("seed", "7");
  private static final Outcome FIRST = new Outcome("a", "caf\u00E9\n\"x\"", "");
  private static final Outcome SECOND = new Outcome("b", "", "pictures/caf\u00E9.png");

  @TempDir Path folder;

  @Test
  void aTornLastLineIsDroppedAndItsItemRepeated() throws IOException {
    write(FIRST, SECOND);
    Path file = folder.resolve(Journal.NAME);
    byte[] whole = Files.readAllBytes(file);
    for (int cut = 1; cut < 20; cut++) { // within the last line, also within a character
      Files.write(file, java.util.Arrays.copyOf(whole, whole.length - cut));
      try (Journal journal = Journal.open(folder, SETTINGS)) {
        assertThat(journal.finished()).containsOnlyKeys("a").containsValue(FIRST);
        journal.add(SECOND);
      }
      assertThat(Files.readAllBytes(file)).isEqualTo(whole);
    }
  }

  @Test
  void aKillBeforeTheFirstLineStartsAnew() throws IOException {
    Files.writeString(folder.resolve(Journal.NAME), "{\"settings\":{\"seed\":");
    write(FIRST);
    try (Journal journal = Journal.open(folder, SETTINGS)) {
      assertThat(journal.finished()).containsOnlyKeys("a");
    }
    assertThat(Journal.settings(folder)).isEqualTo(SETTINGS);
  }

  @Test
  void otherSettingsAreRefused() {
    write(FIRST);
    assertThatThrownBy(() -> Journal.open(folder, Map.of("seed", "8"))).isInstanceOf(GillException.class)
        .hasMessageEndingWith("journal.jsonl is of a run with seed 7, not 8: give the same settings to resume it, or "
            + "name another folder");
    assertThatThrownBy(() -> Journal.open(folder, Map.of())).hasMessageContaining("seed 7, not none");
    assertThatThrownBy(() -> Journal.open(folder, Map.of("seed", "7", "steps", "3")))
        .hasMessageContaining("steps none, not 3");
  }

  @Test
  void aDamagedLineIsNamed() throws IOException {
    write(FIRST);
    Files.writeString(folder.resolve(Journal.NAME), "{\"id\":7\n", StandardOpenOption.APPEND);
    assertThatThrownBy(() -> Journal.open(folder, SETTINGS)).isInstanceOf(GillException.class)
        .hasMessageContaining("journal.jsonl, line 3 is damaged");
    Files.write(folder.resolve(Journal.NAME), new byte[] {(byte) 0xFF, '\n'});
    assertThatThrownBy(() -> Journal.open(folder, SETTINGS)).isInstanceOf(GillException.class)
        .hasMessageContaining("line 1 is damaged");
    Files.writeString(folder.resolve(Journal.NAME), "{}\n");
    assertThatThrownBy(() -> Journal.open(folder, SETTINGS)).isInstanceOf(GillException.class)
        .hasMessageContaining("line 1 is damaged");
  }

  @Test
  void twoRunsCannotShareAFolder() {
    try (Journal journal = Journal.open(folder, SETTINGS)) {
      assertThatThrownBy(() -> Journal.open(folder, SETTINGS)).hasMessageContaining("in use by another evaluation");
      journal.add(FIRST);
    }
  }

  /** On POSIX, a process loses its lock of a file when it closes any channel of it. */
  @Test
  void aRefusedSecondRunLeavesTheFolderLockedForOtherProcesses() throws IOException, InterruptedException {
    Path program = Files.writeString(folder.resolve("Locker.java"), """
        public class Locker {
          public static void main(String[] args) throws java.io.IOException {
            try (var channel = java.nio.channels.FileChannel.open(
                java.nio.file.Path.of(args[0]), java.nio.file.StandardOpenOption.WRITE)) {
              System.exit(channel.tryLock() == null ? 3 : 4);
            }
          }
        }
        """);
    Path data = folder.resolve(Journal.NAME);
    try (Journal journal = Journal.open(folder, SETTINGS)) {
      journal.add(FIRST);
      assertThatThrownBy(() -> Journal.open(folder, SETTINGS)).hasMessageContaining("in use by another evaluation");
      assertThat(exit(program, data)).isEqualTo(3);
    }
    assertThat(exit(program, data)).isEqualTo(4);
  }

  private static int exit(Path program, Path file) throws IOException, InterruptedException {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    return new ProcessBuilder(java.toString(), program.toString(), file.toString()).inheritIO().start().waitFor();
  }

  private void write(Outcome... outcomes) {
    try (Journal journal = Journal.open(folder, SETTINGS)) {
      for (Outcome outcome : outcomes) {
        journal.add(outcome);
      }
    }
  }
}
