package io.gill;

import io.gill.image.ImageReadOptions;
import io.gill.image.Images;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What was said so far: turns of a user and of the model, each of text and images in any order. Immutable.
 *
 * <pre>{@code
 * Conversation.builder().image(Path.of("cat.png")).text("What is this?").build();
 * }</pre>
 *
 * @param turns in the order they were spoken
 */
public record Conversation(List<Turn> turns) {
  /**
   * Copies the turns.
   *
   * @param turns as above
   */
  public Conversation {
    turns = Arguments.copyOf(turns, "turns");
  }

  /** Who speaks. */
  public enum Role {
    /** The application's user. */
    USER,
    /** The model. */
    ASSISTANT
  }

  /**
   * One turn.
   *
   * @param role who speaks
   * @param contents at least one: text and images in the order they were given
   */
  public record Turn(Role role, List<Content> contents) {
    /**
     * Copies the contents.
     *
     * @param role as above
     * @param contents as above
     * @throws IllegalArgumentException if there are none
     */
    public Turn {
      Objects.requireNonNull(role, "role");
      contents = Arguments.copyOf(contents, "contents");
      if (contents.isEmpty()) {
        throw new IllegalArgumentException("the turn is empty: give it text or an image");
      }
    }
  }

  /** A piece of a turn. */
  public sealed interface Content {
    /**
     * Text.
     *
     * @param text any text
     * @return the content
     */
    static Text of(String text) {
      return new Text(text);
    }

    /**
     * An image.
     *
     * @param image any size and colour model; must not be changed afterwards
     * @return the content
     */
    static Image of(BufferedImage image) {
      return new Image(image);
    }

    /**
     * The image in a file: PNG, JPEG, GIF, BMP or WebP, turned upright as its EXIF data says.
     *
     * @param file the file
     * @return the content
     * @throws GillException if the file cannot be read as an image
     */
    static Image image(Path file) {
      return new Image(Images.read(Objects.requireNonNull(file, "file")));
    }
  }

  /**
   * Text.
   *
   * @param text any text; it is tokenized on its own, apart from its neighbours, as the published code does, and
   *     literally unless {@link RespondOptions#markersInText()} says otherwise
   */
  public record Text(String text) implements Content {
    /**
     * Checks that there is one, which may be empty.
     *
     * @param text any text
     */
    public Text {
      Objects.requireNonNull(text, "text");
    }
  }

  /**
   * An image.
   *
   * @param image any size and colour model; must not be changed afterwards. A session recognises an image it has read
   *     before by object identity
   */
  public record Image(BufferedImage image) implements Content {
    /**
     * Checks that there is one.
     *
     * @param image any size and colour model
     */
    public Image {
      Objects.requireNonNull(image, "image");
    }
  }

  /**
   * What the model said, as the very tokens it chose: tokenizing its text again could give others.
   *
   * @param tokens ids, [IMG] tokens included
   */
  public record Spoken(List<Integer> tokens) implements Content {
    /**
     * Copies the tokens.
     *
     * @param tokens as above
     */
    public Spoken {
      tokens = Arguments.copyOf(tokens, "tokens");
    }
  }

  /**
   * A conversation of one user turn.
   *
   * @param text what the user says
   * @return the conversation
   */
  public static Conversation of(String text) {
    return builder().text(text).build();
  }

  /**
   * Starts a conversation.
   *
   * @return a builder whose first turn is the user's
   */
  public static Builder builder() {
    return new Builder(List.of());
  }

  /**
   * Goes on from here.
   *
   * @return a builder that begins with these turns
   */
  public Builder toBuilder() {
    return new Builder(turns);
  }

  /** Puts a conversation together; for one thread. */
  public static final class Builder {
    private final List<Turn> turns;
    private final List<Content> contents = new ArrayList<>();
    private Role role = Role.USER;

    private Builder(List<Turn> turns) {
      this.turns = new ArrayList<>(turns);
    }

    /**
     * The user says something.
     *
     * @param text joins the user's current turn
     * @return this
     */
    public Builder text(String text) {
      return add(Role.USER, new Text(text));
    }

    /**
     * The user shows an image.
     *
     * @param image joins the user's current turn
     * @return this
     */
    public Builder image(BufferedImage image) {
      return add(Role.USER, new Image(image));
    }

    /**
     * The user shows an image: PNG, JPEG, GIF, BMP or WebP, turned upright as its EXIF data says.
     *
     * @param file joins the user's current turn
     * @return this
     * @throws GillException if the file cannot be read as an image
     */
    public Builder image(Path file) {
      return image(Images.read(Objects.requireNonNull(file, "file")));
    }

    /**
     * The user shows an image: PNG, JPEG, GIF, BMP or WebP.
     *
     * @param file joins the user's current turn
     * @param options whether it is turned upright, which the published code does not, and limits
     * @return this
     * @throws GillException if the file cannot be read as an image
     */
    public Builder image(Path file, ImageReadOptions options) {
      Objects.requireNonNull(file, "file");
      return image(Images.read(file, Objects.requireNonNull(options, "options")));
    }

    /**
     * The user shows an image: PNG, JPEG, GIF, BMP or WebP, turned upright as its EXIF data says.
     *
     * @param encoded the contents of an image file; joins the user's current turn
     * @return this
     * @throws GillException if this is not an image
     */
    public Builder image(byte[] encoded) {
      return image(Images.read(Objects.requireNonNull(encoded, "encoded"), "the given bytes"));
    }

    /**
     * The model said something, in the application's words. They are read as literally as a user's; tokens that the
     * model chose go into {@link #assistant(Reply)} or {@link Spoken}.
     *
     * @param text joins the model's current turn
     * @return this
     */
    public Builder assistant(String text) {
      return add(Role.ASSISTANT, new Text(text));
    }

    /**
     * The model said this.
     *
     * @param reply its reply; a turn of its own
     * @return this
     */
    public Builder assistant(Reply reply) {
      Objects.requireNonNull(reply, "reply");
      return add(Role.ASSISTANT, new Spoken(reply.tokens())).endTurn();
    }

    /**
     * Ends the current turn, so that what follows is a turn of its own even if the same side speaks.
     *
     * @return this
     */
    public Builder endTurn() {
      if (!contents.isEmpty()) {
        turns.add(new Turn(role, contents));
        contents.clear();
      }
      return this;
    }

    /**
     * Ends the last turn.
     *
     * @return the conversation
     */
    public Conversation build() {
      endTurn();
      return new Conversation(turns);
    }

    private Builder add(Role speaker, Content content) {
      if (speaker != role) {
        endTurn();
        role = speaker;
      }
      contents.add(content);
      return this;
    }
  }
}
