package io.gill;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** Finds providers of stages on the class path and the module path. */
final class Providers {
  private Providers() {}

  /**
   * Returns all providers of a type: first those visible to the thread's context class loader, which sees the
   * application's own jars, then any others visible to this library's class loader.
   */
  static <T> List<T> of(Class<T> type) {
    Map<Class<?>, ServiceLoader.Provider<T>> found = new LinkedHashMap<>();
    try {
      ServiceLoader.load(type).stream().forEach(provider -> found.putIfAbsent(provider.type(), provider));
      ServiceLoader.load(type, Providers.class.getClassLoader()).stream()
          .forEach(provider -> found.putIfAbsent(provider.type(), provider));
      return found.values().stream().map(ServiceLoader.Provider::get).toList();
    } catch (ServiceConfigurationError e) {
      throw new GillException("a provider on the class path cannot be used: " + e.getMessage(), e);
    }
  }
}
