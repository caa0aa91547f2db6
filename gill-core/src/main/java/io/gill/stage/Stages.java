package io.gill.stage;

import java.util.Optional;

/**
 * All stages of a model. An application may call them on their own; they belong to the model and are closed with it.
 *
 * @param tokenizer the language model's tokenizer
 * @param languageModel the language model
 * @param vision reads images; without it a conversation must be text
 * @param retrievalEmbedder maps an encoded image into the retrieval space; ranks generated images
 * @param query maps [IMG0] into the retrieval space
 * @param mapper maps the [IMG] tokens to the generator's conditioning
 * @param decision decides between retrieving and generating
 * @param retriever searches a collection of images
 * @param source fetches retrieved images
 * @param generator generates images
 */
public record Stages(
    Tokenizer tokenizer,
    LanguageModel languageModel,
    Optional<Vision> vision,
    Optional<ImageEmbedder> retrievalEmbedder,
    Optional<QueryEmbedder> query,
    Optional<GenerationMapper> mapper,
    Optional<DecisionModel> decision,
    Optional<ImageRetriever> retriever,
    ImageSource source,
    Optional<ImageGenerator> generator) {
  /**
   * What reads images.
   *
   * @param encoder the frozen encoder
   * @param projection its projection to the language model's tokens
   */
  public record Vision(VisionEncoder encoder, VisualProjection projection) {}
}
