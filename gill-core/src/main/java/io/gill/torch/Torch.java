package io.gill.torch;

import com.google.common.base.Throwables;
import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.presets.javacpp;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The native library as a whole: loading it, its devices, its threads, its errors. Thread-safe. */
public final class Torch {
  private static final String MAX_PHYSICAL_BYTES = "org.bytedeco.javacpp.maxPhysicalBytes";

  /** Attention calls in flight, which must not start BLAS threads of their own. */
  private static final AtomicInteger SINGLE_THREADED_BLAS = new AtomicInteger();

  /** Whether attention keeps BLAS from starting threads; only a measurement turns it off. */
  private static volatile boolean attentionKeepsBlasSingle = true;

  /** How many threads BLAS uses outside attention; 0 until the natives are loaded. */
  private static volatile int blasThreads;

  private Torch() {}

  /**
   * Loads libtorch, if that has not happened yet.
   *
   * @throws GillException if the natives are not on the class path, with the lines to add, or cannot be unpacked, with
   *     the folder
   */
  public static void ensureLoaded() {
    if (blasThreads == 0) {
      load();
    }
  }

  private static synchronized void load() {
    if (blasThreads != 0) {
      return;
    }
    // JavaCPP would count everything the process maps, models included, against four times the Java heap.
    if (System.getProperty(MAX_PHYSICAL_BYTES) == null) {
      System.setProperty(MAX_PHYSICAL_BYTES, "0");
    }
    boolean onClassPath;
    try {
      onClassPath = NativeLibraries.unpack();
    } catch (IOException e) {
      throw unusable("unpacked", e);
    }
    try {
      Loader.load(javacpp.class); // unlike the first call of it, this says why it fails
      int threads = Threading.choose();
      openblas_nolapack.blas_set_num_threads(threads);
      // Where NNPACK does not know the processor it says so on standard error at every convolution; oneDNN is faster.
      torch.globalContext().setUserEnabledNNPACK(false);
      // On CUDA, convolutions of 32-bit floats keep but 10 bits of mantissa by default: half precision is asked for by name.
      torch.globalContext().setAllowTF32CuDNN(false);
      blasThreads = threads;
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

  /** Says what came first; the last that JavaCPP tries is the system's folders, which is beside the point. */
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
   * Checks that a stage can compute there.
   *
   * @param device where
   * @throws GillException if the device does not exist, with the reason: never a silent run on the CPU
   */
  public static void require(Device device) {
    ensureLoaded();
    if (device.isCpu()) {
      return;
    }
    if (!torch.hasCUDA()) {
      throw new GillException(
          "device " + device + " was asked for, but no CUDA device can be used: either the CPU build of libtorch is on "
              + "the class path (use org.bytedeco:pytorch-platform-gpu and org.bytedeco:cuda-platform-redist), or there "
              + "is no GPU, driver or CUDA 13 library");
    }
    int count = torch.cuda_device_count();
    if (device.index() >= count) {
      throw new GillException("device " + device + " was asked for, but there are " + count + " CUDA devices");
    }
  }

  static ScalarType scalarType(Precision precision) {
    return switch (precision) {
      case FLOAT32 -> ScalarType.Float;
      case BFLOAT16 -> ScalarType.BFloat16;
      case FLOAT16 -> ScalarType.Half;
    };
  }

  /** Whether attention must keep BLAS from starting threads: not where BLAS has but one. */
  static boolean guardsAttention() {
    return blasThreads > 1 && attentionKeepsBlasSingle;
  }

  /**
   * Attention runs OpenMP threads that each call BLAS; were BLAS to start its own threads there, they would fight for the
   * same cores (a half to a hundredth of the speed). Matrix products outside attention need them. One switch takes one
   * to eight milliseconds, since the binding looks the BLAS library up anew each time: not for small attention.
   */
  static void enterSingleThreadedBlas() {
    if (SINGLE_THREADED_BLAS.getAndIncrement() == 0) {
      openblas_nolapack.blas_set_num_threads(1);
    }
  }

  static void exitSingleThreadedBlas() {
    if (SINGLE_THREADED_BLAS.decrementAndGet() == 0) {
      openblas_nolapack.blas_set_num_threads(blasThreads);
    }
  }

  /**
   * Runs attention as it is without this class's care, so that a benchmark can show what the care is worth. For all
   * threads; not for anything but measuring.
   *
   * @param body what is measured
   */
  public static void withUnguardedAttention(Runnable body) {
    ensureLoaded();
    attentionKeepsBlasSingle = false;
    try {
      body.run();
    } finally {
      attentionKeepsBlasSingle = true;
    }
  }

  /** libtorch throws plain RuntimeExceptions with a C++ trace of many lines: keep the first. */
  static RuntimeException translate(String what, RuntimeException e) {
    String message = e.getMessage();
    if (e.getClass() != RuntimeException.class || message == null) {
      return e;
    }
    int end = message.indexOf("\nException raised from");
    String cause = firstLine(end < 0 ? message : message.substring(0, end));
    if (message.contains("out of memory") || message.contains("not enough memory")) {
      return new GillException(what + " ran out of native memory (" + cause + "): use a smaller batch or size", e);
    }
    return new GillException(what + " failed in libtorch: " + cause, e);
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("");
  }
}
