package io.gill.examples.parity;

import io.gill.torch.NoiseGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * PyTorch's random numbers, to the last bit. Only normally distributed 32-bit numbers are compared, since image
 * generation draws no others; the other recorded kinds have no counterpart here.
 */
final class NoiseCases {
  private static final String PART = "noise";
  private static final Set<String> WITHOUT_COUNTERPART =
      Set.of("rand", "randint", "rand_f64", "randn_f64", "randn_f16");

  private NoiseCases() {}

  static void run(Folder folder, Report report) throws IOException {
    Path file = folder.golden("schedulers", "rng.safetensors");
    if (!Files.exists(file)) {
      return;
    }
    try (Golden golden = Golden.open(file)) {
      Map<Long, NoiseGenerator> streams = new LinkedHashMap<>();
      for (String name : golden.names().stream().sorted().toList()) { // a16, b5, …: in the order they were drawn
        String kind = name.substring(0, Math.max(0, name.indexOf('.')));
        if (WITHOUT_COUNTERPART.contains(kind)) {
          golden.get(name);
          continue;
        }
        report.run(PART, name, check -> {
          long seed = Long.parseLong(name.replaceAll(".*\\.seed(\\d+)\\..*", "$1"));
          NoiseGenerator generator = switch (kind) {
            case "randn" -> new NoiseGenerator(seed);
            case "randn_seq" -> streams.computeIfAbsent(seed, NoiseGenerator::new);
            default -> throw new IllegalArgumentException("an unknown kind of random numbers: " + kind);
          };
          float[] recorded = golden.floats(name);
          check.close(name, generator.normal(recorded.length), recorded, 0);
        });
      }
    }
  }
}
