package io.gill.examples;

import java.lang.reflect.Proxy;

/**
 * Handles Ctrl-C. Java has no public API for it, so this class looks up {@code sun.misc.Signal} by name. Where that
 * class is missing, Ctrl-C ends the program.
 */
final class CtrlC {
  private CtrlC() {}

  /** Runs the action on its own thread instead of ending the program. */
  static void handle(Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      ClassLoader loader = CtrlC.class.getClassLoader();
      Object proxy = Proxy.newProxyInstance(loader, new Class<?>[] {handler}, (self, method, args) -> {
        if (method.getName().equals("handle")) {
          action.run();
        }
        return null;
      });
      signal.getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance("INT"), proxy);
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      // Ctrl-C still ends the program.
    }
  }
}
