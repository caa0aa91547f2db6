package io.gill;

import io.gill.stage.Conditioning;
import io.gill.stage.DecisionModel.Probabilities;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The model's answer. Immutable.
 *
 * @param parts text and images in the order the model produced them; empty if it said nothing
 * @param tokens tokens the model chose, up to the cut or stop sequence, including [IMG] tokens
 * @param finish why the reply ended
 * @param usage number of tokens and time by stage; not compared by {@link #equals}
 */
public record Reply(List<Part> parts, List<Integer> tokens, Finish finish, Usage usage) {
  /**
   * Copies the lists.
   *
   * @param parts text and images in the order the model produced them
   * @param tokens tokens the model chose, up to the cut or stop sequence, including [IMG] tokens
   * @param finish why the reply ended
   * @param usage number of tokens and time by stage
   */
  public Reply {
    parts = Arguments.copyOf(parts, "parts");
    tokens = Arguments.copyOf(tokens, "tokens");
    Objects.requireNonNull(finish, "finish");
    Objects.requireNonNull(usage, "usage");
  }

  /**
   * Creates a reply of unknown usage, for tests and for applications that compose replies.
   *
   * @param parts text and images in the order the model produced them
   * @param tokens tokens the model chose, up to the cut or stop sequence, including [IMG] tokens
   * @param finish why the reply ended
   */
  public Reply(List<Part> parts, List<Integer> tokens, Finish finish) {
    this(parts, tokens, finish, Usage.NONE);
  }

  /** Why a reply ended. */
  public enum Finish {
    /** The model began a new line, or the visible sentence ended. */
    CUT,
    /** The model produced an end token of its family, such as {@code </s>}. */
    END,
    /** The model wrote one of {@link RespondOptions#stop()}. */
    STOP,
    /** {@link RespondOptions#maxTokens()} was reached. */
    MAX_TOKENS,
    /** The model asked for more than {@link RespondOptions#maxImages()} images. */
    MAX_IMAGES,
    /** The language model has no position left. */
    CONTEXT_FULL,
    /**
     * The caller cancelled, its thread was interrupted, or its session or model was closed. The reply holds the parts
     * completed by then.
     */
    CANCELLED,
    /** {@link RespondOptions#timeout()} passed. The reply holds the parts completed by then. */
    TIMED_OUT;

    /**
     * Returns whether a limit ended the reply: of tokens, images, positions or time. Other interfaces call this reason
     * "length".
     *
     * @return true if the reply is shorter than the model would have made it
     */
    public boolean isLimit() {
      return switch (this) {
        case MAX_TOKENS, MAX_IMAGES, CONTEXT_FULL, TIMED_OUT -> true;
        case CUT, END, STOP, CANCELLED -> false;
      };
    }
  }

  /** A part of a reply. */
  public sealed interface Part {}

  /**
   * Text.
   *
   * @param text text, never empty. It contains no [IMG] tokens, except as described for
   *     {@link RespondOptions#reference()}, but a model can spell {@code [IMG0]} in ordinary tokens
   */
  public record TextPart(String text) implements Part {
    /**
     * Rejects null.
     *
     * @param text text, never empty
     */
    public TextPart {
      Objects.requireNonNull(text, "text");
    }
  }

  /**
   * An image that the model asked for at this place.
   *
   * @param decision whether to show the retrieved or the generated image
   * @param retrieved retrieved images, best first; empty if nothing was retrieved
   * @param generated generated images, best first; empty if nothing was generated
   * @param embedding the embeddings of the requested image
   * @param problem one line on what is missing and why: the search retrieved nothing, the image could not be generated,
   *     or {@link RespondOptions.ImagePolicy#BOTH} was requested and the model cannot do both; empty otherwise
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
     * @param decision whether to show the retrieved or the generated image
     * @param retrieved retrieved images, best first
     * @param generated generated images, best first
     * @param embedding the embeddings of the requested image
     * @param problem one line on what is missing and why
     */
    public ImagePart {
      Objects.requireNonNull(decision, "decision");
      retrieved = Arguments.copyOf(retrieved, "retrieved");
      generated = Arguments.copyOf(generated, "generated");
      Objects.requireNonNull(embedding, "embedding");
      Objects.requireNonNull(problem, "problem");
    }

    /**
     * Returns the image to show: the best of the decided kind, or of the other kind if there is none.
     *
     * @return the image; empty only if nothing could be retrieved or generated
     */
    public Optional<BufferedImage> image() {
      Optional<BufferedImage> best = retrieved.stream().findFirst().map(RetrievedImage::image);
      Optional<BufferedImage> made = generated.stream().findFirst().map(GeneratedImage::image);
      return decision.action() == Action.RETRIEVE ? best.or(() -> made) : made.or(() -> best);
    }
  }

  /** The origin of an image. */
  public enum Action {
    /** Retrieved from a collection. */
    RETRIEVE,
    /** Made by the image generator. */
    GENERATE
  }

  /**
   * A decision between retrieving and generating (paper, section 3.3).
   *
   * @param action whether to retrieve or generate
   * @param probabilities probabilities of both, if a decision model decided; empty if the policy or the model's
   *     capabilities left no choice
   */
  public record Decision(Action action, Optional<Probabilities> probabilities) {
    /**
     * Rejects null.
     *
     * @param action whether to retrieve or generate
     * @param probabilities probabilities of both, or empty
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
   * @param id the collection's id of the image
   * @param uri where the image is stored
   * @param score cosine similarity times {@code exp(logit_scale)}
   */
  public record RetrievedImage(BufferedImage image, String id, String uri, double score) {
    /**
     * Rejects null.
     *
     * @param image the image
     * @param id the collection's id of the image
     * @param uri where the image is stored
     * @param score cosine similarity times {@code exp(logit_scale)}
     */
    public RetrievedImage {
      Objects.requireNonNull(image, "image");
      Objects.requireNonNull(id, "id");
      Objects.requireNonNull(uri, "uri");
    }

    @Override
    public String toString() {
      return "RetrievedImage[image=" + Shown.image(image) + ", id=" + id + ", uri=" + uri + ", score=" + score + "]";
    }
  }

  /**
   * A generated image.
   *
   * @param image the image
   * @param score cosine similarity to the retrieval embedding; 0 if the model has no index, as published
   */
  public record GeneratedImage(BufferedImage image, double score) {
    /**
     * Rejects null.
     *
     * @param image the image
     * @param score cosine similarity to the retrieval embedding
     */
    public GeneratedImage {
      Objects.requireNonNull(image, "image");
    }

    @Override
    public String toString() {
      return "GeneratedImage[image=" + Shown.image(image) + ", score=" + score + "]";
    }
  }

  /**
   * The embeddings of a requested image, for applications with their own retrieval or generation.
   *
   * @param retrieval (E): the retrieval embedding, L2-normalised
   * @param conditioning replacement for the image generator's text embedding
   */
  @SuppressWarnings("ArrayRecordComponent") // read-only by contract
  public record Embedding(float[] retrieval, Conditioning conditioning) {
    /**
     * Rejects null.
     *
     * @param retrieval (E): the retrieval embedding
     * @param conditioning replacement for the image generator's text embedding
     */
    public Embedding {
      Objects.requireNonNull(retrieval, "retrieval");
      Objects.requireNonNull(conditioning, "conditioning");
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Embedding embedding && Arrays.equals(retrieval, embedding.retrieval)
          && conditioning.equals(embedding.conditioning);
    }

    @Override
    public int hashCode() {
      return 31 * Arrays.hashCode(retrieval) + conditioning.hashCode();
    }

    @Override
    public String toString() {
      return "Embedding[retrieval=(" + retrieval.length + "), conditioning=" + conditioning + "]";
    }
  }

  /**
   * Returns all text, without the images.
   *
   * @return the concatenated text parts
   */
  public String text() {
    return parts.stream()
        .filter(TextPart.class::isInstance)
        .map(part -> ((TextPart) part).text())
        .collect(Collectors.joining())
        .strip();
  }

  /**
   * Returns all images, without the text.
   *
   * @return the image parts, in order
   */
  public List<ImagePart> images() {
    return parts.stream().filter(ImagePart.class::isInstance).map(ImagePart.class::cast).toList();
  }

  /**
   * Returns the first problem of an image part: what is missing and why.
   *
   * @return one line; empty if no image part has a problem
   */
  public Optional<String> problem() {
    return images().stream().flatMap(image -> image.problem().stream()).findFirst();
  }

  /**
   * Compares what the replies say. Two computations of the same reply take different times, so that usage is left out.
   */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Reply reply && parts.equals(reply.parts) && tokens.equals(reply.tokens)
        && finish == reply.finish;
  }

  @Override
  public int hashCode() {
    return Objects.hash(parts, tokens, finish);
  }
}
