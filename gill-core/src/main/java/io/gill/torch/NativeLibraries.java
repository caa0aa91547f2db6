package io.gill.torch;

import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.pytorch.global.torch;

/**
 * Unpacks native libraries before the first one is loaded. JavaCPP unpacks each library just before it loads it, but
 * the system's loader takes a library's dependencies from the folder that contains it. A process that was killed, or
 * that is still unpacking, leaves part of a library there, and mapping that part crashes the JVM.
 */
final class NativeLibraries {
  private static final Pattern LIBRARY = Pattern.compile("[^/]+\\.(so(\\.[.\\d]+)?|dylib|dll)");

  /** No library depends on these. */
  private static final Pattern BINDING = Pattern.compile("(lib)?jni.*");

  private NativeLibraries() {}

  /**
   * Unpacks the libraries of libtorch and OpenBLAS that are missing in JavaCPP's cache or differ in length from the
   * jar's.
   *
   * @return whether the libraries of libtorch are on the class path
   * @throws IOException if they cannot be unpacked
   */
  static boolean unpack() throws IOException {
    unpack(openblas_nolapack.class, "/org/bytedeco/openblas/", "jniopenblas_nolapack", List.of(""));
    return unpack(torch.class, "/org/bytedeco/pytorch/", "jnitorch", List.of("-gpu", ""));
  }

  private static boolean unpack(Class<?> owner, String folder, String binding, List<String> builds)
      throws IOException {
    for (String build : builds) {
      URL found = Loader.findResource(
          owner, folder + Loader.getPlatform() + build + "/" + System.mapLibraryName(binding));
      if (found != null) {
        unpackAllBeside(found);
        return true;
      }
    }
    return false;
  }

  private static void unpackAllBeside(URL binding) throws IOException {
    if (!(binding.openConnection() instanceof JarURLConnection connection)) {
      return; // a folder on the class path needs no unpacking
    }
    String folder = connection.getEntryName().substring(0, connection.getEntryName().lastIndexOf('/') + 1);
    for (JarEntry entry : (Iterable<JarEntry>) connection.getJarFile().stream()::iterator) {
      String name = entry.getName().startsWith(folder) ? entry.getName().substring(folder.length()) : "";
      if (LIBRARY.matcher(name).matches() && !BINDING.matcher(name).matches()) {
        Loader.cacheResource(new URL(binding, name));
      }
    }
  }
}
