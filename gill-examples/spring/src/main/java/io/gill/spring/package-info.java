/**
 * A gill model as Spring AI's models, configured by Spring Boot. With the starter on the class path and
 * {@code gill.directory=my-model} in {@code application.properties}, an application injects a {@code ChatModel}:
 *
 * <pre>{@code
 * AssistantMessage reply = chat.call(new Prompt("Show me a red circle.")).getResult().getOutput();
 * List<Media> pictures = reply.getMedia();
 * }</pre>
 *
 * <p>{@link io.gill.spring.GillProperties} lists the properties, {@link io.gill.spring.GillAutoConfiguration} the
 * beans.
 */
@NullMarked
package io.gill.spring;

import org.jspecify.annotations.NullMarked;
