package io.gill.spring;

import io.gill.GillException;
import io.gill.GillModel;
import io.gill.Reply;
import io.gill.Reply.GeneratedImage;
import io.gill.RespondOptions;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.image.Image;
import org.springframework.ai.image.ImageGeneration;
import org.springframework.ai.image.ImageMessage;
import org.springframework.ai.image.ImageModel;
import org.springframework.ai.image.ImageOptions;
import org.springframework.ai.image.ImagePrompt;
import org.springframework.ai.image.ImageResponse;

/**
 * A gill model as Spring AI's image model: {@link GillModel#draw}. {@code Image.getB64Json()} holds a PNG in base64.
 * Options {@code n}, {@code width} and {@code height} are used; {@code style} and the response format {@code url} are
 * refused with {@link IllegalArgumentException}. A call that yields no image, because the image generator failed, the
 * time-out passed or the call was cancelled, throws {@link GillException} with the reason. Immutable and thread-safe.
 */
public final class GillImageModel implements ImageModel {
  private final GillModel model;
  private final RespondOptions options;

  /**
   * Creates an image model.
   *
   * @param model generates images; not closed by this object
   * @param options options of all images
   */
  public GillImageModel(GillModel model, RespondOptions options) {
    this.model = Objects.requireNonNull(model, "model");
    this.options = Objects.requireNonNull(options, "options");
  }

  @Override
  public ImageResponse call(ImagePrompt prompt) {
    String caption = prompt.getInstructions().stream().map(ImageMessage::getText).collect(Collectors.joining(" "));
    Reply reply = model.draw(caption, options(prompt.getOptions()));
    List<GeneratedImage> images = reply.images().stream().flatMap(part -> part.generated().stream()).toList();
    if (images.isEmpty()) {
      throw new GillException(problem(reply));
    }
    return new ImageResponse(images.stream().map(made -> new ImageGeneration(
        new Image(null, Base64.getEncoder().encodeToString(Pictures.png(made.image()))))).toList());
  }

  private static String problem(Reply reply) {
    return switch (reply.finish()) {
      case TIMED_OUT -> "the image's time-out passed before it was complete: allow more time";
      case CANCELLED -> "the image was cancelled before it was complete";
      default -> reply.problem().orElse("no image was generated");
    };
  }

  private RespondOptions options(@Nullable ImageOptions given) {
    RespondOptions.Builder complete = options.toBuilder().generatedImages(1);
    if (given == null) {
      return complete.build();
    }
    Prompts.requireName(model, given.getModel());
    if (given.getStyle() != null) {
      throw Prompts.unsupported("styles: describe the style in the prompt");
    }
    String format = given.getResponseFormat();
    if (format != null && !format.equals("b64_json")) {
      throw Prompts.unsupported("the response format that is asked for: use b64_json");
    }
    Integer n = given.getN();
    if (n != null) {
      complete.generatedImages(n);
    }
    Integer width = given.getWidth();
    Integer height = given.getHeight();
    if (width != null || height != null) {
      complete.diffusion(options.diffusion().toBuilder()
          .size(width == null ? 0 : width, height == null ? 0 : height).build());
    }
    return complete.build();
  }
}
