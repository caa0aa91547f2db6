package io.gill.text;

import ai.djl.engine.EngineProvider;
import ai.djl.engine.rpc.RpcEngineProvider;
import ai.djl.engine.rust.RsEngineProvider;
import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.util.Utils;
import ai.djl.util.cuda.CudaUtils;
import io.gill.GillException;
import java.lang.invoke.MethodHandles;
import java.util.ServiceLoader;
import java.util.Set;

/**
 * Loads DJL's native tokenizer library. DJL works offline here. With the property {@code ai.djl.offline} (or
 * {@code DJL_OFFLINE} in the environment) it loads the CPU library from its own jar, even if it detects CUDA, and
 * copies it once to its cache folder ({@code ENGINE_CACHE_DIR}, else {@code DJL_CACHE_DIR}, else {@code ~/.djl.ai},
 * else the temporary folder). Its usage tracking ({@code Ec2Utils.callHome}) sends nothing. Without the property, a
 * machine with CUDA would download another library, and each new tokenizer would request cloud metadata. The property
 * is set unless the application sets it. No property is needed to select the CPU library.
 *
 * <p>To choose a library, DJL would load the machine's CUDA runtime and warn that it "failed to detect GPU count" where
 * the driver does not suit it. The tokenizers need no CUDA, so this search is left out, unless the application brings
 * an engine of DJL: it might need the result, which DJL keeps.
 */
final class TokenizerLibrary {
  private static final String OFFLINE = "ai.djl.offline";

  /** Set while {@link CudaUtils} is initialized, this property keeps it from loading the CUDA runtime for good. */
  private static final String NO_CUDA = "ai.djl.util.cuda.fork";

  /** Engines of the tokenizers' jar and of the one that it needs. */
  private static final Set<Class<? extends EngineProvider>> OWN_ENGINES =
      Set.of(RpcEngineProvider.class, RsEngineProvider.class);

  private TokenizerLibrary() {}

  /**
   * Loads the library unless it is loaded.
   *
   * @throws GillException if that fails; the message names the folder and what to do
   */
  static synchronized void ensureLoaded() {
    if (System.getProperty(OFFLINE) == null) {
      System.setProperty(OFFLINE, "true");
    }
    try {
      leaveOutCuda();
      LibUtils.checkStatus(); // checks that the library was unpacked and loaded
    } catch (RuntimeException | LinkageError | IllegalAccessException e) {
      throw unusable(e);
    }
  }

  private static void leaveOutCuda() throws IllegalAccessException {
    if (System.getProperty(NO_CUDA) != null || isEngineThere()) {
      return;
    }
    System.setProperty(NO_CUDA, "true");
    try {
      MethodHandles.lookup().ensureInitialized(CudaUtils.class);
    } finally {
      System.clearProperty(NO_CUDA); // otherwise DJL would start a process to detect CUDA
    }
  }

  /** Returns whether the application brings an engine. */
  private static boolean isEngineThere() {
    return ServiceLoader.load(EngineProvider.class).stream()
        .anyMatch(provider -> !OWN_ENGINES.contains(provider.type()));
  }

  static GillException unusable(Throwable e) {
    return new GillException("the native tokenizer library (ai.djl.huggingface:tokenizers) cannot be used: "
        + e.getMessage() + "; it must support this platform, and " + Utils.getEngineCacheDir()
        + " be writable, have 50 MB free and allow libraries to be run; ENGINE_CACHE_DIR names another folder", e);
  }
}
