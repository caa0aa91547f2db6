package io.gill.examples.parity;

import io.gill.diffusion.StableDiffusion;
import io.gill.diffusion.StableDiffusionInspection;
import io.gill.diffusion.StableDiffusionOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Tiny autoencoders, in the layout of diffusers and in the original one, instead of another snapshot's VAE. */
final class TinyAutoencoderCases {
  private static final String PART = "taesd";

  private TinyAutoencoderCases() {}

  static void run(Folder folder, Models models, String name, Report report) throws IOException {
    Path dir = folder.root().resolve(name);
    List<Path> autoencoders = Folder.names(dir).map(dir::resolve)
        .filter(path -> Files.isDirectory(path) || path.getFileName().toString().contains("decoder"))
        .toList();
    List<String> generators = folder.recorded("sd");
    if (autoencoders.isEmpty() || generators.isEmpty()) {
      report.fail(PART, name, autoencoders.isEmpty() ? "there is no autoencoder in " + dir
          : "there is no Stable Diffusion model whose autoencoder it can replace");
      return;
    }
    Path generator = folder.imageGenerator(generators.get(0));
    try (Golden golden = Golden.open(folder.golden(name, "taesd.safetensors"))) {
      for (Path path : autoencoders) {
        StableDiffusionOptions options =
            StableDiffusionOptions.builder().device(models.device()).tinyAutoencoder(path).build();
        report.run(PART, name + "/" + path.getFileName(), check -> {
          try (StableDiffusion changed = StableDiffusion.load(generator, options)) {
            compare(check, golden, StableDiffusionInspection.of(changed));
          }
        });
      }
      golden.reportUnread(report, PART, name + "/tensors");
    }
  }

  private static void compare(Check check, Golden golden, StableDiffusionInspection parts) {
    Map.of("latents", "decoded", "latents_small", "decoded_small").forEach((latents, decoded) -> check.close(
        decoded, parts.decode(golden.floats(latents), golden.shape(latents)), golden.floats(decoded),
        Tolerance.FORWARD));
    check.close("encoded", parts.encode(golden.floats("image"), golden.shape("image")).mean(),
        golden.floats("encoded"), Tolerance.FORWARD);
  }
}
