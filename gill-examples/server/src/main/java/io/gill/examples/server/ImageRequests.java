package io.gill.examples.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gill.GillListener;
import io.gill.Reply;
import io.gill.Reply.GeneratedImage;
import io.gill.RespondOptions;
import io.gill.image.Images;
import java.awt.image.BufferedImage;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** {@code POST /v1/images/generations} and {@code /v1/images/edits}: pictures of a caption. */
final class ImageRequests {
  private final Supplier<ServedModel> model;
  private final Limits limits;
  private final Replies replies;

  ImageRequests(Supplier<ServedModel> model, Limits limits, Replies replies) {
    this.model = model;
    this.limits = limits;
    this.replies = replies;
  }

  /** Draws a caption. */
  void generate(Call call) {
    ServedModel served = model.get();
    Fields request = Json.read(call.body());
    if (request.has("model")) { // optional here
      Models.require(served, request);
    }
    draw(call, served, request, fields(served, request), "image_generation");
  }

  /** Draws a caption over a picture. */
  void edit(Call call) {
    ServedModel served = model.get();
    Form form = Form.read(call, limits.bodyBytes());
    Fields request = form.fields();
    if (request.has("model")) {
      Models.require(served, request);
    }
    requireFiles(form);
    PictureReader reader = new PictureReader(limits.pixels());
    BufferedImage image = reader.bytes("image",
        form.file("image").or(() -> form.file("image[]")).orElseThrow(() -> request.missing("image")));
    ReplyFields fields = fields(served, request).startImage(image);
    form.file("mask").ifPresent(mask -> fields.mask(mask(reader.bytes("mask", mask))));
    draw(call, served, request, fields, "image_edit");
  }

  /** Rejects pictures that would be ignored. */
  private static void requireFiles(Form form) {
    for (String name : List.of("image", "image[]", "mask")) {
      if (form.fields().has(name)) {
        throw ApiException.bad(name, name + " has no file name: send it as a file");
      }
    }
    if (form.file("image").isPresent() && form.file("image[]").isPresent()) {
      throw ApiException.bad("image[]", "the form has both image and image[]: send one image");
    }
  }

  private ReplyFields fields(ServedModel served, Fields request) {
    ReplyFields fields = new ReplyFields(limits, served.defaults()).sampling(request);
    request.object("gill").ifPresent(fields::gill);
    request.text("size").ifPresent(size -> fields.size("size", size));
    return fields.pictures(request.integer("n", 1, limits.pictures()).orElse(1L).intValue());
  }

  private static BufferedImage mask(BufferedImage mask) {
    return Images.transparency(mask).orElseThrow(() -> ApiException.bad("mask",
        "mask has no transparency: make it transparent where the picture is to be painted"));
  }

  private void draw(Call call, ServedModel served, Fields request, ReplyFields fields, String event) {
    String prompt = request.requiredText("prompt");
    String format = request.text("response_format").orElse("b64_json");
    if (!Set.of("b64_json", "url").contains(format)) {
      throw ApiException.bad("response_format", "response_format must be b64_json or url");
    }
    request.refuse("output_format", Set.of("png"));
    request.refuse("output_compression", Set.of("100"));
    request.refuse("background", Set.of("auto", "opaque"));
    request.refuse("quality", Set.of("auto", "standard"));
    request.refuse("style", Set.of("vivid")); // OpenAI's default
    request.refuse("input_fidelity", Set.of("low"));
    boolean stream = request.flag("stream").orElse(false);
    Previews previews = new Previews(request.integer("partial_images", 0, 3).orElse(0L).intValue());
    RespondOptions.Builder options = fields.options();
    long seed = options.build().seed();
    Reply reply;
    List<BufferedImage> images;
    try {
      reply = replies.draw(call, served, prompt, options, new GillListener() {
        private int partial;

        @Override
        public void onPrompt(int positions, int reused) {
          if (stream) {
            call.open("text/event-stream");
          }
        }

        @Override
        public void onDiffusionStep(int step, int steps, Supplier<List<BufferedImage>> preview) {
          if (stream) { // a comment, which keeps proxies from closing the connection
            call.write((": step " + step + " of " + steps + "\n\n").getBytes(StandardCharsets.UTF_8));
            previews.after(step, steps, preview).ifPresent(image -> call.write(event(event + ".partial_image",
                picture(event + ".partial_image", image).put("partial_image_index", partial++))));
          }
        }
      });
      images = images(reply);
    } catch (ApiException e) {
      if (e.status() == ApiException.CLIENT_GONE || !call.isOpen()) {
        throw e;
      }
      call.write(event("error", ErrorBody.openAi(e).put("type", "error")));
      call.end();
      return;
    }
    if (stream) {
      for (BufferedImage image : images) {
        ObjectNode done = picture(event + ".completed", image);
        done.set("usage", usage(reply));
        done.putObject("gill").put("seed", seed);
        call.write(event(event + ".completed", done));
      }
      call.end();
      return;
    }
    ObjectNode body = Json.object().put("created", Instant.now().getEpochSecond());
    ArrayNode data = body.putArray("data");
    for (BufferedImage image : images) {
      data.addObject().put(format, format.equals("url") ? ReplyPicture.dataUrl(image) : ReplyPicture.base64(image));
    }
    body.put("output_format", "png");
    body.set("usage", usage(reply));
    body.putObject("gill").put("seed", seed);
    call.send(200, "application/json", Json.write(body));
  }

  /** Returns the pictures of a reply; refuses one that has none. */
  private static List<BufferedImage> images(Reply reply) {
    List<BufferedImage> images = reply.images().stream().flatMap(part -> part.generated().stream())
        .map(GeneratedImage::image).toList();
    if (images.isEmpty()) {
      throw new ApiException(500, "server_error", null, null,
          reply.problem().map(Folders::hide).orElse("no picture was generated"));
    }
    return images;
  }

  private static ObjectNode picture(String type, BufferedImage image) {
    return Json.object().put("type", type).put("b64_json", ReplyPicture.base64(image))
        .put("created_at", Instant.now().getEpochSecond())
        .put("size", image.getWidth() + "x" + image.getHeight()).put("output_format", "png");
  }

  private static ObjectNode usage(Reply reply) {
    return Json.object().put("input_tokens", reply.usage().promptTokens())
        .put("output_tokens", reply.usage().generatedTokens()).put("total_tokens", reply.usage().totalTokens());
  }

  private static byte[] event(String name, ObjectNode data) {
    return ("event: " + name + "\ndata: " + new String(Json.write(data), StandardCharsets.UTF_8) + "\n\n")
        .getBytes(StandardCharsets.UTF_8);
  }
}
