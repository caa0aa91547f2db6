package io.gill.langchain4j.example;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.gill.GillModel;
import io.gill.langchain4j.GillChatModel;
import io.gill.smallworld.SmallWorld;
import io.gill.testing.FakeModel;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Scanner;
import org.junit.jupiter.api.Test;

final class PictureChatTest {
  @Test
  void mainTalksWithTheBundledModel() {
    InputStream in = System.in;
    PrintStream console = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      System.setIn(new ByteArrayInputStream(
          "hello\ndraw a large blue star in the centre on a white background\n".getBytes(UTF_8)));
      System.setOut(new PrintStream(out, true, UTF_8));
      PictureChat.main(new String[] {SmallWorld.directory().toString()});
    } finally {
      System.setIn(in);
      System.setOut(console);
    }
    assertThat(out.toString(UTF_8).lines()).satisfies(lines -> {
      assertThat(lines.get(0)).isNotBlank();
      assertThat(lines).filteredOn(line -> line.startsWith("[image/png, ")).hasSize(1);
    });
  }

  @Test
  void talks() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GillModel gill = FakeModel.saying("Here it is. [IMG0]", "You are welcome.").build()) {
      PictureChat.talk(new GillChatModel(gill), new Scanner("A cat, please.\nThanks.\n"),
          new PrintStream(out, true, UTF_8));
    }
    assertThat(out.toString(UTF_8).lines()).hasSize(3).satisfiesExactly(
        text -> assertThat(text).isEqualTo("Here it is."),
        image -> assertThat(image).startsWith("[image/png, "),
        text -> assertThat(text).isEqualTo("You are welcome."));
  }
}
