/**
 * HTTP server with OpenAI's and Ollama's interfaces. {@link io.gill.examples.server.GillServer} starts it;
 * {@code ApiHandler} lists the endpoints.
 */
@NullMarked
package io.gill.examples.server;

import org.jspecify.annotations.NullMarked;
