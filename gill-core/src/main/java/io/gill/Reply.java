package io.gill;

import io.gill.stage.Conditioning;
import io.gill.stage.DecisionModel.Probabilities;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What the model answered. Immutable.
 *
 * @param parts text and images in the order they were spoken; empty if the model said nothing
 * @param tokens the tokens the model chose, up to the cut, [IMG] tokens included
 * @param finish why it ended
 */
public record Reply(List<Part> parts, List<Integer> tokens, Finish finish) {
  /**
   * Copies the lists.
   *
   * @param parts as above
   * @param tokens as above
   * @param finish as above
   */
  public Reply {
    parts = Arguments.copyOf(parts, "parts");
    tokens = Arguments.copyOf(tokens, "tokens");
    Objects.requireNonNull(finish, "finish");
  }

  /** Why a reply ended. */
  public enum Finish {
    /** The model began a new line, or the sentence that is shown ended. */
    CUT,
    /** The model said {@code </s>}. */
    END,
    /** {@link RespondOptions#maxTokens()} was reached. */
    MAX_TOKENS,
    /** The model wanted more than {@link RespondOptions#maxImages()} images. */
    MAX_IMAGES,
    /** The language model has no positions left. */
    CONTEXT_FULL,
    /**
     * The caller cancelled, its thread was interrupted, or its session or model was closed; the parts are what had been
     * said by then.
     */
    CANCELLED
  }

  /** A piece of a reply. */
  public sealed interface Part {}

  /**
   * Text.
   *
   * @param text never empty; the model's [IMG] tokens are not part of it, except as {@link RespondOptions#reference()}
   *     says, but a model can spell {@code [IMG0]} in ordinary tokens
   */
  public record TextPart(String text) implements Part {
    /**
     * Checks that there is one.
     *
     * @param text never empty
     */
    public TextPart {
      Objects.requireNonNull(text, "text");
    }
  }

  /**
   * An image that the model wanted here.
   *
   * @param decision whether to show the retrieved or the generated image
   * @param retrieved best first; empty if nothing was retrieved
   * @param generated best first; empty if nothing was generated
   * @param embedding what the image should be, in plain numbers
   * @param problem what is missing and why, in one line: a search retrieved nothing, or
   *     {@link RespondOptions.ImagePolicy#BOTH} was asked of a model that cannot do both; empty otherwise
   */
  public record ImagePart(
      Decision decision,
      List<RetrievedImage> retrieved,
      List<GeneratedImage> generated,
      Embedding embedding,
      Optional<String> problem)
      implements Part {
    /**
     * Copies the lists.
     *
     * @param decision as above
     * @param retrieved as above
     * @param generated as above
     * @param embedding as above
     * @param problem as above
     */
    public ImagePart {
      Objects.requireNonNull(decision, "decision");
      retrieved = Arguments.copyOf(retrieved, "retrieved");
      generated = Arguments.copyOf(generated, "generated");
      Objects.requireNonNull(embedding, "embedding");
      Objects.requireNonNull(problem, "problem");
    }

    /**
     * The image to show: the best of the kind that was decided, or of the other kind if there is none.
     *
     * @return empty only if nothing could be retrieved or generated
     */
    public Optional<BufferedImage> image() {
      Optional<BufferedImage> best = retrieved.stream().findFirst().map(RetrievedImage::image);
      Optional<BufferedImage> made = generated.stream().findFirst().map(GeneratedImage::image);
      return decision.action() == Action.RETRIEVE ? best.or(() -> made) : made.or(() -> best);
    }
  }

  /** Where an image comes from. */
  public enum Action {
    /** From a collection. */
    RETRIEVE,
    /** From the image generator. */
    GENERATE
  }

  /**
   * A decision between retrieving and generating (paper, section 3.3).
   *
   * @param action what to do
   * @param probabilities of both, if a decision model made it; empty if the policy, or what the model can do, left no
   *     choice
   */
  public record Decision(Action action, Optional<Probabilities> probabilities) {
    /**
     * Checks that nothing is missing.
     *
     * @param action what to do
     * @param probabilities of both, or empty
     */
    public Decision {
      Objects.requireNonNull(action, "action");
      Objects.requireNonNull(probabilities, "probabilities");
    }
  }

  /**
   * A retrieved image.
   *
   * @param image the image
   * @param id what the collection knows it by
   * @param uri where it lies
   * @param score cosine similarity times {@code exp(logit_scale)}
   */
  public record RetrievedImage(BufferedImage image, String id, String uri, double score) {
    /**
     * Checks that nothing is missing.
     *
     * @param image the image
     * @param id what the collection knows it by
     * @param uri where it lies
     * @param score how well it fits
     */
    public RetrievedImage {
      Objects.requireNonNull(image, "image");
      Objects.requireNonNull(id, "id");
      Objects.requireNonNull(uri, "uri");
    }
  }

  /**
   * A generated image.
   *
   * @param image the image
   * @param score cosine similarity to the retrieval embedding; 0 where the model has no index, as published
   */
  public record GeneratedImage(BufferedImage image, double score) {
    /**
     * Checks that there is one.
     *
     * @param image the image
     * @param score how well it fits
     */
    public GeneratedImage {
      Objects.requireNonNull(image, "image");
    }
  }

  /**
   * What the image should be, for an application that retrieves or generates by itself.
   *
   * @param retrieval (E): the retrieval embedding, L2-normalised
   * @param conditioning in place of the image generator's own text embedding
   */
  @SuppressWarnings("ArrayRecordComponent") // read-only by contract, and never compared
  public record Embedding(float[] retrieval, Conditioning conditioning) {
    /**
     * Checks that nothing is missing.
     *
     * @param retrieval (E)
     * @param conditioning in place of the image generator's own text embedding
     */
    public Embedding {
      Objects.requireNonNull(retrieval, "retrieval");
      Objects.requireNonNull(conditioning, "conditioning");
    }
  }

  /**
   * All text, without the images.
   *
   * @return the text parts, one after another
   */
  public String text() {
    return parts.stream()
        .filter(TextPart.class::isInstance)
        .map(part -> ((TextPart) part).text())
        .collect(Collectors.joining())
        .strip();
  }

  /**
   * All images, without the text.
   *
   * @return the image parts, in order
   */
  public List<ImagePart> images() {
    return parts.stream().filter(ImagePart.class::isInstance).map(ImagePart.class::cast).toList();
  }
}
