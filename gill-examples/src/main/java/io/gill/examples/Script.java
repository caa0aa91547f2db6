package io.gill.examples;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.google.common.base.CaseFormat;
import io.gill.Conversation.Content;
import io.gill.Conversation.Image;
import io.gill.Conversation.Text;
import io.gill.GillException;
import io.gill.RespondOptions;
import io.gill.Sampler;
import io.gill.image.Images;
import io.gill.weights.RegularFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * A conversation to play: a JSON list of the user's turns. A turn is a list of {@code {"text": …}} and
 * {@code {"image": path}}, with the path relative to the script. It may have one {@code {"options": {…}}} with the
 * names of {@link ReplySettings}, for the reply to this turn.
 *
 * @param turns in order, at least one
 */
public record Script(List<Turn> turns) {
  /**
   * Copies the turns.
   *
   * @param turns in order
   */
  public Script {
    turns = List.copyOf(turns);
  }

  /** A turn of the user, and the settings of the reply. */
  record Turn(List<Content> contents, ReplySettings settings, String place) {
    // Copies the contents.
    Turn {
      contents = List.copyOf(contents);
    }

    /** Returns the options of the reply: those of the command line, overridden by this turn's. */
    RespondOptions options(RespondOptions base) {
      try {
        return settings.over(base);
      } catch (IllegalArgumentException e) {
        throw new GillException(place + e.getMessage(), e);
      }
    }
  }

  /**
   * Reads a script and the images it names.
   *
   * @param file the script
   * @return its turns
   * @throws GillException if it is not a script; the message names the line
   */
  public static Script read(Path file) {
    JsonFactory json = JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
    try (InputStream in = Files.newInputStream(RegularFile.require(file)); JsonParser parser = json.createParser(in)) {
      return new Reader(file, parser).script();
    } catch (JsonProcessingException e) {
      throw new GillException(file + ", line " + e.getLocation().getLineNr() + ": " + e.getOriginalMessage(), e);
    } catch (NoSuchFileException e) {
      throw new GillException(file + ": no such file", e);
    } catch (IOException e) {
      throw new GillException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static final class Reader {
    /** Accepts any temperature and topP, to check a value before the options of the command line are known. */
    private static final RespondOptions SAMPLING =
        RespondOptions.builder().sampler(Sampler.nucleus(1, 1)).build();

    private final Path file;
    private final JsonParser parser;

    Reader(Path file, JsonParser parser) {
      this.file = file;
      this.parser = parser;
    }

    Script script() throws IOException {
      expect(parser.nextToken(), JsonToken.START_ARRAY, "a script is a list of turns: [[{\"text\": \"Hello\"}]]");
      List<Turn> turns = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        turns.add(turn());
      }
      if (turns.isEmpty()) {
        throw wrong("the script has no turns");
      }
      if (parser.nextToken() != null) {
        throw wrong("unexpected content after the list of turns");
      }
      return new Script(turns);
    }

    private Turn turn() throws IOException {
      String place = place();
      expect(parser.currentToken(), JsonToken.START_ARRAY,
          "a turn is a list: [{\"image\": \"cat.png\"}, {\"text\": …}]");
      List<Content> contents = new ArrayList<>();
      ReplySettings settings = new ReplySettings();
      boolean given = false;
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        expect(parser.currentToken(), JsonToken.START_OBJECT, "a turn's parts are {\"text\": …}, {\"image\": …} or "
            + "{\"options\": {…}}");
        if (parser.nextToken() == JsonToken.END_OBJECT) {
          throw wrong("a part is empty: use one of text, image, options");
        }
        String key = parser.currentName();
        switch (key) {
          case "text" -> contents.add(new Text(string(key)));
          case "image" -> contents.add(image(string(key)));
          case "options" -> {
            if (given) {
              throw wrong("options are given twice in one turn");
            }
            given = true;
            options(settings);
          }
          default -> throw wrong("unknown key \"" + key + "\": use text, image or options");
        }
        if (parser.nextToken() != JsonToken.END_OBJECT) {
          throw wrong("a part has one key only, but \"" + parser.currentName() + "\" follows \"" + key + "\"");
        }
      }
      if (contents.isEmpty()) {
        throw new GillException(place + "the turn has no text and no image");
      }
      return new Turn(contents, settings, place);
    }

    private String string(String key) throws IOException {
      expect(parser.nextToken(), JsonToken.VALUE_STRING, "\"" + key + "\" must be a string");
      return parser.getText();
    }

    private Image image(String path) {
      try {
        return new Image(Images.read(file.resolveSibling(path)));
      } catch (GillException | InvalidPathException e) {
        throw new GillException(place() + e.getMessage(), e);
      }
    }

    private void options(ReplySettings settings) throws IOException {
      expect(parser.nextToken(), JsonToken.START_OBJECT, "\"options\" must be an object: {\"maxTokens\": 16}");
      CommandLine line = new CommandLine(settings);
      List<String> arguments = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String key = parser.currentName();
        String option = "--" + CaseFormat.LOWER_CAMEL.to(CaseFormat.LOWER_HYPHEN, key);
        if (!key.matches("[a-z][A-Za-z]*") || line.getCommandSpec().findOption(option) == null) {
          throw wrong("unknown option \"" + key + "\": use one of "
              + String.join(", ", ReplySettings.describe(RespondOptions.defaults()).keySet()));
        }
        JsonToken value = parser.nextToken();
        if (value != JsonToken.VALUE_STRING && !value.isNumeric()) {
          throw wrong(key + " must be a number or a string");
        }
        arguments.add(option + "=" + parser.getText());
        try {
          line.parseArgs(arguments.toArray(String[]::new));
          settings.over(SAMPLING);
        } catch (CommandLine.ParameterException e) {
          String message = String.valueOf(e.getMessage()); // "Invalid value for option '--seed': 'x' is not a long"
          throw new GillException(place() + key + message.substring(Math.max(0, message.indexOf("': ") + 1)), e);
        } catch (IllegalArgumentException e) {
          throw new GillException(place() + e.getMessage(), e);
        }
      }
    }

    private void expect(@Nullable JsonToken actual, JsonToken expected, String otherwise) {
      if (actual != expected) {
        throw wrong(otherwise);
      }
    }

    private GillException wrong(String what) {
      return new GillException(place() + what);
    }

    private String place() {
      return file + ", line " + parser.currentTokenLocation().getLineNr() + ": ";
    }
  }
}
