package io.gill.examples.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gill.Conversation;
import io.gill.GillException;
import io.gill.GillModel;
import io.gill.ModelBusyException;
import io.gill.PromptFormat;
import io.gill.RespondOptions;
import io.gill.image.Images;
import io.gill.stage.ImageRetriever;
import io.gill.stage.ImageRetriever.Hit;
import io.gill.stage.Stages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code POST /v1/embeddings}, and the search of the collection by text or by picture. */
final class Embeddings {
  private static final Logger LOG = LoggerFactory.getLogger(Embeddings.class);

  /** OpenAI's limit. Clients send this many at a time. */
  private static final int MOST_INPUTS = 2048;

  private static final int MOST_HITS = 50;

  /** Maximum side of a hit, in pixels. Collections may hold photographs. */
  private static final int HIT_SIDE = 512;

  /** What the URL of a picture begins with; other {@code data:} is text. */
  private static final String PICTURE = "data:image/";

  private static final RespondOptions PLAIN = RespondOptions.builder().promptFormat(PromptFormat.plain()).build();

  private final Supplier<ServedModel> model;
  private final Limits limits;
  private final Duration timeout;

  Embeddings(Supplier<ServedModel> model, Limits limits, Duration timeout) {
    this.model = model;
    this.limits = limits;
    this.timeout = timeout;
  }

  /** Embeds texts, and pictures given as {@code data:} URLs, into the space in which they are compared. */
  void embed(Call call) {
    CallTime time = new CallTime(call, timeout);
    ServedModel served = model.get();
    Fields request = Json.read(call.body());
    Models.require(served, request);
    request.refuse("dimensions", Set.of());
    String format = request.text("encoding_format").orElse("float");
    if (!Set.of("float", "base64").contains(format)) {
      throw ApiException.bad("encoding_format", "encoding_format must be float or base64");
    }
    JsonNode input = request.get("input");
    if (input == null) {
      throw request.missing("input");
    }
    List<String> texts = request.texts("input", MOST_INPUTS);
    if (texts.isEmpty()) {
      throw ApiException.bad("input", "input is empty: give it at least one text");
    }
    PictureReader pictures = new PictureReader(limits.pixels());
    ObjectNode body = Json.object().put("object", "list");
    ArrayNode data = body.putArray("data");
    int tokens = 0;
    for (int i = 0; i < texts.size(); i++) {
      time.check();
      String at = input.isTextual() ? "input" : "input[" + i + "]";
      String text = texts.get(i);
      ObjectNode one = data.addObject().put("object", "embedding").put("index", i);
      boolean picture = text.regionMatches(true, 0, PICTURE, 0, PICTURE.length());
      float[] embedding = compute(call, time, served.model(), at, text, picture, pictures);
      if (!picture) {
        tokens += served.model().countTokens(Conversation.of(text), PLAIN);
      }
      if (format.equals("base64")) { // the default of OpenAI's own client
        ByteBuffer bytes = ByteBuffer.allocate(embedding.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(embedding);
        one.put("embedding", Base64.getEncoder().encodeToString(bytes.array()));
      } else {
        ArrayNode values = one.putArray("embedding");
        for (float value : embedding) {
          values.add(value);
        }
      }
    }
    body.put("model", served.id());
    body.putObject("usage").put("prompt_tokens", tokens).put("total_tokens", tokens);
    call.send(200, "application/json", Json.write(body));
  }

  /** Searches the collection by {@code query} or by {@code image}. */
  void search(Call call) {
    CallTime time = new CallTime(call, timeout);
    ServedModel served = model.get();
    Fields request = Json.read(call.body());
    Models.require(served, request);
    int k = request.integer("k", 1, MOST_HITS).orElse(12L).intValue();
    String query = request.text("query").or(() -> request.text("image")).orElseThrow(() -> request.missing("query"));
    boolean image = !request.has("query");
    ImageRetriever retriever = served.model().stages().retriever()
        .orElseThrow(() -> ApiException.bad(null, "this model has no collection of pictures"));
    PictureReader pictures = new PictureReader(limits.pixels());
    float[] embedding = compute(call, time, served.model(), image ? "image" : "query", query, image, pictures);
    ObjectNode body = Json.object().put("object", "list");
    ArrayNode data = body.putArray("data");
    for (Hit hit : hits(call, retriever, embedding, k)) {
      time.check();
      try {
        String url = ReplyPicture.dataUrl(
            Images.reduced(served.model().stages().source().fetch(hit.uri()), HIT_SIDE));
        data.addObject().put("image", url).put("source", ReplyPicture.name(hit.uri())).put("score", hit.score());
      } catch (IOException e) {
        LOG.debug("{} an indexed picture cannot be read: {}", call.id(), e.getMessage()); // as in a reply
      }
    }
    call.send(200, "application/json", Json.write(body));
  }

  private static List<Hit> hits(Call call, ImageRetriever retriever, float[] query, int k) {
    try {
      return retriever.search(query, k, Set.of());
    } catch (GillException e) {
      throw Replies.failed(call, e, null);
    } catch (CancellationException e) {
      throw Replies.cancelled(call);
    }
  }

  /** Embeds a text, or a picture given as a {@code data:} URL. */
  private static float[] compute(Call call, CallTime time, GillModel model, String at, String input, boolean picture,
      PictureReader pictures) {
    Stages stages = model.stages();
    if (picture ? stages.vision().isEmpty() || stages.retrievalEmbedder().isEmpty() : stages.query().isEmpty()) {
      throw ApiException.bad(at, "this model cannot embed " + (picture ? "pictures" : "texts"));
    }
    try {
      return picture ? model.embed(pictures.dataUrl(at, input), time.options()) : model.embed(input, time.options());
    } catch (ModelBusyException e) {
      time.check();
      throw ApiException.busy(String.valueOf(e.getMessage()));
    } catch (IllegalArgumentException e) {
      throw ApiException.bad(at, String.valueOf(e.getMessage()));
    } catch (GillException e) {
      throw Replies.failed(call, e, !picture && Replies.isTooLong(model, Conversation.of(input), PLAIN) ? at : null);
    } catch (CancellationException e) {
      time.check();
      throw Replies.cancelled(call);
    }
  }
}
