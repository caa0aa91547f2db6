package io.gill.examples;

import java.lang.reflect.Proxy;

/**
 * The interrupt key. Java has no public way to hear of it, so this asks for {@code sun.misc.Signal} by name and does
 * without where there is none: then the key ends the program.
 */
final class CtrlC {
  private CtrlC() {}

  /** Calls the action, on a thread of its own, in place of ending the program. */
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
      // The key keeps its meaning.
    }
  }
}
