package io.gill.examples.evaluate;

import com.google.common.hash.Hashing;
import io.gill.Conversation;
import io.gill.Conversation.Content;
import io.gill.DiffusionOptions;
import io.gill.GillException;
import io.gill.GillModel;
import io.gill.GillModel.AnswerScore;
import io.gill.PromptFormat;
import io.gill.Reply;
import io.gill.Reply.Finish;
import io.gill.Reply.ImagePart;
import io.gill.RespondOptions;
import io.gill.RespondOptions.ImagePolicy;
import io.gill.RespondOptions.TextCut;
import io.gill.Session;
import io.gill.evaluation.VisDialAnswers;
import io.gill.examples.evaluate.Item.AnyPicture;
import io.gill.examples.evaluate.Item.AnyText;
import io.gill.examples.evaluate.Item.Choice;
import io.gill.examples.evaluate.Item.Decided;
import io.gill.examples.evaluate.Item.PictureEmbedding;
import io.gill.examples.evaluate.Item.QueryEmbedding;
import io.gill.examples.evaluate.Item.Ranking;
import io.gill.stage.DecisionModel;
import io.gill.stage.DecisionModel.Probabilities;
import io.gill.stage.LanguageContext;
import io.gill.stage.LanguageInput;
import io.gill.stage.Stages;
import java.awt.image.BufferedImage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** Asks a model an item. Thread-safe if the model is. */
final class Asker implements Function<Item, Answer> {
  /** The published script decodes two tokens; the first is an image. */
  private static final int TOKENS_OF_A_PICTURE = 2;

  private final GillModel model;
  private final Style style;
  private final RespondOptions defaults;
  private final UnaryOperator<RespondOptions> given;

  /**
   * Creates an asker.
   *
   * @param model the model
   * @param style how it is asked
   * @param defaults the options that suit the model
   * @param given overrides options by those of the command line
   */
  Asker(GillModel model, Style style, RespondOptions defaults, UnaryOperator<RespondOptions> given) {
    this.model = model;
    this.style = style;
    this.defaults = defaults;
    this.given = given;
  }

  /** Returns the options of a request, with the run's seed. */
  RespondOptions options(Item.Request request) {
    RespondOptions.Builder options;
    PublishedScript script = request instanceof AnyPicture picture ? picture.script() : PublishedScript.GILL;
    if (request instanceof AnyPicture || request instanceof QueryEmbedding) {
      options = style == Style.DIALOGUE ? defaults.toBuilder()
          : RespondOptions.reference().toBuilder()
              .maxTokens(TOKENS_OF_A_PICTURE).imageBias(script.imageBias()).diffusion(defaults.diffusion());
      options.imagePolicy(ImagePolicy.GENERATE);
    } else if (request instanceof Decided) {
      options = defaults.toBuilder().diffusion(DiffusionOptions.builder().steps(1).build()).topK(1);
    } else {
      options = style == Style.DIALOGUE ? defaults.toBuilder()
          : RespondOptions.builder().promptFormat(PromptFormat.plain());
      options.maxImages(0);
      if (request instanceof AnyText text && options.build().textCut() == TextCut.SENTENCE) {
        options.textCut(text.cut());
      }
    }
    return given.apply(options.seed(script.seed()).build());
  }

  @Override
  public Answer apply(Item item) {
    List<List<Content>> turns = item.prompt().turns();
    RespondOptions options = options(item.request());
    if (item.request() instanceof Choice choice) {
      return new Answer(best(turns.get(turns.size() - 1), choice, options), null);
    }
    if (item.request() instanceof Ranking ranking) {
      List<AnswerScore> scores = scores(turns.get(turns.size() - 1), ranking.answers(), options);
      return new Answer(AnswerRanks.text(VisDialAnswers.ranks(
          scores.stream().map(AnswerScore::logProbability).toList())), null);
    }
    if (item.request() instanceof PictureEmbedding) {
      return new Answer(EmbeddingText.of(model.embed(picture(turns))), null);
    }
    if (item.request() instanceof Decided && style == Style.PUBLISHED) {
      return new Answer(DecisionBenchmark.answer(retrieves(turns)), null);
    }
    long seed = Hashing.sha256().hashString(options.seed() + "/" + item.group(), StandardCharsets.UTF_8).asLong();
    try (Session session = model.session()) {
      for (List<Content> turn : turns.subList(0, turns.size() - 1)) {
        session.respond(turn, quick(options));
      }
      options = options.toBuilder().seed(seed).build();
      if (item.request() instanceof Decided) {
        return new Answer(decision(session.respond(turns.get(turns.size() - 1), options)), null);
      }
      if (item.request() instanceof QueryEmbedding) { // neither retrieves from another collection nor generates
        options = options.toBuilder().imagePolicy(ImagePolicy.RETRIEVE).topK(1).build();
      }
      Conversation before = session.conversation();
      List<Content> last = turns.get(turns.size() - 1);
      Reply reply = whole(session.respond(last, options));
      if (item.request() instanceof AnyText) {
        return new Answer(reply.text(), null);
      }
      reply = reply.images().isEmpty() ? forced(before, last, options) : reply;
      return item.request() instanceof QueryEmbedding ? embedding(reply) : picture(reply);
    }
  }

  private static BufferedImage picture(List<List<Content>> turns) {
    if (turns.size() == 1 && turns.get(0).size() == 1 && turns.get(0).get(0) instanceof Conversation.Image image) {
      return image.image();
    }
    throw new IllegalArgumentException("not one picture");
  }

  /** Decides as the published code does: the decision model reads [IMG0] after the prompt. */
  private boolean retrieves(List<List<Content>> turns) {
    Stages stages = model.stages();
    DecisionModel decision = stages.decision().orElseThrow(
        () -> new IllegalStateException("the model has no decision model: train one with train-decisions"));
    if (!(turns.get(0).get(0) instanceof Conversation.Text prompt)) {
      throw new IllegalArgumentException("not a text");
    }
    int[] ids = stages.tokenizer().encodeWithMarkers(prompt.text() + "[IMG0]", true);
    if (ids.length > stages.languageModel().maxPositions()) {
      throw new GillException("the prompt has " + ids.length + " tokens, more than the model's positions");
    }
    try (LanguageContext context = stages.languageModel().open()) {
      float[][] states = context.append(List.of(new LanguageInput.Tokens(ids))).hidden();
      Probabilities probabilities = decision.decide(states[states.length - 1]);
      return probabilities.retrieve() > probabilities.generate();
    }
  }

  private static String decision(Reply reply) {
    ImagePart image = whole(reply).images().stream().findFirst()
        .orElseThrow(() -> new GillException("the model gave no picture: " + reply.finish()));
    if (image.decision().probabilities().isEmpty()) {
      throw new IllegalStateException("the model does not decide: it needs a decision model, pictures to retrieve and "
          + "an image generator");
    }
    return DecisionBenchmark.answer(image.decision().action() == Reply.Action.RETRIEVE);
  }

  /** Asks for a picture as the published script does: the first token is an image. */
  private Reply forced(Conversation before, List<Content> last, RespondOptions options) {
    List<Conversation.Turn> turns = new ArrayList<>(before.turns());
    turns.add(new Conversation.Turn(Conversation.Role.USER, last));
    RespondOptions biased = options.toBuilder().imageBias(PublishedScript.GILL.imageBias()).build();
    return whole(model.respond(new Conversation(turns), biased));
  }

  /** Rejects a reply that ended before its time: it must not count as finished. */
  private static Reply whole(Reply reply) {
    if (reply.finish() == Finish.CANCELLED || reply.finish() == Finish.TIMED_OUT) {
      throw new CancellationException("the evaluation was cancelled: give the same command to resume it");
    }
    return reply;
  }

  /** Returns options of turns before the last, whose pictures nobody looks at. */
  private RespondOptions quick(RespondOptions options) {
    return model.capabilities().retrieves()
        ? options.toBuilder().imagePolicy(ImagePolicy.RETRIEVE).topK(1).build()
        : options.toBuilder().diffusion(DiffusionOptions.builder().steps(1).build()).build();
  }

  private static Answer picture(Reply reply) {
    BufferedImage image = reply.images().stream().findFirst().flatMap(ImagePart::image)
        .orElseThrow(() -> new GillException("the model gave no picture: " + reply.finish()));
    return new Answer(reply.text(), image);
  }

  private static Answer embedding(Reply reply) {
    float[] embedding = reply.images().stream().findFirst().map(image -> image.embedding().retrieval())
        .orElseThrow(() -> new GillException("the model asked for no picture: " + reply.finish()));
    if (embedding.length == 0) {
      throw new GillException("the model has no embedding for retrieval");
    }
    return new Answer(EmbeddingText.of(embedding), null);
  }

  /** Scores answers. With the published prompt, a space precedes an answer. */
  private List<AnswerScore> scores(List<Content> turn, List<String> answers, RespondOptions options) {
    String before = style == Style.PUBLISHED ? " " : "";
    return model.scoreAnswers(new Conversation(List.of(new Conversation.Turn(Conversation.Role.USER, turn))),
        answers.stream().map(answer -> before + answer).toList(), options.promptFormat());
  }

  /** Returns the letter of the answer with the lowest loss. */
  private String best(List<Content> turn, Choice choice, RespondOptions options) {
    List<AnswerScore> scores = scores(turn, choice.answers(), options);
    int best = 0;
    for (int i = 1; i < scores.size(); i++) {
      best = scores.get(i).mean() > scores.get(best).mean() ? i : best;
    }
    return String.valueOf((char) ('A' + best));
  }
}
