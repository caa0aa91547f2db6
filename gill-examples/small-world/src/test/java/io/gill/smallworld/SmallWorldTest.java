package io.gill.smallworld;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The model is found wherever its class is loaded from. */
class SmallWorldTest {
  private static final Path CLASSES = Path.of("target", "classes");
  private static final Path RESOURCES = CLASSES.resolve("io/gill/smallworld");

  private static final String LEFT_OUT = ".*images/.*(?<!00)\\.png";

  private static final Map<String, byte[]> ENTRIES = new HashMap<>();

  @TempDir private static Path folder;
  private static Path jar;

  /** Packs all files except most pictures, which would only take time. */
  @BeforeAll
  static void pack() throws IOException {
    try (Stream<Path> all = Files.walk(CLASSES)) {
      for (Path one : all.filter(Files::isRegularFile).toList()) {
        ENTRIES.put(CLASSES.relativize(one).toString().replace('\\', '/'), Files.readAllBytes(one));
      }
    }
    ENTRIES.keySet().removeIf(name -> name.matches(LEFT_OUT));
    String index = Files.readString(RESOURCES.resolve("files.txt")).lines().filter(line -> !line.matches(LEFT_OUT))
        .collect(Collectors.joining("\n"));
    ENTRIES.put("io/gill/smallworld/files.txt", index.getBytes(StandardCharsets.UTF_8));
    jar = folder.resolve("small-world.jar");
    try (OutputStream file = Files.newOutputStream(jar); JarOutputStream out = new JarOutputStream(file)) {
      out.setLevel(0);
      for (Map.Entry<String, byte[]> entry : ENTRIES.entrySet()) {
        out.putNextEntry(new JarEntry(entry.getKey()));
        out.write(entry.getValue());
      }
    }
  }

  @Test
  void theIndexListsAllFiles() throws IOException {
    Path model = RESOURCES.resolve("model");
    String index;
    try (Stream<Path> all = Files.walk(model)) {
      index = all.filter(Files::isRegularFile).map(file -> line(model, file))
          .sorted(Comparator.comparing(line -> line.split(" ", 3)[2]))
          .collect(Collectors.joining("\n", "", "\n"));
    }
    Path actual = Files.writeString(Path.of("target", "files.txt"), index);
    assertThat(RESOURCES.resolve("files.txt")).as("the index; the right one is in " + actual).hasContent(index);
  }

  private static String line(Path model, Path file) {
    try {
      CRC32 checksum = new CRC32();
      checksum.update(Files.readAllBytes(file));
      return String.format(Locale.ROOT, "%08x %d %s", checksum.getValue(), Files.size(file),
          model.relativize(file).toString().replace('\\', '/'));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void filesInAFolderAreUsedWhereTheyAre() {
    assertThat(SmallWorld.directory()).isEqualTo(RESOURCES.resolve("model").toAbsolutePath());
  }

  @Test
  void aJarIsUnpackedOnce() throws Exception {
    Path cache = folder.resolve("new/cache");
    Path old = Files.createDirectories(cache.resolve("unpacking-1/opt"));
    Path young = Files.createDirectories(cache.resolve("unpacking-2"));
    Files.setLastModifiedTime(old.getParent(), FileTime.from(Instant.now().minus(Duration.ofHours(2))));
    try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, withoutSmallWorld())) {
      Path model = directory(loader, cache);
      assertSame(model);
      Files.writeString(model.resolve("mark"), "kept");
      assertThat(directory(loader, cache)).isEqualTo(model);
      assertThat(model.resolve("mark")).exists();
      try (Stream<Path> all = Files.list(cache)) {
        assertThat(all).containsExactlyInAnyOrder(young, model);
      }
    }
  }

  /** A class loader whose resources are neither files nor in a plain jar, like Spring Boot's. */
  @Test
  void aJarWithinAJarIsUnpacked() throws Exception {
    ClassLoader nested = new ClassLoader(withoutSmallWorld()) {
      @Override
      protected Class<?> findClass(String name) throws ClassNotFoundException {
        byte[] code = ENTRIES.get(name.replace('.', '/') + ".class");
        if (code == null) {
          throw new ClassNotFoundException(name);
        }
        return defineClass(name, code, 0, code.length);
      }

      @Override
      public InputStream getResourceAsStream(String name) {
        byte[] content = ENTRIES.get(name);
        return content == null ? null : new ByteArrayInputStream(content);
      }
    };
    assertSame(directory(nested, folder.resolve("nested")));
  }

  @Test
  void aModuleIsUnpacked() throws Exception {
    Path[] others = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator)).map(Path::of)
        .filter(Files::exists).filter(path -> !path.toAbsolutePath().startsWith(Path.of("target").toAbsolutePath()))
        .toArray(Path[]::new);
    Configuration modules = ModuleLayer.boot().configuration().resolve(
        ModuleFinder.of(jar), ModuleFinder.of(others), Set.of("io.gill.smallworld"));
    ModuleLayer.Controller controller = ModuleLayer.defineModulesWithOneLoader(
        modules, List.of(ModuleLayer.boot()), ClassLoader.getPlatformClassLoader());
    Module module = controller.layer().findModule("io.gill.smallworld").orElseThrow();
    controller.addOpens(module, "io.gill.smallworld", SmallWorldTest.class.getModule());
    assertSame(directory(module.getClassLoader(), folder.resolve("module")));
  }

  private static Path directory(ClassLoader loader, Path cache) throws Exception {
    Class<?> type = Class.forName(SmallWorld.class.getName(), true, loader);
    assertThat(type).isNotSameAs(SmallWorld.class);
    Method method = type.getDeclaredMethod("directory", Path.class);
    method.setAccessible(true);
    return (Path) method.invoke(null, cache);
  }

  /** The class loader of the tests without the classes that each test loads itself. */
  private static ClassLoader withoutSmallWorld() {
    return new ClassLoader(SmallWorldTest.class.getClassLoader()) {
      @Override
      protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (name.startsWith("io.gill.smallworld.")) {
          throw new ClassNotFoundException(name);
        }
        return super.loadClass(name, resolve);
      }

      @Override
      public URL getResource(String name) {
        return name.startsWith("io/gill/smallworld/") ? null : super.getResource(name);
      }
    };
  }

  private static void assertSame(Path model) throws IOException {
    Path files = RESOURCES.resolve("model");
    assertThat(model.startsWith(folder)).isTrue();
    try (Stream<Path> all = Files.walk(files)) {
      for (Path file : all.filter(Files::isRegularFile).filter(file -> !file.toString().matches(LEFT_OUT)).toList()) {
        Path copy = model.resolve(files.relativize(file).toString());
        assertThat(Files.mismatch(file, copy)).as(copy.toString()).isEqualTo(-1);
      }
    }
  }
}
