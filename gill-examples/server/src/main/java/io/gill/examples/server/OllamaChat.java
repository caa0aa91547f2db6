package io.gill.examples.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.cache.Cache;
import com.google.common.hash.HashCode;
import com.google.common.primitives.Bytes;
import io.gill.Conversation;
import io.gill.GillListener;
import io.gill.Reply;
import io.gill.Reply.ImagePart;
import io.gill.RespondOptions;
import java.awt.image.BufferedImage;
import java.time.Instant;
import java.util.Set;
import java.util.function.Supplier;

/** Ollama's {@code POST /api/chat}: one line of JSON for each piece, or one object. */
final class OllamaChat implements Endpoint {
  private static final byte[] LINE_BREAK = {'\n'};

  private final Supplier<ServedModel> model;
  private final Limits limits;
  private final Replies replies;
  private final Cache<HashCode, BufferedImage> pictures = PictureReader.knownPictures();

  OllamaChat(Supplier<ServedModel> model, Limits limits, Replies replies) {
    this.model = model;
    this.limits = limits;
    this.replies = replies;
  }

  @Override
  public void serve(Call call) {
    ServedModel served = model.get();
    Fields request = Json.read(call.body());
    Models.require(served, request);
    request.refuse("tools", Set.of());
    request.refuse("format", Set.of(""));
    boolean stream = request.flag("stream").orElse(true);
    if (request.list("messages", limits.messages()).isEmpty()) { // asks to load the model, which is done
      call.send(200, "application/json",
          Json.write(line(served, message("")).put("done", true).put("done_reason", "load")));
      return;
    }
    Fields sampling = request.object("options").orElseGet(() -> new Fields(Json.object(), "options"));
    ReplyFields fields = new ReplyFields(limits, served.defaults()).ollama(sampling);
    request.object("gill").ifPresent(fields::gill);
    Conversation conversation = new Messages(limits, served.model().info(), pictures, replies.time(call)).read(request);
    RespondOptions.Builder options = fields.options();
    if (!stream) {
      Reply reply = replies.respond(call, served, conversation, options, new GillListener() {});
      ObjectNode message = message(reply.text());
      ArrayNode images = Json.object().putArray("images");
      reply.images().forEach(part -> add(part, images));
      if (!images.isEmpty()) {
        message.set("images", images);
      }
      call.send(200, "application/json", Json.write(end(line(served, message), reply)));
      return;
    }
    try {
      Reply reply = replies.respond(call, served, conversation, options, new LineWriter(call, served));
      write(call, end(line(served, message("")), reply));
    } catch (ApiException e) {
      if (e.status() == ApiException.CLIENT_GONE || !call.isOpen()) {
        throw e;
      }
      write(call, ErrorBody.ollama(e)); // the status was sent
    }
    call.end();
  }

  private static ObjectNode message(String text) {
    return Json.object().put("role", "assistant").put("content", text);
  }

  private static void add(ImagePart part, ArrayNode images) {
    ReplyPicture.of(part, false).forEach(picture -> images.add(ReplyPicture.base64(picture.shown())));
  }

  private static ObjectNode line(ServedModel served, ObjectNode message) {
    ObjectNode line = Json.object().put("model", served.id()).put("created_at", Instant.now().toString());
    line.set("message", message);
    return line.put("done", false);
  }

  private static ObjectNode end(ObjectNode line, Reply reply) {
    return line.put("done", true)
        .put("done_reason", ChatCompletions.finish(reply.finish()))
        .put("total_duration", reply.usage().time().total().toNanos())
        .put("prompt_eval_count", reply.usage().promptTokens())
        .put("prompt_eval_duration", reply.usage().time().prompt().toNanos())
        .put("eval_count", reply.usage().generatedTokens())
        .put("eval_duration", reply.usage().time().text().toNanos());
  }

  private static void write(Call call, ObjectNode line) {
    call.write(Bytes.concat(Json.write(line), LINE_BREAK));
  }

  /** Writes lines as the reply comes. */
  private static final class LineWriter implements GillListener {
    private final Call call;
    private final ServedModel served;
    private final Strip strip = new Strip();

    LineWriter(Call call, ServedModel served) {
      this.call = call;
      this.served = served;
    }

    @Override
    public void onPrompt(int positions, int reused) {
      call.open("application/x-ndjson");
    }

    @Override
    public void onText(String piece) {
      String text = strip.next(piece);
      if (!text.isEmpty()) {
        write(call, line(served, message(text)));
      }
    }

    @Override
    public void onImage(ImagePart part) {
      ObjectNode message = message("");
      add(part, message.putArray("images"));
      write(call, line(served, message));
    }
  }
}
