package io.gill.langchain4j;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import io.gill.GillModel;
import io.gill.Reply;
import io.gill.Reply.Finish;
import io.gill.Reply.ImagePart;
import io.gill.Usage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Translates gill's replies. */
final class Replies {
  /** The tokens that the model chose, including those of images, so that the next turn reads the same ones. */
  private static final String TOKENS = "gill.tokens";
  /** The text of the tokens. A message whose text was edited since is read as text. */
  private static final String TEXT = "gill.text";

  private Replies() {}

  static ChatResponse response(GillModel model, Reply reply) {
    String text = reply.text();
    Map<String, Object> attributes = new HashMap<>();
    attributes.put(AiMessage.GENERATED_IMAGES_KEY, images(reply));
    attributes.put(TOKENS, reply.tokens());
    attributes.put(TEXT, text);
    return ChatResponse.builder()
        .aiMessage(AiMessage.builder().text(text).attributes(attributes).build())
        .modelName(model.info().name())
        .tokenUsage(usage(reply.usage()))
        .finishReason(finish(reply.finish()))
        .build();
  }

  static List<Integer> tokens(GillModel model, AiMessage message) {
    if (!(message.attributes().get(TOKENS) instanceof List<?> tokens)
        || !Objects.equals(message.attributes().get(TEXT), message.text())) {
      return List.of();
    }
    int vocabulary = model.info().vocabularySize();
    return tokens.stream().allMatch(token -> token instanceof Integer id && id >= 0 && id < vocabulary)
        ? tokens.stream().map(Integer.class::cast).toList() : List.of();
  }

  /** Returns one picture for each place where the model wanted one and got it. */
  private static List<Image> images(Reply reply) {
    return reply.images().stream().flatMap(part -> part.image().stream()).map(Pictures::write).toList();
  }

  /** Returns all generated pictures, best first. */
  static List<Image> generated(Reply reply) {
    return reply.images().stream().map(ImagePart::generated).flatMap(List::stream)
        .map(made -> Pictures.write(made.image())).toList();
  }

  /** Returns the exception for a reply of {@link GillModel#draw} that has no picture. */
  static LangChain4jException withoutImage(Reply reply) {
    if (reply.finish() == Finish.TIMED_OUT) {
      return new TimeoutException("the image's time-out passed before it was complete");
    }
    if (reply.finish() == Finish.CANCELLED) {
      return new TimeoutException("the image was cancelled before it was complete");
    }
    return new LangChain4jException(
        reply.problem().orElse("no image was generated: the reply ended with " + reply.finish()));
  }

  static TokenUsage usage(Usage usage) {
    return new TokenUsage(usage.promptTokens(), usage.generatedTokens(), usage.totalTokens());
  }

  static FinishReason finish(Finish finish) {
    return finish == Finish.CANCELLED ? FinishReason.OTHER
        : finish.isLimit() ? FinishReason.LENGTH : FinishReason.STOP;
  }
}
