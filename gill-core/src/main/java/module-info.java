/** Multimodal conversation inside a JVM application. */
@SuppressWarnings("module") // the sibling modules of a qualified export are compiled later
module io.gill.core {
  requires transitive java.desktop;
  requires transitive org.jspecify;
  requires com.fasterxml.jackson.databind;
  requires com.google.common;
  requires com.sun.jna;
  requires org.bytedeco.javacpp;
  requires org.bytedeco.openblas;
  requires org.bytedeco.pytorch;
  requires ai.djl.api;
  requires ai.djl.tokenizers;
  requires static jinjava; // chat templates
  requires metadata.extractor;
  requires java.net.http; // fetches models
  requires java.sql; // DuckDB, if present, reads Parquet
  requires jdk.jfr;
  requires jdk.management; // size of the memory
  requires org.slf4j; // for the tokenizers, which log to it without requiring it

  exports io.gill;
  exports io.gill.clip to io.gill.diffusion, io.gill.examples;
  exports io.gill.concurrent to io.gill.diffusion, io.gill.retrieval;
  exports io.gill.directory to io.gill.examples;
  exports io.gill.evaluation;
  exports io.gill.hub;
  exports io.gill.lm to io.gill.examples;
  exports io.gill.opt to io.gill.examples;
  exports io.gill.parquet to io.gill.retrieval, io.gill.examples;
  exports io.gill.projection to io.gill.examples;
  exports io.gill.siglip to io.gill.examples;
  exports io.gill.stage;
  exports io.gill.text;
  exports io.gill.testing;
  exports io.gill.training;
  exports io.gill.torch to io.gill.diffusion, io.gill.retrieval, io.gill.examples, io.gill.examples.server;
  exports io.gill.weights;
  exports io.gill.image;

  uses ai.djl.engine.EngineProvider; // only looks whether there is one
  uses io.gill.stage.ImageGeneratorProvider;
  uses io.gill.stage.LanguageModelProvider;
  uses io.gill.stage.VisionEncoderProvider;
  uses io.gill.stage.ImageRetrieverProvider;

  provides io.gill.stage.LanguageModelProvider with
      io.gill.opt.OptFamily,
      io.gill.llama.LlamaFamily,
      io.gill.llama.MistralFamily,
      io.gill.llama.Qwen2Family,
      io.gill.llama.Qwen3Family;
  provides io.gill.stage.VisionEncoderProvider with
      io.gill.clip.ClipProvider,
      io.gill.siglip.SiglipProvider;
}
