package io.gill.examples.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import io.gill.examples.Output;
import java.awt.image.BufferedImage;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonTest {
  private static final String EVIL = "<script>alert('&')</script>\u202E";

  @TempDir Path folder;

  @Test
  void itemsAreListedByWhatGotWorseAndBetter() throws Exception {
    Output.picture(folder.resolve("first/p.png"), new BufferedImage(600, 300, BufferedImage.TYPE_INT_RGB));
    write("first", line("1", EVIL, "p.png", 1), line("2", "two", "", 0.25), line("3", "same", "", 0.5),
        line("4", "only first", "", 0));
    write("second", line("1", "one", "", 0), line("2", "zwei", "../missing.png", 1), line("3", "same", "", 0.5));
    StringWriter out = new StringWriter();
    Comparison.of(folder.resolve("first"), folder.resolve("second")).write(folder.resolve("c"), new PrintWriter(out));
    assertThat(out.toString().lines()).startsWith(
        "vqav2, accuracy: 0.583 in the first run, 0.500 in the second, on 3 items of both")
        .anyMatch(line -> line.startsWith("difference -0.083, 95 % interval -")).contains("1 better, 1 worse, 1 equal");
    String page = Files.readString(folder.resolve("c/comparison.html"));
    assertThat(page).contains("&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;\uFFFD").doesNotContain("<script")
        .contains("default-src 'none'").contains("data:image/png;base64,").doesNotContain("same");
    assertThat(page.indexOf("Item 1 (c): 1.000, then 0.000")).isBetween(0, page.indexOf("Better in the second run: 1"));
    assertThat(page.indexOf("Item 2 (c): 0.250, then 1.000")).isGreaterThan(page.indexOf("Better in the second run"));
    assertThat(Files.readAllLines(folder.resolve("c/comparison.csv"))).hasSize(4)
        .contains("\"2\",\"c\",0.25,1.0,0.75,\"two\",\"zwei\"");
  }

  @Test
  void runsThatCannotBeComparedAreRefused() throws Exception {
    write("first", line("1", "x", "", 1));
    new RunItems("vist", "LPIPS (negative)", Map.of(), List.of(line("1", "x", "", 1))).write(folder.resolve("other"));
    write("disjoint", line("2", "x", "", 1));
    Files.createDirectories(folder.resolve("none"));
    Output.text(folder.resolve("damaged/items.json"), "{\"benchmark\":");
    assertRefused("other", "compare runs of one benchmark and measure");
    assertRefused("disjoint", "share no scored item");
    assertRefused("none", "none has no items.json: it is not the output of a finished evaluation");
    assertRefused("damaged", "items.json is damaged: repeat the evaluation");
  }

  @Test
  void itemsWithOtherQuestionsOrAnswersAreRefused() {
    write("first", line("1", "x", "", 1), line("2", "x", "", 1));
    RunItems.Line asked = new RunItems.Line("2", "c", "Where?", "yes", "", "x", "", 1);
    write("asked", line("1", "x", "", 1), asked);
    write("answered", line("1", "x", "", 1), new RunItems.Line("2", "c", "What?", "no", "", "x", "", 1));
    String reason = "item 2 has another question or correct answer in " + folder.resolve("first") + " than in ";
    assertRefused("asked", reason + folder.resolve("asked") + ": compare runs on the same data");
    assertRefused("answered", reason);
    // The same question in the words of another style.
    write("style", "dialogue", line("1", "x", "", 1), asked);
    assertThat(Comparison.of(folder.resolve("first"), folder.resolve("style")).summary()).hasSize(3);
  }

  private void assertRefused(String second, String message) {
    assertThatThrownBy(() -> Comparison.of(folder.resolve("first"), folder.resolve(second)))
        .isInstanceOf(GillException.class).hasMessageContaining(message);
  }

  private static RunItems.Line line(String id, String answer, String picture, double score) {
    return new RunItems.Line(id, "c", "What?", "yes", "", answer, picture, score);
  }

  private void write(String run, RunItems.Line... lines) {
    write(run, "published", lines);
  }

  private void write(String run, String style, RunItems.Line... lines) {
    new RunItems("vqav2", "accuracy", Map.of("style", style), List.of(lines)).write(folder.resolve(run));
  }
}
