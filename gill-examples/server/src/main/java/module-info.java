/** HTTP server with OpenAI's and Ollama's interfaces, and a page to talk with a model. */
module io.gill.examples.server {
  requires transitive io.gill.core;
  requires com.fasterxml.jackson.databind;
  requires com.google.common;
  requires org.eclipse.jetty.server;
  requires org.slf4j;
  requires static org.jspecify;

  exports io.gill.examples.server;
}
