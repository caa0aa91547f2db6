package io.gill.torch;

import com.google.common.base.Throwables;
import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.presets.javacpp;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Loads the native library and manages its devices, threads and errors. Thread-safe. */
public final class Torch {
  private static final String MAX_PHYSICAL_BYTES = "org.bytedeco.javacpp.maxPhysicalBytes";

  /** Number of running computations that record gradients, which need BLAS threads. */
  private static final AtomicInteger TRAINING = new AtomicInteger();

  /** Number of threads of one computation; 0 until the natives are loaded. */
  private static volatile int threads;

  private Torch() {}

  /**
   * Loads libtorch unless it is loaded.
   *
   * @throws GillException if the natives are not on the class path, or cannot be unpacked; the message names the
   *     artifacts to add or the folder
   */
  public static void ensureLoaded() {
    if (threads == 0) {
      load();
    }
  }

  private static synchronized void load() {
    if (threads != 0) {
      return;
    }
    prepareJavaCpp();
    boolean onClassPath;
    try {
      onClassPath = NativeLibraries.unpack();
    } catch (IOException e) {
      throw unusable("unpacked", e);
    }
    try {
      Loader.load(javacpp.class); // reports the cause of a failure, unlike the first call into the class
      Malloc.keepFreedMemory();
      Malloc.useHugePages();
      int chosen = Threading.choose();
      openblas_nolapack.blas_set_num_threads(1); // WorkerThreads divides products instead
      // NNPACK writes to standard error at every convolution if it does not know the processor; oneDNN is faster.
      torch.globalContext().setUserEnabledNNPACK(false);
      // By default, CUDA convolutions of 32-bit floats round to 10 bits of mantissa. Reduce precision only on request.
      torch.globalContext().setAllowTF32CuDNN(false);
      threads = chosen;
    } catch (LinkageError e) {
      String reason = e.getMessage() == null ? e.getClass().getSimpleName() : firstLine(e.getMessage());
      if (onClassPath) {
        throw unusable("loaded", e);
      }
      throw new GillException(
          "libtorch's native library is not on the class path (" + reason + "): add org.bytedeco:pytorch-platform for"
              + " the CPU, or org.bytedeco:pytorch-platform-gpu and org.bytedeco:cuda-platform-redist for CUDA; the"
              + " versions are in io.gill:gill's dependencyManagement", e);
    }
  }

  /**
   * Sets what JavaCPP reads when its first class is initialised: it would count all mapped memory of the process,
   * including models, against four times the Java heap, whenever it creates a pointer.
   */
  static void prepareJavaCpp() {
    if (System.getProperty(MAX_PHYSICAL_BYTES) == null) {
      System.setProperty(MAX_PHYSICAL_BYTES, "0");
    }
  }

  /** Reports the first cause: JavaCPP's last attempt, in the system's folders, explains nothing. */
  private static GillException unusable(String unpackedOrLoaded, Throwable e) {
    return new GillException("libtorch's native library could not be " + unpackedOrLoaded + " ("
        + firstLine(Throwables.getRootCause(e).toString()) + "): " + unpackingFolder() + " must be writable, have 1 GB"
        + " free and allow libraries to be run; another folder is named with -Dorg.bytedeco.javacpp.cachedir", e);
  }

  private static String unpackingFolder() {
    try {
      return Loader.getCacheDir().toString();
    } catch (IOException e) {
      return "none of the folders .javacpp/cache in the user's home and in the temporary folder can be written; one";
    }
  }

  /**
   * Checks that a stage can compute on a device.
   *
   * @param device the device
   * @throws GillException if the device does not exist, with the reason; a stage never falls back to the CPU silently
   */
  public static void require(Device device) {
    ensureLoaded();
    if (device.isCpu()) {
      return;
    }
    if (!torch.hasCUDA()) {
      throw new GillException(
          "device " + device + " was requested, but no CUDA device can be used: either the CPU build of libtorch is on "
              + "the class path (use org.bytedeco:pytorch-platform-gpu and org.bytedeco:cuda-platform-redist), or "
              + "there is no GPU, driver or CUDA 13 library");
    }
    int count = torch.cuda_device_count();
    if (device.index() >= count) {
      throw new GillException("device " + device + " was requested, but there are " + count + " CUDA devices");
    }
  }

  /**
   * Returns the vector instructions of libtorch's CPU kernels: {@code DEFAULT}, {@code AVX2}, {@code AVX512} or the
   * name of another architecture's. Kernels of different instructions round differently.
   *
   * @return the name, as PyTorch prints it
   */
  public static String cpuCapability() {
    ensureLoaded();
    try (BytePointer text = torch.get_cpu_capability()) {
      return text.getString();
    }
  }

  static ScalarType scalarType(Precision precision) {
    return switch (precision) {
      case FLOAT32 -> ScalarType.Float;
      case BFLOAT16 -> ScalarType.BFloat16;
      case FLOAT16 -> ScalarType.Half;
    };
  }

  /** Returns the number of threads of one computation. */
  static int threads() {
    ensureLoaded();
    return threads;
  }

  /**
   * Lets BLAS start threads while gradients are recorded: {@link WorkerThreads} takes no part in them. A switch takes
   * one or two milliseconds, since the binding looks up the BLAS library each time.
   */
  static void enterTraining() {
    if (TRAINING.getAndIncrement() == 0 && threads > 1) {
      openblas_nolapack.blas_set_num_threads(threads);
    }
  }

  static void exitTraining() {
    if (TRAINING.decrementAndGet() == 0 && threads > 1) {
      openblas_nolapack.blas_set_num_threads(1);
    }
  }

  /** Keeps the first line of libtorch's plain RuntimeExceptions, whose messages contain a C++ trace of many lines. */
  static RuntimeException translate(String what, RuntimeException e) {
    String message = e.getMessage();
    if (e.getClass() != RuntimeException.class || message == null || !isNative(e)) {
      return e;
    }
    int end = message.indexOf("\nException raised from");
    String cause = firstLine(end < 0 ? message : message.substring(0, end));
    if (message.contains("out of memory") || message.contains("not enough memory")) {
      return new GillException(what + " ran out of native memory (" + cause + "): use a smaller batch or size", e);
    }
    return new GillException(what + " failed in libtorch: " + cause, e);
  }

  /** Whether a native method threw it, and no listener of the application, which also runs in a computation. */
  private static boolean isNative(RuntimeException e) {
    StackTraceElement[] trace = e.getStackTrace();
    return trace.length == 0 || trace[0].isNativeMethod();
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("");
  }
}
