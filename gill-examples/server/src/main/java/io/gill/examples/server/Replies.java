package io.gill.examples.server;

import io.gill.Conversation;
import io.gill.Conversation.Text;
import io.gill.GillException;
import io.gill.GillListener;
import io.gill.GillModel;
import io.gill.ModelBusyException;
import io.gill.Reply;
import io.gill.Reply.Decision;
import io.gill.Reply.Finish;
import io.gill.Reply.ImagePart;
import io.gill.RespondOptions;
import java.awt.image.BufferedImage;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets the model answer a request, and ends when the client goes. */
final class Replies {
  private static final Logger LOG = LoggerFactory.getLogger(Replies.class);

  private final Metrics metrics;
  private final Duration timeout;

  Replies(Metrics metrics, Duration timeout) {
    this.metrics = metrics;
    this.timeout = timeout;
  }

  /** Begins the time in which a request is read. Its reply has as much time again. */
  CallTime time(Call call) {
    return new CallTime(call, timeout);
  }

  /**
   * Answers a conversation.
   *
   * @param options without listener, cancellation and time-out
   * @param writer receives the events; may throw {@link ApiException} when the client is gone
   * @throws ApiException if there is no reply
   */
  Reply respond(
      Call call, ServedModel served, Conversation conversation, RespondOptions.Builder options, GillListener writer) {
    return run(call, served.model(), conversation, "messages", options, writer,
        complete -> served.model().respond(conversation, complete));
  }

  /** Draws a caption; otherwise like the other method. */
  Reply draw(Call call, ServedModel served, String caption, RespondOptions.Builder options, GillListener writer) {
    return run(call, served.model(), Conversation.of(caption), "prompt", options, writer,
        complete -> served.model().draw(caption, complete));
  }

  private Reply run(Call call, GillModel model, Conversation prompt, String param, RespondOptions.Builder options,
      GillListener writer, Function<RespondOptions, Reply> answer) {
    RespondOptions complete = options.listener(new Progress(call, writer)).cancelled(call::isGone)
        .timeout(timeout).build();
    Reply reply;
    try {
      reply = answer.apply(complete);
    } catch (ModelBusyException e) {
      throw ApiException.busy(String.valueOf(e.getMessage()));
    } catch (IllegalArgumentException e) {
      throw ApiException.bad(null, String.valueOf(e.getMessage()));
    } catch (GillException e) {
      throw failed(call, e, isTooLong(model, prompt, complete) ? param : null);
    } catch (CancellationException e) {
      throw cancelled(call);
    }
    LOG.info("{} {} tokens read, {} generated, {} pictures, {}", call.id(), reply.usage().promptTokens(),
        reply.usage().generatedTokens(), reply.images().size(), reply.finish());
    metrics.reply(reply.usage().promptTokens(), reply.usage().generatedTokens());
    reply.images().forEach(part -> metrics.pictures(part.retrieved().size(), part.generated().size()));
    if (reply.finish() == Finish.CANCELLED) {
      throw cancelled(call);
    }
    if (reply.finish() == Finish.TIMED_OUT && reply.parts().isEmpty()) {
      throw ApiException.timedOut(timeout);
    }
    return reply;
  }

  /**
   * Returns the answer to a stage's failure.
   *
   * @param tooLong path of the field that does not fit into the context, or null if that is not the reason
   */
  static ApiException failed(Call call, GillException e, @Nullable String tooLong) {
    String message = Folders.hide(String.valueOf(e.getMessage()));
    if (tooLong != null) {
      return ApiException.bad(tooLong, "context_length_exceeded", message);
    }
    LOG.warn("{} failed", call.id(), WithoutMessages.of(e));
    LOG.debug("{} failed", call.id(), e);
    return new ApiException(500, "server_error", null, null, message);
  }

  /** Returns whether a conversation leaves no position for a reply. A far too long one is not tokenized. */
  static boolean isTooLong(GillModel model, Conversation conversation, RespondOptions options) {
    long characters = conversation.turns().stream().flatMap(turn -> turn.contents().stream())
        .mapToLong(content -> content instanceof Text text ? text.text().length() : 0).sum();
    int most = model.info().maxPositions();
    return characters / model.stages().tokenizer().longestToken() >= most
        || model.countTokens(conversation, options) >= most;
  }

  static ApiException cancelled(Call call) {
    return call.isGone() ? ApiException.gone() : ApiException.unavailable("the server shuts down: try again later");
  }

  /** Measures the time to the first text and passes the events on. */
  private final class Progress implements GillListener {
    private final Call call;
    private final GillListener writer;
    private boolean spoke;

    Progress(Call call, GillListener writer) {
      this.call = call;
      this.writer = writer;
    }

    @Override
    public void onPrompt(int positions, int reused) {
      writer.onPrompt(positions, reused);
    }

    @Override
    public void onText(String piece) {
      if (!spoke) {
        spoke = true;
        metrics.firstToken(call.seconds());
      }
      writer.onText(piece);
    }

    @Override
    public void onImageWanted(Decision decision) {
      writer.onImageWanted(decision);
    }

    @Override
    public void onDiffusionStep(int step, int steps, Supplier<List<BufferedImage>> preview) {
      writer.onDiffusionStep(step, steps, preview);
    }

    @Override
    public void onImage(ImagePart image) {
      writer.onImage(image);
    }

    @Override
    public void onReply(Reply reply) {
      writer.onReply(reply);
    }

    @Override
    public void onFailure(Throwable failure) {
      writer.onFailure(failure);
    }
  }
}
