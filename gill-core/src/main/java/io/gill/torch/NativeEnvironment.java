package io.gill.torch;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;

/** The environment that native libraries read when they are loaded. */
final class NativeEnvironment {
  private NativeEnvironment() {}

  /**
   * Sets a variable unless the user exported it.
   *
   * @return false if that is impossible
   */
  static boolean setDefault(String name, String value) {
    if (Platform.isWindows()) {
      return false; // setenv is POSIX
    }
    try {
      Function setenv = NativeLibrary.getProcess().getFunction("setenv");
      return setenv.invokeInt(new Object[] {name, value, 0}) == 0; // 0: keeps an existing value
    } catch (LinkageError e) {
      return false; // JNA does not know the platform, or the temporary folder does not allow libraries
    }
  }
}
