/**
 * A gill model as langchain4j's models.
 *
 * <pre>{@code
 * GillModel gill = GillModel.load(Path.of("my-model"));
 * ChatModel chat = new GillChatModel(gill);
 * AiMessage reply = chat.chat(UserMessage.from("Show me a red circle.")).aiMessage();
 * List<Image> pictures = reply.images();
 * }</pre>
 *
 * <p>All classes are immutable and thread-safe. They do not close the gill model. Errors of langchain4j's hierarchy
 * tell what went wrong: {@code InvalidRequestException} for a request that the model refuses,
 * {@code UnsupportedFeatureException} for parameters that gill does not have, {@code RateLimitException} if the
 * model is busy, and {@code LangChain4jException} for all other failures of the model.
 */
@NullMarked
package io.gill.langchain4j;

import org.jspecify.annotations.NullMarked;
