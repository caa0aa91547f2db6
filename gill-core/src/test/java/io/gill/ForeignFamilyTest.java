package io.gill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.testsupport.Folders;
import io.gill.testsupport.Reference;
import io.gill.torch.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Loads a family of language models from an application's own jar. */
class ForeignFamilyTest {
  @TempDir Path folder;

  private final ClassLoader before = Thread.currentThread().getContextClassLoader();
  private Path model;

  @BeforeEach
  void replaceTheLanguageModelByOneOfAnotherFamily() throws IOException {
    model = folder.resolve("model");
    Files.createDirectories(model.resolve("lm"));
    Folders.copy(Reference.path("model-a", "clip"), model.resolve("clip"));
    for (String file : List.of("model_args.json", "pretrained_ckpt.pth.tar", "decision_model.pth.tar")) {
      Files.copy(Reference.path("model-a", file), model.resolve(file));
    }
    configure("{\"model_type\": \"parrot\", \"width\": 24, \"says\": \"Pieces of eight! [IMG0]\"}");
  }

  @AfterEach
  void restore() {
    Thread.currentThread().setContextClassLoader(before);
  }

  @Test
  void loadsFromAJarThatOnlyTheApplicationKnows() throws IOException {
    long live = Tensor.live();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {jar().toUri().toURL()}, before)) {
      Thread.currentThread().setContextClassLoader(loader);
      try (GillModel loaded = GillModel.load(model)) {
        Reply reply = loaded.respond(Conversation.of("What do you say?"));
        assertThat(reply.text()).isEqualTo("Pieces of eight!");
        assertThat(reply.images()).hasSize(1);
        assertThat(reply.images().get(0).embedding().retrieval()).hasSize(16);
      }
      configure("{\"model_type\": \"parrot\", \"width\": 23}");
      assertThatThrownBy(() -> GillModel.load(model)).isInstanceOf(GillException.class)
          .hasMessageContaining(model.resolve("lm/config.json") + ": width is 23")
          .hasMessageContaining("input_embeddings.weight is for 24");
      configure("{\"model_type\": \"parrot\"}");
      Files.delete(model.resolve("clip/preprocessor_config.json"));
      assertThatThrownBy(() -> GillModel.load(model)).isInstanceOf(GillException.class)
          .hasMessageContaining("lacks the key width").hasMessageContaining("preprocessor_config.json");
    }
    assertThat(Tensor.live()).isEqualTo(live);
  }

  @Test
  void anUnknownFamilyIsRefusedWithTheKnownOnes() throws IOException {
    assertThatThrownBy(() -> GillModel.load(model)).isInstanceOf(GillException.class)
        .hasMessageContaining(model.resolve("lm").toString())
        .hasMessageContaining("'parrot'").hasMessageContaining("known are [").hasMessageContaining("opt");
    configure("{}");
    assertThatThrownBy(() -> GillModel.load(model)).isInstanceOf(GillException.class)
        .hasMessageContaining(model.resolve("lm").toString()).hasMessageContaining("names no model_type");
  }

  private void configure(String json) throws IOException {
    Files.writeString(model.resolve("lm/config.json"), json);
  }

  private Path jar() throws IOException {
    Path classes = Files.createDirectory(folder.resolve("classes"));
    JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler());
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
      Path source = Path.of(Objects.requireNonNull(
          ForeignFamilyTest.class.getResource("foreign/ParrotProvider.java")).getPath());
      assertThat(compiler.getTask(null, files, null,
          List.of("-d", classes.toString(), "-proc:none", "-cp", System.getProperty("java.class.path")), null,
          files.getJavaFileObjects(source)).call()).isTrue();
    }
    Path jar = folder.resolve("parrot.jar");
    try (OutputStream out = Files.newOutputStream(jar); JarOutputStream entries = new JarOutputStream(out);
        Stream<Path> compiled = Files.walk(classes)) {
      for (Path file : compiled.filter(Files::isRegularFile).toList()) {
        entries.putNextEntry(new JarEntry(classes.relativize(file).toString().replace('\\', '/')));
        Files.copy(file, entries);
      }
      entries.putNextEntry(new JarEntry("META-INF/services/io.gill.stage.LanguageModelProvider"));
      entries.write("org.example.parrot.ParrotProvider\n".getBytes(StandardCharsets.UTF_8));
    }
    return jar;
  }
}
