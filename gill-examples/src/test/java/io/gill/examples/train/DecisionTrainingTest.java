package io.gill.examples.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.smallworld.SmallWorld;
import io.gill.testsupport.Folders;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DecisionTrainingTest {
  private static final int REQUESTS = 6;

  @TempDir private Path folder;

  @Test
  void goesOnWithTheRequestsThatAKillHasLeft() throws IOException {
    WorldModel model = new WorldModel(folder.resolve("model"), Files.createDirectories(folder.resolve("work")));
    Folders.copy(SmallWorld.directory(), model.dir());
    PrintWriter out = new PrintWriter(new StringWriter());
    DecisionTraining.run(model, REQUESTS, out);
    Path file = model.work().resolve("decisions.jsonl");
    List<String> whole = Files.readAllLines(file);
    byte[] trained = Files.readAllBytes(model.dir().resolve("decision_model.pth.tar"));
    assertThat(whole).hasSize(1 + REQUESTS);

    String marked = whole.get(1).replace("Q:", "Q: kept:");
    Files.writeString(file, String.join("\n", whole.get(0), marked, whole.get(2), whole.get(3).substring(0, 10)));
    Files.write(file, new byte[] {(byte) 0xC3}, StandardOpenOption.APPEND); // half a character
    DecisionTraining.run(model, REQUESTS, out);
    assertThat(Files.readAllLines(file)).element(1).isEqualTo(marked); // not measured again
    assertThat(Files.readAllLines(file).subList(2, 1 + REQUESTS)).isEqualTo(whole.subList(2, 1 + REQUESTS));

    Files.writeString(file, "of another model\n" + String.join("\n", whole.subList(2, 1 + REQUESTS)) + "\n");
    DecisionTraining.run(model, REQUESTS, out);
    assertThat(Files.readAllLines(file)).isEqualTo(whole);
    assertThat(Files.readAllBytes(model.dir().resolve("decision_model.pth.tar"))).isEqualTo(trained);
  }
}
