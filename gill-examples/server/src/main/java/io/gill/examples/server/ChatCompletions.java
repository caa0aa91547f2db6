package io.gill.examples.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.cache.Cache;
import com.google.common.hash.HashCode;
import io.gill.Conversation;
import io.gill.GillListener;
import io.gill.Reply;
import io.gill.Reply.Decision;
import io.gill.Reply.Finish;
import io.gill.Reply.ImagePart;
import io.gill.RespondOptions;
import java.awt.image.BufferedImage;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/chat/completions}, whole or as a stream of events. */
final class ChatCompletions implements Endpoint {
  private static final byte[] DONE = "data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8);

  private final Supplier<ServedModel> model;
  private final Limits limits;
  private final Replies replies;
  private final Cache<HashCode, BufferedImage> pictures = PictureReader.knownPictures();

  ChatCompletions(Supplier<ServedModel> model, Limits limits, Replies replies) {
    this.model = model;
    this.limits = limits;
    this.replies = replies;
  }

  @Override
  public void serve(Call call) {
    ServedModel served = model.get();
    Fields request = Json.read(call.body());
    Models.require(served, request);
    refuse(request);
    boolean stream = request.flag("stream").orElse(false);
    boolean usage = request.object("stream_options").flatMap(some -> some.flag("include_usage")).orElse(false);
    ReplyFields fields = new ReplyFields(limits, served.defaults())
        .sampling(request, "max_completion_tokens", "max_tokens").modalities(request);
    request.object("gill").ifPresent(fields::gill);
    boolean candidates = request.object("gill").flatMap(gill -> gill.flag("candidates")).orElse(false);
    int previews = request.object("gill").flatMap(gill -> gill.integer("previews", 0, Previews.MOST)).orElse(0L)
        .intValue();
    Conversation conversation = new Messages(limits, served.model().info(), pictures, replies.time(call)).read(request);
    RespondOptions.Builder options = fields.options();
    long seed = options.build().seed();
    ObjectNode head = Json.object()
        .put("id", "chatcmpl-" + call.id())
        .put("object", stream ? "chat.completion.chunk" : "chat.completion")
        .put("created", Instant.now().getEpochSecond())
        .put("model", served.id());
    if (!stream) {
      Reply reply = replies.respond(call, served, conversation, options, new GillListener() {});
      call.send(200, "application/json", Json.write(whole(head, reply, candidates, seed)));
      return;
    }
    EventWriter writer = new EventWriter(call, head, candidates, new Previews(previews));
    try {
      writer.end(replies.respond(call, served, conversation, options, writer), usage, seed);
    } catch (ApiException e) {
      if (e.status() == ApiException.CLIENT_GONE || !call.isOpen()) {
        throw e;
      }
      call.write(event(ErrorBody.openAi(e))); // the status was sent
    }
    call.end();
  }

  /** Refuses what would change the answer and cannot be honoured. */
  private static void refuse(Fields request) {
    if (request.integer("n", 1, Integer.MAX_VALUE).orElse(1L) != 1) {
      throw ApiException.bad("n", "unsupported_parameter", "n must be 1: send the request again for another answer");
    }
    request.object("response_format").ifPresent(format -> format.refuse("type", Set.of("text")));
    for (String name : new String[] {"tools", "functions", "audio", "prediction", "logit_bias", "web_search_options"}) {
      request.refuse(name, Set.of());
    }
    request.refuse("logprobs", Set.of("false"));
    request.refuse("top_logprobs", Set.of("0"));
    request.refuse("min_p", Set.of("0", "0.0"));
  }

  private static ObjectNode whole(ObjectNode head, Reply reply, boolean candidates, long seed) {
    ObjectNode choice = head.putArray("choices").addObject().put("index", 0);
    ObjectNode message = choice.putObject("message").put("role", "assistant").put("content", reply.text());
    ArrayNode images = Json.object().putArray("images");
    for (ImagePart part : reply.images()) {
      ReplyPicture.of(part, candidates).forEach(picture -> images.add(picture.toJson(part.decision())));
    }
    if (!images.isEmpty()) {
      message.set("images", images);
    }
    message.set("gill", facts(reply, seed));
    choice.put("finish_reason", finish(reply.finish()));
    head.set("usage", usage(reply));
    return head;
  }

  /** Returns what OpenAI's format has no place for. The tokens can be sent back in a later request. */
  private static ObjectNode facts(Reply reply, long seed) {
    ObjectNode gill = Json.object().put("finish", reply.finish().name().toLowerCase(Locale.ROOT))
        .put("seed", seed);
    ArrayNode tokens = gill.putArray("tokens");
    reply.tokens().forEach(tokens::add);
    ArrayNode problems = Json.object().putArray("problems");
    reply.images().forEach(part -> part.problem().map(Folders::hide).ifPresent(problems::add));
    if (!problems.isEmpty()) {
      gill.set("problems", problems);
    }
    return gill;
  }

  /** Returns the reason of the end, as OpenAI and Ollama name it. */
  static String finish(Finish finish) {
    return finish.isLimit() ? "length" : "stop";
  }

  private static ObjectNode usage(Reply reply) {
    ObjectNode usage = Json.object()
        .put("prompt_tokens", reply.usage().promptTokens())
        .put("completion_tokens", reply.usage().generatedTokens())
        .put("total_tokens", reply.usage().totalTokens());
    usage.putObject("prompt_tokens_details").put("cached_tokens", reply.usage().reusedTokens());
    return usage;
  }

  private static byte[] event(ObjectNode data) {
    return ("data: " + new String(Json.write(data), StandardCharsets.UTF_8) + "\n\n").getBytes(StandardCharsets.UTF_8);
  }

  /** Writes chunks as the reply comes. The response begins when the prompt has been read. */
  private static final class EventWriter implements GillListener {
    private final Call call;
    private final ObjectNode head;
    private final boolean candidates;
    private final Previews previews;
    private final Strip strip = new Strip();

    EventWriter(Call call, ObjectNode head, boolean candidates, Previews previews) {
      this.call = call;
      this.head = head;
      this.candidates = candidates;
      this.previews = previews;
    }

    @Override
    public void onPrompt(int positions, int reused) {
      call.open("text/event-stream");
      delta(Json.object().put("role", "assistant").put("content", ""), null, null);
    }

    @Override
    public void onText(String piece) {
      String text = strip.next(piece);
      if (!text.isEmpty()) {
        delta(Json.object().put("content", text), null, null);
      }
    }

    @Override
    public void onImageWanted(Decision decision) {
      ObjectNode gill = Json.object();
      ReplyPicture.toJson(decision, gill.putObject("wanted"));
      delta(Json.object(), null, gill);
    }

    @Override
    public void onDiffusionStep(int step, int steps, Supplier<List<BufferedImage>> preview) {
      ObjectNode gill = Json.object();
      ObjectNode progress = gill.putObject("progress").put("step", step).put("steps", steps);
      previews.after(step, steps, preview).map(ReplyPicture::dataUrl).ifPresent(url -> progress.put("preview", url));
      delta(Json.object(), null, gill);
    }

    @Override
    public void onImage(ImagePart part) {
      for (ReplyPicture picture : ReplyPicture.of(part, candidates)) {
        ObjectNode delta = Json.object();
        delta.putArray("images").add(picture.toJson(part.decision()));
        delta(delta, null, null);
      }
    }

    void end(Reply reply, boolean usage, long seed) {
      delta(Json.object(), finish(reply.finish()), facts(reply, seed));
      if (usage) {
        ObjectNode last = head.deepCopy();
        last.putArray("choices");
        last.set("usage", usage(reply));
        call.write(event(last));
      }
      call.write(DONE);
    }

    private void delta(ObjectNode delta, @Nullable String finish,
        @Nullable ObjectNode gill) {
      ObjectNode chunk = head.deepCopy();
      ObjectNode choice = chunk.putArray("choices").addObject().put("index", 0);
      choice.set("delta", delta);
      choice.put("finish_reason", finish);
      if (gill != null) {
        choice.set("gill", gill);
      }
      call.write(event(chunk));
    }
  }
}
