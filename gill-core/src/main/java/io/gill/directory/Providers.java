package io.gill.directory;

import io.gill.GillException;
import io.gill.stage.StageProvider;
import io.gill.weights.Snapshot;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** Finds providers of stages on the class path and the module path. */
public final class Providers {
  private Providers() {}

  /**
   * Returns all providers of a type: first those visible to the thread's context class loader, which sees the
   * application's own jars, then any others visible to this library's class loader.
   *
   * @param type the service
   * @param <T> the service
   * @return new providers; empty if there is none
   */
  public static <T> List<T> of(Class<T> type) {
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

  /**
   * Finds the provider for a snapshot's family.
   *
   * @param type the service
   * @param what the kind of stage, for messages: "language model"
   * @param snapshot the folder
   * @param <S> the service
   * @return the first provider that reads the snapshot, or whose family the folder is named after if its configuration
   *     says nothing
   * @throws GillException if there is none; it names the known families
   */
  public static <S extends StageProvider<?>> S reading(Class<S> type, String what, Path snapshot) {
    List<S> known = of(type);
    Optional<String> declared = Snapshot.declaredType(snapshot);
    return known.stream()
        .filter(provider -> declared.map(provider.types()::contains)
            // the provider reports its missing or damaged configuration
            .orElseGet(() -> snapshot.endsWith(provider.family())))
        .findFirst()
        .orElseThrow(() -> new GillException(snapshot + " holds no " + what + " that can be loaded: "
            + declared.map(name -> "its configuration says '" + name + "'")
                .orElse("its configuration names no model_type or _class_name")
            + ", known are " + known.stream().map(StageProvider::family).toList()));
  }
}
