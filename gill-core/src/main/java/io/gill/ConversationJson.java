package io.gill;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.google.common.hash.Hashing;
import io.gill.Conversation.Content;
import io.gill.Conversation.Image;
import io.gill.Conversation.Spoken;
import io.gill.Conversation.Text;
import io.gill.Conversation.Turn;
import io.gill.image.FileImageSource;
import io.gill.image.Images;
import io.gill.weights.AtomicFile;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Conversations as JSON, for storage and exchange. Immutable and thread-safe.
 *
 * <pre>{@code
 * {"version": 1, "turns": [
 *   {"role": "system", "contents": [{"type": "text", "text": "Be brief."}]},
 *   {"role": "user", "contents": [{"type": "image", "data": "iVBORw0KGgo…"}, {"type": "text", "text": "What?"}]},
 *   {"role": "assistant", "contents": [{"type": "tokens", "tokens": [83, 4758, 4]}]}]}
 * }</pre>
 *
 * <p>An image is base64 of an image file as {@code data}, or a relative {@code path}. Images are written as PNG, so
 * that their pixels are kept. Tokens are those of the model that spoke them: another model's tokenizer gives them
 * another meaning.
 */
public final class ConversationJson {
  static final int VERSION = 1;

  /** Base64 of the largest image that is read. */
  private static final int LONGEST_STRING = 48 << 20;

  private static final long LONGEST_DOCUMENT = 512L << 20;

  private static final JsonFactory JSON = JsonFactory.builder()
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
      .streamReadConstraints(StreamReadConstraints.builder()
          .maxNestingDepth(16).maxStringLength(LONGEST_STRING).maxDocumentLength(LONGEST_DOCUMENT).build())
      .build();

  private final @Nullable Path folder;

  private ConversationJson(@Nullable Path folder) {
    this.folder = folder;
  }

  /**
   * Keeps images inside the JSON, as base64.
   *
   * @return the format; it refuses images that are paths
   */
  public static ConversationJson embedded() {
    return new ConversationJson(null);
  }

  /**
   * Keeps images as files beside the JSON, named after their content: {@code 6c3e226b4d4795d5.png}. Equal images share
   * a file.
   *
   * @param folder folder of the images, created when an image is written. Paths that leave it, directly or through a
   *     link, are refused
   * @return the format; it also reads images inside the JSON
   */
  public static ConversationJson withImagesIn(Path folder) {
    return new ConversationJson(Objects.requireNonNull(folder, "folder"));
  }

  /**
   * Writes a conversation.
   *
   * @param conversation any conversation
   * @return the JSON
   * @throws GillException if an image's file cannot be written
   * @throws IllegalArgumentException if PNG does not support an image's samples
   */
  public String write(Conversation conversation) {
    Objects.requireNonNull(conversation, "conversation");
    StringWriter text = new StringWriter();
    try (JsonGenerator out = JSON.createGenerator(text)) {
      out.writeStartObject();
      out.writeNumberField("version", VERSION);
      out.writeArrayFieldStart("turns");
      for (Turn turn : conversation.turns()) {
        out.writeStartObject();
        out.writeStringField("role", turn.role().name().toLowerCase(Locale.ROOT));
        out.writeArrayFieldStart("contents");
        for (Content content : turn.contents()) {
          write(content, out);
        }
        out.writeEndArray();
        out.writeEndObject();
      }
      out.writeEndArray();
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a string can always be written
    }
    return text.toString();
  }

  private void write(Content content, JsonGenerator out) throws IOException {
    out.writeStartObject();
    if (content instanceof Text text) {
      out.writeStringField("type", "text");
      out.writeStringField("text", text.text());
    } else if (content instanceof Spoken spoken) {
      out.writeStringField("type", "tokens");
      out.writeFieldName("tokens");
      int[] ids = spoken.tokens().stream().mapToInt(Integer::intValue).toArray();
      out.writeArray(ids, 0, ids.length);
    } else if (content instanceof Image image) {
      byte[] png = Images.toPng(image.image(), Map.of());
      out.writeStringField("type", "image");
      if (folder == null) {
        out.writeBinaryField("data", png);
      } else {
        out.writeStringField("path", file(folder, png));
      }
    }
    out.writeEndObject();
  }

  private static String file(Path folder, byte[] png) {
    String name = Hashing.sha256().hashBytes(png).toString().substring(0, 16) + ".png";
    if (!Files.exists(folder.resolve(name))) {
      AtomicFile.write(folder.resolve(name), ByteBuffer.wrap(png));
    }
    return name;
  }

  /**
   * Reads a conversation. The JSON may come from anyone: strings, nesting and images are limited before memory is
   * allocated for them, to 32 MiB and 25 megapixels for each embedded image and 100 megapixels for all images together.
   *
   * @param json as {@link #write} returns it
   * @return the conversation
   * @throws GillException if it is not such JSON, or an image cannot be read; the message gives line and column
   */
  public Conversation read(String json) {
    Objects.requireNonNull(json, "json");
    return new ConversationReader(JSON, folder == null ? null : new FileImageSource(folder)).read(json);
  }
}
