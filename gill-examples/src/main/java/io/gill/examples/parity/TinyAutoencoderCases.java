package io.gill.examples.parity;

import io.gill.diffusion.Inspection;
import io.gill.diffusion.StableDiffusion;
import io.gill.diffusion.StableDiffusionOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The tiny autoencoder, in the layout of diffusers and in the original one, instead of a small snapshot's VAE. */
final class TinyAutoencoderCases {
  private static final String PART = "taesd";

  private TinyAutoencoderCases() {}

  static void run(Folder folder, Models models, Report report) throws IOException {
    Path file = folder.golden("taesd", "taesd.safetensors");
    if (!Files.exists(file)) {
      return;
    }
    try (Golden golden = Golden.open(file)) {
      for (String path : new String[] {"vae_tiny", "taesd_decoder.pth"}) {
        StableDiffusionOptions options = StableDiffusionOptions.builder()
            .device(models.device())
            .tinyAutoencoder(folder.root().resolve("taesd").resolve(path))
            .build();
        report.run(PART, path, check -> {
          try (StableDiffusion generator = StableDiffusion.load(folder.root().resolve("sd15-tiny"), options)) {
            compare(check, golden, generator.inspection());
          }
        });
      }
      golden.reportUnread(report, PART, "tensors");
    }
  }

  private static void compare(Check check, Golden golden, Inspection parts) {
    Map.of("latents", "decoded", "latents_small", "decoded_small").forEach((latents, decoded) -> check.close(
        decoded, parts.decode(golden.floats(latents), golden.shape(latents)), golden.floats(decoded),
        Tolerance.FORWARD));
    check.close("encoded", parts.encode(golden.floats("image"), golden.shape("image")).mean(),
        golden.floats("encoded"), Tolerance.FORWARD);
  }
}
