package io.gill.torch;

import com.sun.jna.NativeLibrary;
import java.nio.file.Path;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

/** Which extensions of AVX-512 libtorch may use on this CPU. */
final class CpuInstructions {
  /**
   * Whether it multiplies 16-bit brain floats (AVX512_BF16). Products of them then take a quarter of the time of 32-bit
   * floats.
   */
  static final boolean BFLOAT16 = has("_ZN2at3cpu24is_avx512_bf16_supportedEv");

  /** Whether it adds products of 8-bit integers in 32 bits (AVX512_VNNI). Others saturate sums of two at 16 bits. */
  static final boolean VNNI = has("_ZN2at3cpu24is_avx512_vnni_supportedEv");

  private CpuInstructions() {}

  /**
   * Asks libtorch, which exports the answer to no other API.
   *
   * @param function C++ name of a function without arguments: {@code at::cpu::is_avx512_bf16_supported()}
   */
  private static boolean has(String function) {
    if (!Torch.cpuCapability().startsWith("AVX512")) {
      return false;
    }
    try {
      Path library = Path.of(Loader.load(torch.class)).resolveSibling(System.mapLibraryName("torch_cpu"));
      int answer = NativeLibrary.getInstance(library.toString()).getFunction(function).invokeInt(new Object[0]);
      return (answer & 0xff) != 0; // a C++ bool
    } catch (LinkageError e) {
      return false; // another compiler's names, or JNA cannot be loaded
    }
  }
}
