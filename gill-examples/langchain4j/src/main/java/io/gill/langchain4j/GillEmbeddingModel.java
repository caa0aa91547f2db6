package io.gill.langchain4j;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.ContentType;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.embedding.DimensionAwareEmbeddingModel;
import dev.langchain4j.model.embedding.request.EmbeddingInput;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import io.gill.GillModel;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A gill model as langchain4j's embedding model. Texts and images share a space: a text is embedded as a request for an
 * image that it describes, see {@link GillModel#embed(String)}. It finds images, not texts of the same meaning.
 *
 * <p>An input is one text or one image; images are read as by {@link GillChatModel}. Vectors have length 1.
 */
public final class GillEmbeddingModel extends DimensionAwareEmbeddingModel {
  private final GillModel model;
  private final boolean fileUrls;

  /**
   * Creates an embedding model.
   *
   * @param model embeds; not closed by this object
   */
  public GillEmbeddingModel(GillModel model) {
    this(model, false);
  }

  private GillEmbeddingModel(GillModel model, boolean fileUrls) {
    this.model = Objects.requireNonNull(model, "model");
    this.fileUrls = fileUrls;
  }

  /**
   * Returns a model that also reads images of {@code file:} URLs, which are refused otherwise. Whoever writes the
   * inputs then chooses which pictures of this machine the model reads.
   *
   * @return the model
   */
  public GillEmbeddingModel withFileUrls() {
    return new GillEmbeddingModel(model, true);
  }

  @Override
  public EmbeddingResponse doEmbed(EmbeddingRequest request) {
    Pictures pictures = new Pictures(fileUrls);
    List<Embedding> embeddings = Failures.translated(
        () -> request.inputs().stream().map(input -> Embedding.from(embed(input, pictures))).toList());
    return EmbeddingResponse.builder().embeddings(embeddings).modelName(modelName()).build();
  }

  private float[] embed(EmbeddingInput input, Pictures pictures) {
    if (input.contents().size() == 1) {
      Content content = input.contents().get(0);
      if (content instanceof TextContent text) {
        return model.embed(text.text());
      }
      if (content instanceof ImageContent image) {
        return model.embed(pictures.read(image.image()));
      }
    }
    throw new InvalidRequestException("an input to embed must be one text or one image");
  }

  @Override
  public Set<ContentType> supportedContentTypes() {
    return Set.of(ContentType.TEXT, ContentType.IMAGE);
  }

  @Override
  public String modelName() {
    return model.info().name();
  }
}
