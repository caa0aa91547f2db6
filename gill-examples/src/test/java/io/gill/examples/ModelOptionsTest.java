package io.gill.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class ModelOptionsTest {
  @Command
  private static final class Program {
    @Mixin private ModelOptions options = new ModelOptions();
  }

  private static String autoencoder(String... arguments) {
    return CommandLine.populateCommand(new Program(), arguments).options.describe().get("autoencoder");
  }

  /** A run that resumes must not mix the pictures of two autoencoders. */
  @Test
  void aTinyAutoencoderIsDescribedByItsPathAndItsContent(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("taesd_decoder.pth"), "weights");
    String before = autoencoder("--tiny-autoencoder", file.toString());
    assertThat(before).startsWith("tiny, " + file + " with the hash ");
    Files.writeString(file, "Weights");
    assertThat(autoencoder("--tiny-autoencoder", file.toString()))
        .startsWith("tiny, " + file + " with the hash ").isNotEqualTo(before);
    assertThat(autoencoder()).isEqualTo("the model's");
  }
}
