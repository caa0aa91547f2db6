package io.gill.stage;

import java.util.Optional;

/**
 * All stages of a model. An application may call them directly. They are closed with the model.
 *
 * @param tokenizer the language model's tokenizer
 * @param languageModel the language model
 * @param vision reads images; without it a conversation must be text only
 * @param retrievalEmbedder maps an encoded image into the retrieval space, to rank generated images
 * @param query maps the hidden state of [IMG0] into the retrieval space
 * @param mapper maps the hidden states of the [IMG] tokens to the generator's conditioning
 * @param decision decides between retrieval and generation
 * @param retriever searches the image collection
 * @param source fetches retrieved images
 * @param generator generates images from the mapper's output
 * @param textGenerator generates images from text, instead of the generator
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
    Optional<ImageGenerator> generator,
    Optional<TextImageGenerator> textGenerator) {
  /**
   * The stages that read images.
   *
   * @param encoder the frozen vision encoder
   * @param projection projection from its output to visual tokens
   */
  public record Vision(VisionEncoder encoder, VisualProjection projection) {}

  /**
   * Returns whether these stages can generate images.
   *
   * @return true if there is a text generator, or a generator with its mapper
   */
  public boolean generates() {
    return textGenerator.isPresent() || (generator.isPresent() && mapper.isPresent());
  }
}
