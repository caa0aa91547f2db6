package io.gill.examples.parity;

import io.gill.torch.NoiseGenerator;
import io.gill.torch.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * PyTorch's random numbers. Only normally distributed 32-bit numbers are compared, since image
 * generation draws no others; the other recorded kinds have no counterpart here.
 */
final class NoiseCases {
  private static final String PART = "noise";
  private static final Set<String> WITHOUT_COUNTERPART =
      Set.of("rand", "randint", "rand_f64", "randn_f64", "randn_f16");

  /** PyTorch draws with the kernel for AVX2 where it has AVX-512. */
  private static final Set<String> RECORDED_BY = Set.of("AVX2", "AVX512");

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
          compare(check, name, generator.normal(recorded.length), recorded);
        });
      }
    }
  }

  /**
   * Compares drawn numbers with recorded ones: to the last bit where libtorch's kernels are those that recorded them.
   * All kernels start from the same uniform numbers and compute r·cos θ, where r is at most √(−2 ln 2⁻²⁴) ≈ 5.8. The
   * recorded kernels round θ, which is below 2π, to 32 bits; others keep 64. That moves the result by up to 2.4e-6. The
   * logarithm, the root, the cosine and the product round differently too, by at most 3.4e-7 each: 4e-6 in all.
   */
  static void compare(Check check, String name, float[] drawn, float[] recorded) {
    check.within(name, drawn, recorded, RECORDED_BY.contains(Torch.cpuCapability()) ? 0 : Tolerance.NOISE);
  }
}
