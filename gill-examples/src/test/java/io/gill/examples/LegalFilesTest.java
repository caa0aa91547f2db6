package io.gill.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.GillModel;
import io.gill.diffusion.StableDiffusion;
import io.gill.examples.server.GillServer;
import io.gill.retrieval.ImageLibrary;
import io.gill.smallworld.SmallWorld;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LegalFilesTest {
  @ParameterizedTest
  @ValueSource(classes = {GillModel.class, StableDiffusion.class, ImageLibrary.class, SmallWorld.class,
      GillServer.class, Main.class})
  void eachJarHasTheLicenceAndTheNotice(Class<?> type) throws Exception {
    URL jar = type.getProtectionDomain().getCodeSource().getLocation();
    try (URLClassLoader alone = new URLClassLoader(new URL[] {jar}, null)) {
      assertThat(text(alone, "META-INF/LICENSE")).contains("Apache License");
      assertThat(text(alone, "META-INF/NOTICE")).contains("libtorch", "OpenBLAS", "tokenizers");
    }
  }

  private static String text(ClassLoader jar, String name) throws Exception {
    try (var in = jar.getResourceAsStream(name)) {
      assertThat(in).as(name).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
