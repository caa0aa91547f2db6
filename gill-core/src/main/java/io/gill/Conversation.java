package io.gill;

import io.gill.image.ImageReadOptions;
import io.gill.image.Images;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The turns of a user and the model so far, and what the application tells the model, each with text and images in any
 * order. Immutable.
 *
 * <pre>{@code
 * Conversation.builder().image(Path.of("cat.png")).text("What is this?").build();
 * }</pre>
 *
 * <p>{@link ConversationJson} stores conversations.
 *
 * @param turns turns in spoken order
 */
public record Conversation(List<Turn> turns) {
  /**
   * Copies the turns.
   *
   * @param turns turns in spoken order
   */
  public Conversation {
    turns = Arguments.copyOf(turns, "turns");
  }

  /** The speaker of a turn. */
  public enum Role {
    /** The application's user. */
    USER,
    /** The model. */
    ASSISTANT,
    /** The application, which tells the model how to behave. */
    SYSTEM
  }

  /**
   * A turn.
   *
   * @param role the speaker
   * @param contents text and images in the order given; at least one
   */
  public record Turn(Role role, List<Content> contents) {
    /**
     * Copies the contents.
     *
     * @param role the speaker
     * @param contents text and images in the order given
     * @throws IllegalArgumentException if there are no contents
     */
    public Turn {
      Objects.requireNonNull(role, "role");
      contents = Arguments.copyOf(contents, "contents");
      if (contents.isEmpty()) {
        throw new IllegalArgumentException("the turn is empty: give it text or an image");
      }
    }
  }

  /** An element of a turn. */
  public sealed interface Content {
    /**
     * Creates a text.
     *
     * @param text any text
     * @return the text as content
     */
    static Text of(String text) {
      return new Text(text);
    }

    /**
     * Creates an image.
     *
     * @param image any size and colour model; must not be changed afterwards
     * @return the image as content
     */
    static Image of(BufferedImage image) {
      return new Image(image);
    }

    /**
     * Reads an image file (PNG, JPEG, GIF, BMP or WebP) and applies its EXIF orientation.
     *
     * @param file the image file
     * @return the image as content
     * @throws GillException if the file cannot be read as an image
     */
    static Image image(Path file) {
      return new Image(Images.read(Objects.requireNonNull(file, "file")));
    }
  }

  /**
   * Text.
   *
   * @param text any text. It is tokenized separately from its neighbours, as in the published code, and literally
   *     unless {@link RespondOptions#markersInText()} is set
   */
  public record Text(String text) implements Content {
    /**
     * Rejects null; an empty text is allowed.
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
   * @param image any size and colour model; must not be changed afterwards. A session recognises images it has read by
   *     object identity
   */
  public record Image(BufferedImage image) implements Content {
    /**
     * Rejects null.
     *
     * @param image any size and colour model
     */
    public Image {
      Objects.requireNonNull(image, "image");
    }

    @Override
    public String toString() {
      return "Image[" + Shown.image(image) + "]";
    }
  }

  /**
   * The tokens that the model chose. Tokenizing their text again could yield different ones.
   *
   * @param tokens token ids, including [IMG] tokens
   */
  public record Spoken(List<Integer> tokens) implements Content {
    /**
     * Copies the tokens.
     *
     * @param tokens token ids, including [IMG] tokens
     */
    public Spoken {
      tokens = Arguments.copyOf(tokens, "tokens");
    }
  }

  /**
   * Creates a conversation of one user turn.
   *
   * @param text the user's text
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
   * Continues this conversation.
   *
   * @return a builder that starts with these turns
   */
  public Builder toBuilder() {
    return new Builder(turns);
  }

  /** Builds a conversation. Not thread-safe. */
  public static final class Builder {
    private final List<Turn> turns;
    private final List<Content> contents = new ArrayList<>();
    private Role role = Role.USER;

    private Builder(List<Turn> turns) {
      this.turns = new ArrayList<>(turns);
    }

    /**
     * Adds a text that tells the model how to behave: the system message of a chat template. Formats without such a
     * message put it before all other turns. A system turn does not count as the user's: the conversation still has to
     * end with one of those.
     *
     * @param text appended to the current system turn
     * @return this
     */
    public Builder system(String text) {
      return add(Role.SYSTEM, new Text(text));
    }

    /**
     * Adds a text of the user.
     *
     * @param text appended to the user's current turn
     * @return this
     */
    public Builder text(String text) {
      return add(Role.USER, new Text(text));
    }

    /**
     * Adds an image of the user.
     *
     * @param image appended to the user's current turn
     * @return this
     */
    public Builder image(BufferedImage image) {
      return add(Role.USER, new Image(image));
    }

    /**
     * Adds an image file of the user (PNG, JPEG, GIF, BMP or WebP) and applies its EXIF orientation.
     *
     * @param file the image file, appended to the user's current turn
     * @return this
     * @throws GillException if the file cannot be read as an image
     */
    public Builder image(Path file) {
      return image(Images.read(Objects.requireNonNull(file, "file")));
    }

    /**
     * Adds an image file of the user: PNG, JPEG, GIF, BMP or WebP.
     *
     * @param file the image file, appended to the user's current turn
     * @param options size limits, and whether to apply the EXIF orientation (the published code does not)
     * @return this
     * @throws GillException if the file cannot be read as an image
     */
    public Builder image(Path file, ImageReadOptions options) {
      Objects.requireNonNull(file, "file");
      return image(Images.read(file, Objects.requireNonNull(options, "options")));
    }

    /**
     * Adds an encoded image of the user (PNG, JPEG, GIF, BMP or WebP) and applies its EXIF orientation.
     *
     * @param encoded the bytes of an image file, appended to the user's current turn
     * @return this
     * @throws GillException if the bytes are not an image
     */
    public Builder image(byte[] encoded) {
      return image(Images.read(Objects.requireNonNull(encoded, "encoded"), "the given bytes"));
    }

    /**
     * Adds a text of the model in the application's words. It is read as literally as a user's text; use
     * {@link #assistant(Reply)} or {@link Spoken} for tokens that the model chose.
     *
     * @param text appended to the model's current turn
     * @return this
     */
    public Builder assistant(String text) {
      return add(Role.ASSISTANT, new Text(text));
    }

    /**
     * Adds a reply of the model as a turn of its own.
     *
     * @param reply the model's reply
     * @return this
     */
    public Builder assistant(Reply reply) {
      Objects.requireNonNull(reply, "reply");
      endTurn();
      return add(Role.ASSISTANT, new Spoken(reply.tokens())).endTurn();
    }

    /**
     * Ends the current turn. Further contents start a new turn, even if the speaker stays the same.
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
     * Ends the last turn and builds the conversation.
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
