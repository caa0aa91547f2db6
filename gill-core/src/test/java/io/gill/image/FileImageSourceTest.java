package io.gill.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.testsupport.Reference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileImageSourceTest {
  @TempDir Path folder;

  @Test
  void imagesAreReadFromBelowTheFolder() throws IOException {
    Files.createDirectory(folder.resolve("images"));
    Files.copy(Reference.path("model-a", "prompts", "pic_0.png"), folder.resolve("images/a.png"));
    assertThat(new FileImageSource(folder).fetch("images/a.png").getWidth()).isPositive();
    assertThat(new FileImageSource(folder).fetch(folder.resolve("images/a.png").toString()).getWidth()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "../outside.png", "images/../../outside.png", "/etc/passwd", "http://127.0.0.1/a.png", "https://example.org/a.png",
    "file:///etc/passwd", "data:image/png;base64,AAAA", "missing.png", "nul\0byte", ""})
  void whatIsNoImageBelowTheFolderIsAnIoException(String uri) throws IOException {
    Path inner = Files.createDirectories(folder.resolve("inner"));
    Files.copy(Reference.path("model-a", "prompts", "pic_0.png"), folder.resolve("outside.png"));
    assertThatThrownBy(() -> new FileImageSource(inner).fetch(uri)).isInstanceOf(IOException.class);
  }

  @Test
  void absolutePathsLeadOutOfTheFolderOnlyWhereTheCallerAllowsThem() throws IOException {
    Path inner = Files.createDirectories(folder.resolve("inner"));
    Path outside = folder.resolve("outside.png");
    Files.copy(Reference.path("model-a", "prompts", "pic_0.png"), outside);
    assertThat(new FileImageSource(inner, true).fetch(outside.toString()).getWidth()).isPositive();
    assertThatThrownBy(() -> new FileImageSource(inner).fetch(outside.toString()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("outside");
    assertThatThrownBy(() -> new FileImageSource(inner, true).fetch("../outside.png"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is outside " + inner.toAbsolutePath());
  }

  @Test
  void aLinkDoesNotLeadOutOfTheFolder() throws IOException {
    Path inner = Files.createDirectories(folder.resolve("inner/pictures"));
    Path outside = Files.copy(Reference.path("model-a", "prompts", "pic_0.png"), folder.resolve("outside.png"));
    Path inside = Files.copy(outside, inner.resolve("inside.png"));
    Files.createSymbolicLink(inner.resolve("out.png"), outside);
    Files.createSymbolicLink(inner.resolve("out"), folder);
    Files.createSymbolicLink(inner.resolve("in.png"), inside);
    Files.createSymbolicLink(folder.resolve("link to inner"), inner);
    for (Path source : List.of(inner, folder.resolve("link to inner"))) {
      assertThat(new FileImageSource(source).fetch("in.png").getWidth()).isPositive();
      for (String uri : List.of("out.png", "out/outside.png", source.resolve("out.png").toString())) {
        assertThatThrownBy(() -> new FileImageSource(source, true).fetch(uri)).isInstanceOf(IOException.class)
            .hasMessageContaining(uri).hasMessageContaining("through a link");
      }
    }
  }

  @Test
  void anAddressIsRefusedWithWhatToInstall() {
    assertThatThrownBy(() -> new FileImageSource(folder).fetch("https://example.org/a.png"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("https://example.org/a.png")
        .hasMessageContaining("ImageSource that fetches");
  }

  @Test
  void aPathIsShownOnOneLine() throws IOException {
    String name = "a\n\u001B[2Jb";
    Path strange = Files.createDirectory(folder.resolve(name));
    Files.writeString(strange.resolve("text.png"), "text");
    Files.createSymbolicLink(strange.resolve("out.png"), Files.writeString(folder.resolve("outside.png"), ""));
    Path inner = Files.createDirectory(folder.resolve("inner"));
    for (String uri : List.of("http://" + name, "../" + name + "/text.png", name + "\0", name + "/missing.png")) {
      assertThatThrownBy(() -> new FileImageSource(inner).fetch(uri)).isInstanceOf(IOException.class)
          .message().contains("a\\n\\u001B[2Jb").doesNotContainPattern("\\p{Cntrl}");
    }
    for (String uri : List.of("out.png", "text.png")) {
      assertThatThrownBy(() -> new FileImageSource(strange).fetch(uri)).isInstanceOf(IOException.class)
          .message().contains("a\\n\\u001B[2Jb").doesNotContainPattern("\\p{Cntrl}");
    }
    assertThatThrownBy(() -> new FileImageSource(folder).fetch("http:" + "x".repeat(100_000)))
        .isInstanceOf(IOException.class).message().hasSizeLessThan(8200);
  }

  @Test
  void anUnreadableImageIsAnIoException() throws IOException {
    Files.writeString(folder.resolve("a.png"), "<html>not found</html>");
    assertThatThrownBy(() -> new FileImageSource(folder).fetch("a.png")).isInstanceOf(IOException.class);
  }
}
