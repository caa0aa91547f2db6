package io.gill.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.CachePrecision;
import io.gill.Conversation;
import io.gill.GillModel;
import io.gill.LoadOptions;
import io.gill.RespondOptions;
import io.gill.RespondOptions.ImagePolicy;
import io.gill.smallworld.SmallWorld;
import io.gill.testsupport.Folders;
import io.gill.testsupport.Reference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantizeTest {
  private static final List<String> SEQUENCES = List.of(
      "draw a large blue star in the centre on a white background Here is a large blue star in the centre on a white"
          + " background:",
      "find a picture of a small red square at the top I found a small red square at the top:",
      "what colour is the circle? It is yellow.");

  private static final List<String> REQUESTS =
      List.of("draw a large blue star in the centre on a white background", "what can you do?");

  private static final LoadOptions WORDS = LoadOptions.builder().generation(false).build();

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"int8, 0.005, 0.67", "int4, 0.03, 0.37"})
  void theBundledModelSaysTheSameFromASmallerFile(String type, double bound, double size) throws IOException {
    Path bundled = SmallWorld.directory();
    Path written = folder.resolve("written");

    Run run = Run.of(Main.commandLine(new Quantize()), "quantize", bundled.toString(), written.toString(),
        "--quantization", type);

    assertThat(run.err()).isEmpty();
    assertThat(run.exit()).isZero();
    assertThat(run.out()).contains("model.decoder.layers.0.fc1.weight", "MB instead of");
    String weights = "opt/model.safetensors";
    assertThat((double) Files.size(written.resolve(weights)))
        .isLessThan(size * Files.size(bundled.resolve(weights)));
    assertSaysTheSame(written, WORDS, bound);
  }

  @Test
  void theBundledModelSaysTheSameWithACacheOfBytes() {
    assertSaysTheSame(
        SmallWorld.directory(), WORDS.toBuilder().cachePrecision(CachePrecision.INT8).build(), 0.005);
  }

  private static void assertSaysTheSame(Path directory, LoadOptions options, double bound) {
    try (GillModel exact = GillModel.load(SmallWorld.directory(), WORDS);
        GillModel smaller = GillModel.load(directory, options)) {
      double before = 0;
      double after = 0;
      for (String sequence : SEQUENCES) {
        before += exact.logLikelihood(Conversation.of(sequence));
        after += smaller.logLikelihood(Conversation.of(sequence));
      }
      assertThat(Math.abs(after / before - 1)).isPositive().isLessThan(bound);
      RespondOptions found = exact.defaults().toBuilder().imagePolicy(ImagePolicy.RETRIEVE).topK(1).build();
      for (String text : REQUESTS) {
        Conversation request = Conversation.of(text);
        assertThat(smaller.respond(request, found).text()).isEqualTo(exact.respond(request, found).text());
      }
    }
  }

  @Test
  void refusesWhatItCannotWrite() throws IOException {
    Path model = Reference.path("model-a", "opt");
    Path existing = Files.createDirectory(folder.resolve("existing"));

    assertThat(error(model, existing)).startsWith("error: ").contains("exists: name a new folder");
    assertThat(error(folder, folder.resolve("inside"))).contains("lies inside");
    assertThat(error(Path.of("nowhere"), folder.resolve("out"))).contains("nowhere");
    assertThat(error(Reference.path("model-a", "clip"), folder.resolve("out"))).contains("clip");
    assertThat(folder).isDirectoryNotContaining(file -> !file.equals(existing));
  }

  @Test
  void aModelThatCannotBeCopiedLeavesNothing() throws IOException {
    Path model = folder.resolve("model");
    Folders.copy(Reference.path("model-a"), model);
    Files.createSymbolicLink(model.resolve("sd").resolve("loop"), model);

    assertThat(error(model, folder.resolve("out"))).contains("out could not be written", "loop");
    assertThat(folder).isDirectoryNotContaining(file -> !file.equals(model));
  }

  private static String error(Path from, Path to) {
    Run run = Run.of(Main.commandLine(new Quantize()), "quantize", from.toString(), to.toString());
    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err().lines()).hasSize(1);
    return run.err();
  }
}
