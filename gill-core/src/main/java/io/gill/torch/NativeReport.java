package io.gill.torch;

import io.gill.GillException;
import java.io.IOException;
import java.net.URL;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * The environment that libtorch finds on this machine, for diagnostic programs.
 *
 * @param version version of {@code org.bytedeco:pytorch}: libtorch's, then JavaCPP's
 * @param platform JavaCPP's name of this platform
 * @param failure why libtorch does not load, or null if it does
 * @param cpuCapability vector instructions that libtorch's kernels use; empty if it does not load
 * @param threads number of threads of one operation; 0 if libtorch does not load
 * @param cpuNatives whether the CPU build's natives of this platform are on the class path
 * @param cudaNatives whether the CUDA build's natives of this platform are on the class path
 * @param cudaDevices number of usable CUDA devices
 * @param cudaLibraries the libraries that the CUDA build needs
 */
public record NativeReport(
    String version,
    String platform,
    @Nullable String failure,
    String cpuCapability,
    int threads,
    boolean cpuNatives,
    boolean cudaNatives,
    int cudaDevices,
    List<CudaLibrary> cudaLibraries) {
  /** The driver, and the libraries that {@code org.bytedeco:pytorch} preloads on Linux, in its order. */
  private static final List<String[]> CUDA_LIBRARIES = List.of(
      new String[] {"driver", "libcuda.so.1"},
      new String[] {"cudart", "libcudart.so.13"},
      new String[] {"cuBLAS", "libcublas.so.13"},
      new String[] {"cuBLASLt", "libcublasLt.so.13"},
      new String[] {"cuFFT", "libcufft.so.12"},
      new String[] {"CUPTI", "libcupti.so.13"},
      new String[] {"cuRAND", "libcurand.so.10"},
      new String[] {"nvJitLink", "libnvJitLink.so.13"},
      new String[] {"cuSPARSE", "libcusparse.so.12"},
      new String[] {"cuSOLVER", "libcusolver.so.12"},
      new String[] {"cuDNN", "libcudnn.so.9"},
      new String[] {"cuFile", "libcufile.so.0"},
      new String[] {"NCCL", "libnccl.so.2"},
      new String[] {"NVRTC", "libnvrtc.so.13"});

  /**
   * A library that the CUDA build of libtorch needs.
   *
   * @param name NVIDIA's name of the library
   * @param file its file name
   * @param origin where it is found ("the class path", "the system"), or null if it is missing
   * @param reason why the system does not load it; empty if it does
   */
  public record CudaLibrary(String name, String file, @Nullable String origin, String reason) {}

  /**
   * Copies the list.
   *
   * @param version version of {@code org.bytedeco:pytorch}
   * @param platform JavaCPP's name of this platform
   * @param failure why libtorch does not load, or null if it does
   * @param cpuCapability vector instructions that libtorch's kernels use
   * @param threads number of threads of one operation
     * @param cpuNatives whether the CPU build's natives of this platform are on the class path
   * @param cudaNatives whether the CUDA build's natives of this platform are on the class path
   * @param cudaDevices number of usable CUDA devices
   * @param cudaLibraries the libraries that the CUDA build needs
   */
  public NativeReport {
    cudaLibraries = List.copyOf(cudaLibraries);
  }

  /**
   * Examines this machine. Loads libtorch.
   *
   * @return the report, even if no library can be loaded
   */
  public static NativeReport create() {
    Torch.prepareJavaCpp(); // before JavaCPP's first class
    String platform = Loader.getPlatform();
    // Look before libtorch is loaded, which may load some of them.
    List<CudaLibrary> libraries = platform.startsWith("linux") ? findCuda(platform) : List.of();
    String failure = null;
    String capability = "";
    int threads = 0;
    int devices = 0;
    try {
      capability = Torch.cpuCapability(); // loads libtorch
      threads = Torch.threads();
      devices = torch.hasCUDA() ? torch.cuda_device_count() : 0;
    } catch (GillException e) {
      failure = e.getMessage();
    }
    return new NativeReport(
        bindingVersion(),
        platform,
        failure,
        capability,
        threads,
        resource("/org/bytedeco/pytorch/" + platform + "/" + System.mapLibraryName("jnitorch")) != null,
        resource("/org/bytedeco/pytorch/" + platform + "-gpu/" + System.mapLibraryName("jnitorch")) != null,
        devices,
        libraries);
  }

  private static String bindingVersion() {
    try {
      return Loader.getVersion("org.bytedeco", "pytorch");
    } catch (IOException e) {
      return "unknown";
    }
  }

  private static List<CudaLibrary> findCuda(String platform) {
    List<CudaLibrary> found = new ArrayList<>();
    for (String[] library : CUDA_LIBRARIES) {
      String file = library[1];
      if (resource("/org/bytedeco/cuda/" + platform + "/" + file) != null) {
        found.add(new CudaLibrary(library[0], file, "the class path", ""));
        continue;
      }
      try {
        Loader.loadGlobal(file); // dlopen: the same search that libtorch's own dependencies get
        found.add(new CudaLibrary(library[0], file, "the system", ""));
      } catch (LinkageError e) {
        found.add(new CudaLibrary(library[0], file, null, e.getMessage() == null ? "" : e.getMessage()));
      }
    }
    return found;
  }

  private static @Nullable URL resource(String name) {
    return NativeReport.class.getResource(name);
  }
}
