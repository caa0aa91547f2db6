package io.gill.langchain4j;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.image.ImageModel;
import dev.langchain4j.model.output.Response;
import io.gill.DiffusionOptions;
import io.gill.GillModel;
import io.gill.Reply;
import io.gill.RespondOptions;
import java.util.List;
import java.util.Objects;

/**
 * A gill model as langchain4j's image model: it generates pictures, as PNG, and repaints given ones. A call that yields
 * no picture throws {@code TimeoutException} if it was cancelled or its time-out passed, and
 * {@code LangChain4jException} with the reason if the image generator failed.
 */
public final class GillImageModel implements ImageModel {
  private final GillModel model;
  private final RespondOptions options;
  private final boolean fileUrls;

  /**
   * Creates an image model with the options of {@link GillModel#defaults()}.
   *
   * @param model generates images; not closed by this object
   */
  public GillImageModel(GillModel model) {
    this(model, model.defaults());
  }

  /**
   * Creates an image model.
   *
   * @param model generates images; not closed by this object
   * @param options options of all images; see {@link GillModel#draw}
   */
  public GillImageModel(GillModel model, RespondOptions options) {
    this(model, options, false);
  }

  private GillImageModel(GillModel model, RespondOptions options, boolean fileUrls) {
    this.model = Objects.requireNonNull(model, "model");
    this.options = Objects.requireNonNull(options, "options");
    this.fileUrls = fileUrls;
  }

  /**
   * Returns a model that also reads images of {@code file:} URLs, which are refused otherwise. Whoever names
   * the images to repaint then chooses which pictures of this machine the model reads.
   *
   * @return the model
   */
  public GillImageModel withFileUrls() {
    return new GillImageModel(model, options, true);
  }

  @Override
  public Response<Image> generate(String prompt) {
    return first(draw(prompt, options.toBuilder().generatedImages(1).build()));
  }

  /**
   * Generates several images.
   *
   * @param prompt describes the images
   * @param n number of images, 1 to 64
   * @return the images, the one most similar to the prompt first
   */
  @Override
  public Response<List<Image>> generate(String prompt, int n) {
    return draw(prompt, Failures.translated(() -> options.toBuilder().generatedImages(n).build()));
  }

  /**
   * Repaints an image.
   *
   * @param image the image, read as by {@link GillChatModel}; {@code strength} of the options says how much is replaced
   * @param prompt describes the result
   * @return the repainted image
   */
  @Override
  public Response<Image> edit(Image image, String prompt) {
    RespondOptions repaint = options.toBuilder().generatedImages(1)
        .diffusion(options.diffusion().toBuilder().startImage(new Pictures(fileUrls).read(image)).build()).build();
    return first(draw(prompt, repaint));
  }

  /**
   * Repaints a part of an image.
   *
   * @param image the image, read as by {@link GillChatModel}; {@code strength} of the options says how much is replaced
   * @param mask an image of the same size, such as a PNG, that is transparent where the image is to be painted. This is
   *     OpenAI's convention; {@link DiffusionOptions#mask()} has another
   * @param prompt describes the result
   * @return the repainted image
   */
  @Override
  public Response<Image> edit(Image image, Image mask, String prompt) {
    Pictures pictures = new Pictures(fileUrls);
    DiffusionOptions repaint = options.diffusion().toBuilder()
        .startImage(pictures.read(image)).mask(Pictures.transparency(pictures.read(mask))).build();
    return first(draw(prompt, options.toBuilder().generatedImages(1).diffusion(repaint).build()));
  }

  private Response<List<Image>> draw(String prompt, RespondOptions complete) {
    if (prompt == null) {
      throw new InvalidRequestException("the prompt is null");
    }
    Reply reply = Failures.translated(() -> model.draw(prompt, complete));
    List<Image> images = Replies.generated(reply);
    if (images.isEmpty()) {
      throw Replies.withoutImage(reply);
    }
    return Response.from(images, Replies.usage(reply.usage()));
  }

  private static Response<Image> first(Response<List<Image>> images) {
    return Response.from(images.content().get(0), images.tokenUsage());
  }
}
