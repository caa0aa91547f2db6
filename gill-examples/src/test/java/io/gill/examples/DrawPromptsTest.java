package io.gill.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.smallworld.SmallWorld;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DrawPromptsTest {
  @TempDir private Path folder;

  private Run draw(String table, String... more) throws IOException {
    Path data = folder.resolve("prompts.tsv");
    Files.writeString(data, table);
    List<String> args = new ArrayList<>(List.of(
        "draw-prompts", "--data", data.toString(), "--output", folder.resolve("out").toString(), "--steps", "2"));
    args.addAll(List.of(more));
    return Run.of(Main.commandLine(new DrawPrompts()), args.toArray(String[]::new));
  }

  @Test
  void everyPromptGetsItsPicturesOnce() throws IOException {
    String table = "Category\tPrompt\tx\na\ta small red circle\t1\nb\ta large blue star\t2\n";
    Run first = draw(table, "--pictures", "2");
    assertThat(first.exit()).as(first.err()).isZero();
    assertThat(first.out()).contains("2 prompts painted now, 0 skipped, 0 were there");
    List<byte[]> pictures = new ArrayList<>();
    for (String name : List.of("0-0.png", "0-1.png", "1-0.png", "1-1.png")) {
      pictures.add(Files.readAllBytes(folder.resolve("out").resolve(name)));
    }
    assertThat(pictures).doesNotHaveDuplicates();
    Files.delete(folder.resolve("out/1-1.png"));
    assertThat(draw(table, "--pictures", "2").out()).contains("1 prompts painted now, 0 skipped, 1 were there");
    assertThat(folder.resolve("out/1-1.png")).hasBinaryContent(pictures.get(3));
  }

  @Test
  void stableDiffusionPaintsAloneUnderThePublishedNames() throws IOException {
    Run run = draw("Prompt\na small red circle on the left on a white background\n", "--sd",
        SmallWorld.directory().resolve("sd").toString());
    assertThat(run.exit()).as(run.err()).isZero();
    assertThat(folder.resolve("out/0.png")).exists();
    assertThat(draw("Prompt\nx\n", "--sd", "a", "--model", "b").err()).contains("cannot be used together");
  }

  @Test
  void aPromptThatIsTooLongIsSkippedAndABadTableIsRefused() throws IOException {
    String lengthy = "a very ".repeat(400) + "red circle";
    assertThat(draw("Prompt\n" + lengthy + "\na small red circle\n").out())
        .contains("row 1 is skipped: ", "1 prompts painted now, 1 skipped");
    assertThat(folder.resolve("out/0.png")).doesNotExist();
    assertThat(draw("Prompt\n" + lengthy + "\n").err()).contains("no prompt could be painted");
    assertThat(draw("Text\nx\n").err()).contains("the first line must name a column Prompt");
    assertThat(draw("Prompt\n").err()).contains("rows must follow");
    assertThat(draw("A\tPrompt\nx\n").err()).contains("prompts.tsv:2 has no prompt");
    assertThat(draw("Prompt\nx\n", "--pictures", "0").err()).contains("--pictures must be at least 1");
  }
}
