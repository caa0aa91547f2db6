package io.gill.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MeteorTest {
  @TempDir
  private Path folder;

  private Path program(boolean withMain) throws IOException {
    Path file = folder.resolve("meteor-1.5.jar");
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    if (withMain) {
      manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, LineProgram.class.getName());
    }
    String name = LineProgram.class.getName().replace('.', '/') + ".class";
    try (OutputStream out = Files.newOutputStream(file); JarOutputStream jar = new JarOutputStream(out, manifest);
        InputStream code = Objects.requireNonNull(LineProgram.class.getClassLoader().getResourceAsStream(name))) {
      jar.putNextEntry(new JarEntry(name));
      code.transferTo(jar);
      jar.closeEntry();
    }
    return file;
  }

  private static CaptionItem item(String id, String candidate, String... references) {
    return new CaptionItem(id, candidate, List.of(references));
  }

  /** The program reads the words of the tokenizer, one line per caption, and all its statistics at the end. */
  @Test
  void captionsAreScoredByTheProgram() throws Exception {
    MetricScore score = Meteor.of(program(true)).score(List.of(
        item("1", "A red bus, parked.", "a bus", "The bus."),
        item("2", "a ||| dog", "a dog")));
    assertThat(score.items()).containsExactly(4 / 2.0, 5.0);
    assertThat(score.value()).isEqualTo(0.125);
  }

  @Test
  void aProgramThatFailsIsNamedWithItsReason() throws Exception {
    Path file = program(true);
    Meteor meteor = Meteor.of(file);
    assertThatThrownBy(() -> meteor.score(List.of(item("1", "a dog", "a dog"), item("2", "stop", "a dog"))))
        .isInstanceOf(GillException.class)
        .hasMessageStartingWith("METEOR's program " + file + " ended early: Exception in thread \"main\"")
        .hasMessageContaining("no paraphrases")
        .hasMessageEndingWith("; the folder data of its release must lie beside it");
    assertThatThrownBy(() -> meteor.score(List.of(item("1", "babble", "a dog"))))
        .hasMessage("METEOR's program " + file + " answers 'babble' in place of a score");
    assertThat(meteor.score(List.of(item("1", "a dog", "a dog"))).items()).containsExactly(2.0);
  }

  @Test
  void onlyJavaProgramsAreAccepted() throws Exception {
    Path missing = folder.resolve("none.jar");
    assertThatThrownBy(() -> Meteor.of(missing))
        .hasMessageStartingWith("cannot read METEOR's program " + missing + ": ");
    Path text = Files.writeString(folder.resolve("text.jar"), "text");
    assertThatThrownBy(() -> Meteor.of(text)).hasMessageStartingWith("cannot read METEOR's program " + text + ": ");
    Path library = program(false);
    assertThatThrownBy(() -> Meteor.of(library))
        .hasMessage(library + " is no Java program: use meteor-1.5.jar of METEOR's release");
    CaptionItem item = item("7", "a dog", "a dog");
    Meteor meteor = Meteor.of(program(true));
    assertThatThrownBy(() -> meteor.score(List.of())).hasMessage("there are no items to score");
    assertThatThrownBy(() -> meteor.score(List.of(item, item))).hasMessage("two items have the id 7");
  }
}
