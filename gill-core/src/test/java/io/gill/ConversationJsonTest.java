package io.gill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Conversation.Content;
import io.gill.Conversation.Image;
import io.gill.Conversation.Role;
import io.gill.Conversation.Spoken;
import io.gill.Conversation.Text;
import io.gill.Conversation.Turn;
import io.gill.image.Images;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Conversations survive JSON, and JSON of others is read within limits. */
class ConversationJsonTest {
  private static final String PNG = Base64.getEncoder().encodeToString(Images.toPng(picture(), Map.of()));

  @TempDir Path folder;

  private static BufferedImage picture() {
    BufferedImage image = new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB);
    image.setRGB(1, 1, 0x123456);
    return image;
  }

  private static Conversation conversation() {
    return new Conversation(List.of(
        new Turn(Role.SYSTEM, List.of(Content.of("Be \"brief\".\n\u2028</script>"))),
        new Turn(Role.USER, List.of(new Image(picture()), Content.of(""), Content.of("🙂"))),
        new Turn(Role.ASSISTANT, List.of(new Spoken(List.of(0, 7, 50272)))),
        new Turn(Role.USER, List.of(new Image(picture())))));
  }

  private static List<String> shown(Conversation conversation) {
    return conversation.turns().stream().flatMap(turn -> turn.contents().stream().map(content -> turn.role() + " "
        + (content instanceof Image image ? image + " " + image.image().getRGB(1, 1) : content))).toList();
  }

  /** A conversation of one content. */
  private static String of(String content) {
    return "{\"version\":1,\"turns\":[{\"role\":\"user\",\"contents\":[" + content + "]}]}";
  }

  private static String image(String key, String value) {
    return "{\"type\":\"image\",\"" + key + "\":\"" + value + "\"}";
  }

  private static void assertRefused(ConversationJson format, String json, String... message) {
    assertThatThrownBy(() -> format.read(json)).as(json.substring(0, Math.min(100, json.length())))
        .isInstanceOf(GillException.class).message()
        .startsWith("the conversation's JSON is refused in line ").contains(message).doesNotContain("\n");
  }

  @Test
  void everythingInAConversationIsKept() {
    String json = ConversationJson.embedded().write(conversation());
    assertThat(shown(ConversationJson.embedded().read(json))).isEqualTo(shown(conversation()));
    assertThat(ConversationJson.embedded().read(ConversationJson.embedded().write(new Conversation(List.of()))).turns())
        .isEmpty();
  }

  @Test
  void imagesAreKeptInFilesThatEqualImagesShare() throws Exception {
    ConversationJson format = ConversationJson.withImagesIn(folder.resolve("images"));
    String json = format.write(conversation());
    assertThat(json).doesNotContain("data").doesNotContain(folder.toString());
    try (Stream<Path> files = Files.list(folder.resolve("images"))) {
      assertThat(files).hasSize(1);
    }
    assertThat(shown(format.read(json))).isEqualTo(shown(conversation()));
    assertThat(format.read(ConversationJson.embedded().write(conversation())).turns()).hasSize(4);
    assertRefused(ConversationJson.embedded(), json, "withImagesIn(folder)");
  }

  @Test
  void noPathLeavesTheFolder() throws Exception {
    Path images = Files.createDirectory(folder.resolve("images"));
    Files.write(folder.resolve("secret.png"), Base64.getDecoder().decode(PNG));
    Files.createSymbolicLink(images.resolve("link.png"), folder.resolve("secret.png"));
    ConversationJson format = ConversationJson.withImagesIn(images);
    for (String path : List.of("../secret.png", folder.resolve("secret.png").toString(), "link.png", "x.png",
        "file:///etc/passwd", "a\\u0000b")) {
      assertRefused(format, of(image("path", path)), "column 50: ");
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      `{"version":1,"turns":[{"role":"bot","contents":[]}]}`   |column 23: the role is 'bot': use
      `{"version":2,"turns":[]}`                               |column 1: version is not 1
      `{"version":1,"turns":[{"role":"user","contents":[]}]}`  |the turn is empty
      `{"version":1,"turns":[{"role":"user"}]}`                |keys [role]: it needs contents and role
      `{"version":1,"turns":[{"role":7,"contents":[]}]}`       |role is not a text
      `{"version":1,"turns":7}`                                |column 22: turns is not a list
      `{"version":1,"turns":[7]}`                              |a turn is not an object
      `{"version":1,"turns":[],"more":1}`                      |unknown key 'more'
      `{"version":1,"version":1,"turns":[]}`                   |Duplicate field 'version'
      `{"version":1,"turns":[]} {}`                            |column 26: more follows
      `[]`                                                     |the conversation is not an object
      ``                                                       |the conversation is not an object
      `{"version":1,"turns":[`                                 |Unexpected end-of-input
      """)
  void whatIsNoConversationIsRefusedWithItsPosition(String json, String message) {
    assertRefused(ConversationJson.embedded(), json, message);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      `{"type":"video"}`                               |column 50: the content's type is 'video': use text
      `{"text":"x"}`                                   |type is missing
      `{"type":"text"}`                                |it needs text and type
      `{"type":"text","text":"x","data":"x"}`          |it needs text and type
      `{"type":"text","text":null}`                    |text is not a text
      `{"type":"tokens","tokens":[1,-1]}`              |token -1 is negative
      `{"type":"tokens","tokens":[1.5]}`               |a token is not an integer
      `{"type":"tokens","tokens":[99999999999]}`       |out of range
      `{"type":"tokens","tokens":[[1]]}`               |a token is not an integer
      `{"type":"image"}`                               |it needs path and type
      `{"type":"image","data":"x","path":"x"}`         |it needs data and type
      `{"type":"image","data":"?"}`                    |not base64
      `{"type":"image","data":"AAAA"}`                 |not a PNG, JPEG, GIF, BMP or WebP
      `{"type":"image","data":""}`                     |it is empty
      """)
  void whatIsNoContentIsRefusedWithItsPosition(String content, String message) {
    assertRefused(ConversationJson.embedded(), of(content), message);
  }

  @Test
  void hugeInputIsRefusedBeforeMemoryIsAllocatedForIt() {
    assertRefused(ConversationJson.embedded(), of("[".repeat(100_000)), "a content is not an object");
    byte[] bomb = Images.toPng(new BufferedImage(4900, 4900, BufferedImage.TYPE_BYTE_BINARY), Map.of());
    String large = image("data", Base64.getEncoder().encodeToString(bomb));
    String five = String.join(",", Collections.nCopies(5, large));
    assertRefused(ConversationJson.embedded(), of(five), "pixels");
    assertThat(ConversationJson.embedded().read(of(large)).turns()).hasSize(1);
    assertThat(((Text) ConversationJson.embedded().read(of("{\"text\":\"late\",\"type\":\"text\"}")).turns().get(0)
        .contents().get(0)).text()).isEqualTo("late");
  }
}
