package io.gill.spring;

import io.gill.GillModel;
import io.gill.Reply;
import io.gill.Reply.Finish;
import io.gill.Reply.ImagePart;
import io.gill.ReplyEvent;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.metadata.ChatResponseMetadata;
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.content.Media;

/** Translates the events of one reply. Not thread-safe. */
final class Responses {
  /** The tokens that the model chose, including those of images, so that the next turn reads the same ones. */
  private static final String TOKENS = "gill.tokens";
  /** The text of the tokens. A message whose text was edited since is read as text. */
  private static final String TEXT = "gill.text";

  private final GillModel model;
  private final StringBuilder blanks = new StringBuilder();
  private boolean begun;

  Responses(GillModel model) {
    this.model = model;
  }

  static ChatResponse whole(GillModel model, Reply reply) {
    AssistantMessage message = AssistantMessage.builder().content(reply.text())
        .media(reply.images().stream().flatMap(Responses::media).toList()).properties(properties(reply)).build();
    return response(model, message, reply);
  }

  private static Map<String, Object> properties(Reply reply) {
    return Map.of(TOKENS, reply.tokens(), TEXT, reply.text());
  }

  /** Returns what an event adds to the reply; null for events that add nothing. */
  @Nullable ChatResponse next(ReplyEvent event) {
    if (event instanceof ReplyEvent.Text text) {
      String piece = stripped(text.text());
      return piece.isEmpty() ? null : piece(AssistantMessage.builder().content(piece).build());
    }
    if (event instanceof ReplyEvent.Image image) {
      List<Media> media = media(image.image()).toList();
      return media.isEmpty() ? null : piece(AssistantMessage.builder().content("").media(media).build());
    }
    if (event instanceof ReplyEvent.Done done) { // whoever joins the pieces joins their properties, too
      Reply reply = done.reply();
      return response(model, AssistantMessage.builder().content("").properties(properties(reply)).build(), reply);
    }
    return null;
  }

  /** Leaves out white space at both ends of the reply, so that the pieces add up to its text. */
  private String stripped(String piece) {
    blanks.append(piece);
    String all = begun ? blanks.toString() : blanks.toString().stripLeading();
    String shown = all.stripTrailing();
    begun |= !shown.isEmpty();
    blanks.setLength(0);
    blanks.append(all, shown.length(), all.length());
    return shown;
  }

  private static Stream<Media> media(ImagePart part) {
    return part.image().stream().map(Pictures::media);
  }

  private static ChatResponse piece(AssistantMessage message) {
    return ChatResponse.builder().generations(List.of(new Generation(message))).build();
  }

  private static ChatResponse response(GillModel model, AssistantMessage message, Reply reply) {
    ChatGenerationMetadata end = ChatGenerationMetadata.builder().finishReason(finish(reply.finish()))
        .metadata("gill.finish", reply.finish().name().toLowerCase(Locale.ROOT)).build();
    ChatResponseMetadata metadata = ChatResponseMetadata.builder().model(model.info().name())
        .usage(new DefaultUsage(reply.usage().promptTokens(), reply.usage().generatedTokens())).build();
    return ChatResponse.builder().generations(List.of(new Generation(message, end))).metadata(metadata).build();
  }

  private static String finish(Finish finish) {
    return finish == Finish.CANCELLED ? "OTHER" : finish.isLimit() ? "LENGTH" : "STOP";
  }

  static List<Integer> tokens(GillModel model, AssistantMessage message) {
    if (!(message.getMetadata().get(TOKENS) instanceof List<?> tokens)
        || !Objects.equals(message.getMetadata().get(TEXT), message.getText())) {
      return List.of();
    }
    int vocabulary = model.info().vocabularySize();
    return tokens.stream().allMatch(token -> token instanceof Integer id && id >= 0 && id < vocabulary)
        ? tokens.stream().map(Integer.class::cast).toList() : List.of();
  }
}
