package io.gill.spring;

import io.gill.GillModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.springframework.ai.content.Media;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;

/**
 * A gill model as Spring AI's embedding model. Texts and documents of images share a space: a text is embedded as a
 * request for an image that it describes, see {@link GillModel#embed(String)}. It finds images, not texts of the same
 * meaning. Vectors have length 1. The option {@code dimensions} and the name of another model are refused with
 * {@link IllegalArgumentException}. Immutable and thread-safe.
 */
public final class GillEmbeddingModel implements EmbeddingModel {
  private final GillModel model;
  private final boolean fileUrls;

  /**
   * Creates an embedding model that refuses {@code file:} URLs.
   *
   * @param model embeds; not closed by this object
   */
  public GillEmbeddingModel(GillModel model) {
    this(model, false);
  }

  /**
   * Creates an embedding model.
   *
   * @param model embeds; not closed by this object
   * @param fileUrls whether images of {@code file:} URLs are read. Whoever writes the documents then chooses which
   *     pictures of this machine the model reads
   */
  public GillEmbeddingModel(GillModel model, boolean fileUrls) {
    this.model = Objects.requireNonNull(model, "model");
    this.fileUrls = fileUrls;
  }

  @Override
  public EmbeddingResponse call(EmbeddingRequest request) {
    EmbeddingOptions options = request.getOptions();
    if (options != null) {
      Prompts.requireName(model, options.getModel());
      if (options.getDimensions() != null) {
        throw Prompts.unsupported("the option dimensions: leave it out");
      }
    }
    List<Embedding> embeddings = new ArrayList<>();
    for (String text : request.getInstructions()) {
      embeddings.add(new Embedding(model.embed(text), embeddings.size()));
    }
    return new EmbeddingResponse(embeddings);
  }

  /**
   * Embeds a document.
   *
   * @param document a text, or an image as {@link GillChatModel} reads it
   * @return (E), L2-normalised
   */
  @Override
  public float[] embed(Document document) {
    Media media = document.getMedia();
    return media == null ? model.embed(Objects.requireNonNull(document.getText(), "text"))
        : model.embed(new Pictures(fileUrls).read(media));
  }
}
