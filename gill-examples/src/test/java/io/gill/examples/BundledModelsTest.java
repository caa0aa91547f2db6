package io.gill.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundledModelsTest {
  @TempDir Path folder;

  @Test
  void unpacksOnceForEachContent() throws IOException {
    Path cache = folder.resolve("new/cache");
    Path first = BundledModels.unpack(jar("one", "p/model_args.json", "p/opt/config.json", "q/other"), "p/", cache);
    assertThat(first.resolve("model_args.json")).hasContent("one");
    assertThat(first.resolve("opt/config.json")).hasContent("one");
    assertThat(list(first)).hasSize(2);

    Files.writeString(first.resolve("mark"), "kept");
    Path again = BundledModels.unpack(jar("one", "p/model_args.json", "p/opt/config.json", "q/other"), "p/", cache);
    assertThat(again).isEqualTo(first);
    assertThat(again.resolve("mark")).hasContent("kept");

    Path other = BundledModels.unpack(jar("two", "p/model_args.json"), "p/", cache);
    assertThat(other).isNotEqualTo(first);
    assertThat(other.resolve("model_args.json")).hasContent("two");
    assertThat(list(cache)).hasSize(2);
  }

  @Test
  void nothingHalfUnpackedStays() throws IOException {
    Path cache = folder.resolve("cache");
    Path evil = jar("x", "p/a", "p/../../../evil");
    assertThatThrownBy(() -> BundledModels.unpack(evil, "p/", cache))
        .isInstanceOf(IOException.class).hasMessageContaining("points outside");
    assertThat(list(cache)).isEmpty();
    assertThat(folder.resolve("evil")).doesNotExist();
  }

  @Test
  void whatAKillHasLeftIsRemoved() throws IOException {
    Path cache = folder.resolve("cache");
    Path old = Files.createDirectories(cache.resolve("unpacking-1/opt"));
    Path young = Files.createDirectories(cache.resolve("unpacking-2"));
    Files.writeString(old.resolve("config.json"), "{");
    Files.setLastModifiedTime(old.getParent(), FileTime.from(Instant.now().minus(Duration.ofHours(2))));

    Path model = BundledModels.unpack(jar("one", "p/model_args.json"), "p/", cache);

    assertThat(list(cache)).containsExactlyInAnyOrder(young, model);
  }

  private static List<Path> list(Path directory) throws IOException {
    try (Stream<Path> found = Files.list(directory)) {
      return found.toList();
    }
  }

  private Path jar(String content, String... names) throws IOException {
    Path jar = folder.resolve("some.jar");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
      for (String name : names) {
        out.putNextEntry(new ZipEntry(name));
        out.write(content.getBytes(StandardCharsets.UTF_8));
        out.closeEntry();
      }
    }
    return jar;
  }
}
