package io.gill.examples.world;

import com.google.common.base.Splitter;
import io.gill.GillException;
import io.gill.examples.world.TestTalk.Description;
import io.gill.examples.world.TestTalk.Picture;
import io.gill.examples.world.TestTalk.Refusal;
import io.gill.examples.world.TestTalk.SmallTalk;
import io.gill.examples.world.TestTalk.Stated;
import io.gill.examples.world.TestTalk.Turn;
import io.gill.examples.world.TestTalk.Wanted;
import io.gill.examples.world.WorldDialogue.Shown;
import io.gill.examples.world.WorldDialogue.UserPart;
import io.gill.examples.world.WorldDialogue.Words;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads dialogues of the free-talk test set. The head of {@code free-talk.txt} documents the format. */
public final class TestTalkReader {
  /** Separates the scenes of several pictures in a reply. */
  static final String AND = " + ";

  private static final String HAND_WRITTEN = "free-talk.txt";
  private static final String SEVERAL = "several-pictures.txt";
  private static final Pattern PICTURE = Pattern.compile("\\[picture:([^\\[\\]]*)\\]");

  private final String source;
  private final List<TestTalk> talks = new ArrayList<>();
  private final List<Turn> turns = new ArrayList<>();
  private @Nullable String name;
  private @Nullable Scene current;
  private @Nullable List<UserPart> message;
  private int line;

  private TestTalkReader(String source) {
    this.source = source;
  }

  /**
   * Returns the dialogues that were written by hand.
   *
   * @return the dialogues in the order of the file
   */
  public static List<TestTalk> handWritten() {
    return resource(HAND_WRITTEN);
  }

  /**
   * Returns dialogues that were written by hand, with requests for several pictures in a reply.
   *
   * @return the dialogues in the order of the file
   */
  public static List<TestTalk> severalPictures() {
    return resource(SEVERAL);
  }

  private static List<TestTalk> resource(String name) {
    try (InputStream in = Objects.requireNonNull(TestTalkReader.class.getResourceAsStream(name))) {
      return read(name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads dialogues.
   *
   * @param source names the text in errors
   * @param text lines of the format
   * @return at least one dialogue
   * @throws GillException if a line is wrong; the message names the source and the line
   */
  public static List<TestTalk> read(String source, String text) {
    TestTalkReader reader = new TestTalkReader(source);
    text.lines().forEach(reader::take);
    reader.endTalk();
    if (reader.talks.isEmpty()) {
      throw reader.wrong("there is no talk: begin one with 'talk NAME'");
    }
    return List.copyOf(reader.talks);
  }

  private void take(String whole) {
    line++;
    String text = whole.strip();
    if (text.isEmpty() || text.startsWith("#")) {
      return;
    }
    if (text.startsWith("talk ")) {
      endTalk();
      name = text.substring("talk ".length()).strip();
    } else if (name == null) {
      throw wrong("'" + text + "' belongs to no talk: begin one with 'talk NAME'");
    } else if (text.startsWith(">")) {
      requireNoMessage();
      message = message(text.substring(1).strip());
    } else {
      if (message == null) {
        throw wrong("'" + text + "' follows no message: write '> WORDS' before it");
      }
      turns.add(new Turn(message, wanted(text)));
      message = null;
    }
  }

  private List<UserPart> message(String text) {
    List<UserPart> parts = new ArrayList<>();
    Matcher matcher = PICTURE.matcher(text);
    int from = 0;
    while (matcher.find()) {
      addWords(text.substring(from, matcher.start()), parts);
      current = scene(matcher.group(1));
      parts.add(new Shown(current));
      from = matcher.end();
    }
    addWords(text.substring(from), parts);
    if (parts.isEmpty()) {
      throw wrong("the message is empty");
    }
    return parts;
  }

  private void addWords(String text, List<UserPart> parts) {
    if (text.contains("[picture")) {
      throw wrong("write a picture as '[picture: SCENE]'");
    }
    if (!text.isBlank()) {
      parts.add(new Words(text.strip()));
    }
  }

  private Wanted wanted(String text) {
    if (text.startsWith("=")) {
      Picture picture = new Picture(
          Splitter.on(AND).splitToStream(text.substring(1)).map(this::scene).toList());
      current = picture.scene();
      return picture;
    }
    if (text.startsWith("?")) {
      try {
        return new Stated(Fact.parse(text.substring(1)));
      } catch (IllegalArgumentException e) {
        throw wrong(String.valueOf(e.getMessage()));
      }
    }
    return switch (text) {
      case "description" -> {
        if (current == null) {
          throw wrong("there is no picture to describe");
        }
        yield new Description(current);
      }
      case "small talk" -> new SmallTalk();
      case "refusal" -> new Refusal();
      default -> throw wrong(
          "'" + text + "' is not what a reply can bring: use '= SCENE', '= SCENE + SCENE', '? WORDS', description, "
              + "small talk or refusal");
    };
  }

  private Scene scene(String text) {
    return Grammar.parse(text).orElseThrow(() -> wrong("'" + text.strip() + "' is not a scene: write it like '"
        + "a small red circle at the top left on a white background'"));
  }

  private void endTalk() {
    requireNoMessage();
    if (name == null) {
      return;
    }
    if (turns.isEmpty() || turns.size() > TestTalk.MAX_TURNS) {
      throw wrong("talk '" + name + "' has " + turns.size() + " turns; a talk has 1 to " + TestTalk.MAX_TURNS);
    }
    talks.add(new TestTalk(name, turns));
    turns.clear();
    current = null;
  }

  private void requireNoMessage() {
    if (message != null) {
      throw wrong("the message before this line has no expectation: write '= SCENE', '? WORDS', …");
    }
  }

  private GillException wrong(String what) {
    return new GillException(source + ", line " + line + ": " + what);
  }
}
