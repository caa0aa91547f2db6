package io.gill.torch;

import com.sun.jna.NativeLibrary;
import java.nio.file.Path;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

/**
 * Whether libtorch may use a CPU's own instructions for 16-bit brain floats (AVX512_BF16). Products of them then take a
 * quarter of the time of 32-bit floats.
 */
final class Bfloat16Instructions {
  static final boolean AVAILABLE = Torch.cpuCapability().startsWith("AVX512") && ask();

  private Bfloat16Instructions() {}

  /** Asks libtorch, which exports the answer to no other API: at::cpu::is_avx512_bf16_supported(). */
  private static boolean ask() {
    try {
      Path library = Path.of(Loader.load(torch.class)).resolveSibling(System.mapLibraryName("torch_cpu"));
      int answer = NativeLibrary.getInstance(library.toString())
          .getFunction("_ZN2at3cpu24is_avx512_bf16_supportedEv").invokeInt(new Object[0]);
      return (answer & 0xff) != 0; // a C++ bool
    } catch (LinkageError e) {
      return false; // another compiler's names, or JNA cannot be loaded
    }
  }
}
