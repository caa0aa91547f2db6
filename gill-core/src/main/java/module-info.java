/** Multimodal conversation inside a JVM application. */
module io.gill.core {
  requires transitive java.desktop;
  requires transitive org.jspecify;
  requires com.fasterxml.jackson.databind;
  requires com.google.common;
  requires org.slf4j;
  requires org.bytedeco.javacpp;
  requires org.bytedeco.openblas;
  requires org.bytedeco.pytorch;
  requires ai.djl.tokenizers;
  requires metadata.extractor;

  exports io.gill;
  exports io.gill.weights;
}
