package io.gill;

import com.google.common.collect.Lists;
import io.gill.Conversation.Role;
import io.gill.Conversation.Text;
import io.gill.Reply.Action;
import io.gill.Reply.Decision;
import io.gill.Reply.Embedding;
import io.gill.Reply.Finish;
import io.gill.Reply.GeneratedImage;
import io.gill.Reply.ImagePart;
import io.gill.Reply.Part;
import io.gill.Reply.TextPart;
import io.gill.RespondOptions.ImagePolicy;
import io.gill.TurnClock.Stage;
import io.gill.image.Images;
import io.gill.stage.Conditioning;
import io.gill.stage.DecisionModel.Probabilities;
import io.gill.stage.ImageEmbedder;
import io.gill.stage.ImageGenerator;
import io.gill.stage.LanguageOutput;
import io.gill.stage.OutputCheck;
import io.gill.stage.Stages;
import io.gill.stage.TextImageGenerator;
import java.awt.Dimension;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Generates one reply (paper, figure 1): reads the prompt, chooses tokens one by one, and turns the hidden states of
 * each [IMG0] into an image. The published preset runs the same loop without its early stops.
 */
final class TurnEngine {
  private static final OutputCheck LANGUAGE = new OutputCheck("language model");
  private static final OutputCheck MAPPER = new OutputCheck("generation mapper");
  private static final OutputCheck DECISION = new OutputCheck("decision model");

  private final Stages stages;
  private final RespondOptions options;
  private final TurnRules rules;
  private final PromptCache cache;
  private final Admission painting;
  private final BooleanSupplier cancelled;
  private final Deadline deadline;
  private final TurnClock clock;
  private final GillListener listener;
  private final RandomGenerator random;
  private final int[] imageTokens;
  private final int[] endTokens;
  private final List<Part> parts = new ArrayList<>();
  private final List<Integer> tokens = new ArrayList<>();

  /** All tokens of the reply but [IMG] tokens, including those that are not shown. */
  private final List<Integer> words = new ArrayList<>();

  private final Optional<Retrieval> retrieval;
  private VisibleText text;
  private String asked = "";
  private int textStart;
  private int images;
  private int promptTokens;
  private int reusedTokens;
  private int generatedTokens;
  private ImageGenerator.@Nullable Noise noise;

  /**
   * @param painting limits the replies that generate images at a time
   * @param stopped asked wherever the call can end early; includes the condition of the options
   */
  TurnEngine(Stages stages, RespondOptions options, PromptCache cache, Admission painting, BooleanSupplier stopped,
      Deadline deadline) {
    this.stages = stages;
    this.options = options;
    rules = options.rules();
    this.cache = cache;
    this.painting = painting;
    this.deadline = deadline;
    clock = new TurnClock(deadline.startNanos());
    cancelled = deadline.or(stopped);
    listener = options.listener();
    random = new SplittableRandom(options.seed());
    imageTokens = stages.tokenizer().imageTokenIds();
    endTokens = stages.tokenizer().endIds();
    retrieval = stages.query().isEmpty()
        ? Optional.empty() : stages.retriever().map(retriever -> new Retrieval(retriever, stages, options, cancelled));
    text = newText();
  }

  /** Reads the conversation and answers. */
  Reply respond(Conversation conversation) {
    clock.enter(Stage.PROMPT);
    asked = lastQuestion(conversation);
    PromptCache.Reading reading;
    try {
      reading = cache.read(PromptFormats.write(conversation, options.promptFormat()),
          options.bosBeforeEveryText(), options.markersInText(), cancelled, clock);
    } catch (CancellationException e) {
      return end(Finish.CANCELLED);
    }
    clock.enter(Stage.TEXT);
    promptTokens = reading.positions();
    reusedTokens = reading.reused();
    listener.onPrompt(reading.positions(), reading.reused());
    Finish finish = speak(reading.output().logits());
    if (images == 0 || rules.keepsTextAfterImages()) {
      endText();
    }
    return end(finish);
  }

  /** Returns the texts of the user's last turn. */
  private static String lastQuestion(Conversation conversation) {
    return Lists.reverse(conversation.turns()).stream().filter(turn -> turn.role() == Role.USER).findFirst().stream()
        .flatMap(turn -> turn.contents().stream())
        .filter(Text.class::isInstance).map(content -> ((Text) content).text()).collect(Collectors.joining(" "));
  }

  /** Returns the reply of a call that was cancelled before its turn came. */
  static Reply cancelled(RespondOptions options, Deadline deadline) {
    Usage usage = new Usage(0, 0, 0, new TurnClock(deadline.startNanos()).times());
    return told(options, new Reply(List.of(), List.of(), cancelled(deadline), usage));
  }

  private static Finish cancelled(Deadline deadline) {
    return deadline.isPassed() ? Finish.TIMED_OUT : Finish.CANCELLED;
  }

  private static Reply told(RespondOptions options, Reply reply) {
    options.listener().onReply(reply);
    return reply;
  }

  private Reply end(Finish finish) {
    return told(options, new Reply(parts, tokens, finish == Finish.CANCELLED ? cancelled(deadline) : finish,
        new Usage(promptTokens, reusedTokens, generatedTokens, clock.times())));
  }

  private Finish speak(float[] firstLogits) {
    float[] logits = firstLogits;
    Finish end = null;
    boolean beginsWithBreak = false;
    for (int step = 0; step < options.maxTokens(); step++) {
      if (cancelled.getAsBoolean()) {
        return Finish.CANCELLED;
      }
      int token = choose(logits, step);
      beginsWithBreak |= step == 0 && token == stages.tokenizer().newlineId();
      end = end == null ? endBefore(token, beginsWithBreak) : end;
      if (end != null && rules.stopsEarly()) {
        return end;
      }
      boolean image = token == imageTokens[0];
      int[] said = image ? imageTokens : new int[] {token};
      if (cache.length() + said.length > stages.languageModel().maxPositions()) {
        return Finish.CONTEXT_FULL;
      }
      generatedTokens += said.length;
      if (!image) {
        words.add(token);
      }
      if (!image && end == null) {
        hear(token);
        if (text.isStopped()) {
          return Finish.STOP;
        }
      }
      if (!image && step == options.maxTokens() - 1) {
        break; // no further output is needed
      }
      LanguageOutput output = cache.append(said);
      logits = output.logits();
      if (image && end == null && images < options.maxImages() && !showImage(output.hidden())) {
        return Finish.CANCELLED;
      }
      if (images == options.maxImages() && text.isCut() && rules.stopsEarly()) {
        return Finish.CUT;
      }
    }
    return end == null ? Finish.MAX_TOKENS : end;
  }

  /** Returns why the reply ends before this token, or null. As published, a leading line break does not end a reply. */
  private @Nullable Finish endBefore(int token, boolean beginsWithBreak) {
    boolean cuts = options.textCut() != RespondOptions.TextCut.NONE;
    if (cuts && token == stages.tokenizer().newlineId() && !beginsWithBreak) {
      return Finish.CUT;
    }
    if (!rules.stopsEarly()) {
      return null;
    }
    if (Arrays.stream(endTokens).anyMatch(id -> id == token)) {
      return Finish.END;
    }
    return token == imageTokens[0] && images == options.maxImages() ? Finish.MAX_IMAGES : null;
  }

  /** Applies the penalties, forbids [IMG1]…, forbids or biases [IMG0], and calls the sampler. */
  private int choose(float[] logits, int step) {
    boolean imageAllowed = step >= options.minWordTokens() && options.maxImages() > 0;
    float[] allowed = logits.clone();
    options.penalties().apply(allowed, cache::tokens, words);
    allowed[imageTokens[0]] = logits[imageTokens[0]]; // images have a bias instead
    for (int i = 1; i < imageTokens.length; i++) {
      allowed[imageTokens[i]] = Float.NEGATIVE_INFINITY;
    }
    if (!imageAllowed) {
      allowed[imageTokens[0]] = Float.NEGATIVE_INFINITY;
    } else if (options.imageBias() > 1) {
      allowed[imageTokens[0]] = Math.abs(allowed[imageTokens[0]]) * (float) options.imageBias();
    }
    int token = options.sampler().sample(allowed, random);
    if (token < 0 || token >= logits.length) {
      throw new IllegalArgumentException(
          "the sampler chose token " + token + ", but the vocabulary has 0 to " + (logits.length - 1));
    }
    if (Arrays.stream(imageTokens, imageAllowed ? 1 : 0, imageTokens.length).anyMatch(id -> id == token)) {
      throw new IllegalArgumentException(
          "the sampler chose token " + token + ", an [IMG] token that was forbidden (-∞)");
    }
    return token;
  }

  /** Accepts a token; one after the end of the visible text is neither shown nor recorded. */
  private void hear(int token) {
    if (!text.isCut()) {
      tokens.add(token);
    }
    text.accept(token);
    if (text.isStopped()) {
      int kept = Math.min(tokens.size(), textStart + text.tokensBeforeStop());
      tokens.subList(kept, tokens.size()).clear();
    }
  }

  private VisibleText newText() {
    return new VisibleText(stages.tokenizer(), options);
  }

  private void endText() {
    String visible = text.finish();
    if (!visible.isEmpty()) {
      parts.add(new TextPart(visible));
    }
  }

  /** Ends the text before an image and makes the image; false if the caller cancelled. */
  private boolean showImage(float[][] hidden) {
    endText();
    Arrays.stream(imageTokens).forEach(tokens::add);
    images++;
    text = newText();
    textStart = tokens.size();
    if (rules.leavesMarkersInText()) {
      Arrays.stream(imageTokens).skip(1).forEach(text::accept);
    }
    try {
      ImagePart part = image(hidden);
      parts.add(part);
      listener.onImage(part);
      return true;
    } catch (CancellationException e) {
      return false;
    }
  }

  private ImagePart image(float[][] hidden) {
    requireRows("hidden states", hidden);
    float[] query = stages.query()
        .map(stage -> RetrievalSpace.query(stage, hidden[0])).orElse(new float[0]);
    float[][] embeddings = stages.languageModel().embeddings(imageTokens);
    requireRows("token embeddings", embeddings);
    Conditioning conditioning =
        stages.mapper().map(stage -> finite(stage.map(hidden, embeddings))).orElse(Conditioning.NONE);
    Decision decision = decide(hidden[0]);
    listener.onImageWanted(decision);
    try {
      return obtained(decision, query, conditioning);
    } finally {
      clock.enter(Stage.TEXT);
    }
  }

  /** Retrieves and generates as decided. */
  private ImagePart obtained(Decision decision, float[] query, Conditioning conditioning) {
    Retrieval.Found found = new Retrieval.Found(List.of(), Optional.empty());
    List<GeneratedImage> generated = List.of();
    ImagePolicy policy = options.imagePolicy();
    if (retrieval.isPresent() && (decision.action() == Action.RETRIEVE || policy == ImagePolicy.BOTH)) {
      clock.enter(Stage.RETRIEVAL);
      found = retrieval.get().find(query);
    }
    boolean nothingFound =
        decision.action() == Action.RETRIEVE && found.images().isEmpty() && policy == ImagePolicy.DECIDE;
    Optional<String> problem = found.problem();
    if (stages.generates() && (decision.action() == Action.GENERATE || policy == ImagePolicy.BOTH || nothingFound)) {
      clock.enter(Stage.GENERATION);
      try {
        generated = rank(painting.run(cancelled, Deadline.none(), () -> generate(conditioning)), query);
      } catch (IOException e) {
        PromptCache.checkCancelled(cancelled); // the failure may be due to an interrupt
        problem = Optional.of("the image could not be generated: " + OneLine.of(e.getMessage()));
      }
    }
    return new ImagePart(
        decision, found.images(), generated, new Embedding(query, conditioning), problem.or(this::missing));
  }

  /** Returns what is asked for and the model cannot do: both with policy BOTH, otherwise at least one of them. */
  private Optional<String> missing() {
    boolean retrieves = retrieval.isPresent();
    boolean generates = stages.generates();
    boolean both = options.imagePolicy() == ImagePolicy.BOTH;
    if (both ? retrieves && generates : retrieves || generates) {
      return Optional.empty();
    }
    String cannot = retrieves ? "cannot generate" : generates ? "cannot retrieve" : "can neither retrieve nor generate";
    return Optional.of((both ? "image policy BOTH was requested, but this model " : "this model ") + cannot
        + " images: its capabilities say why");
  }

  private static Conditioning finite(Conditioning conditioning) {
    MAPPER.finite("conditioning", conditioning.tokens());
    MAPPER.finite("pooled conditioning", conditioning.pooled());
    return conditioning;
  }

  /** Checks a matrix with one row per [IMG] token: (num_tokens, D). */
  private void requireRows(String what, float[][] rows) {
    LANGUAGE.finite(what, LANGUAGE.sized(what, rows, imageTokens.length, stages.languageModel().embeddingSize()));
  }

  private Decision decide(float[] hidden) {
    if (options.imagePolicy() == ImagePolicy.RETRIEVE) {
      return new Decision(Action.RETRIEVE, Optional.empty());
    }
    if (options.imagePolicy() == ImagePolicy.GENERATE || retrieval.isEmpty()) {
      return new Decision(Action.GENERATE, Optional.empty());
    }
    Optional<Probabilities> probabilities = stages.decision().map(model -> model.decide(hidden));
    probabilities.ifPresent(p -> {
      DECISION.finite("probability of generating", p.generate());
      DECISION.finite("probability of retrieving", p.retrieve());
    });
    boolean generate = probabilities.map(p -> p.generate() >= p.retrieve()).orElse(false);
    // A model that cannot generate always retrieves.
    return new Decision(generate && stages.generates() ? Action.GENERATE : Action.RETRIEVE, probabilities);
  }

  private List<BufferedImage> generate(Conditioning conditioning) throws IOException {
    PromptCache.checkCancelled(cancelled); // the next check follows the first diffusion step, which can take seconds
    ImageGenerator.StepListener steps = new ImageGenerator.StepListener() {
      @Override
      public boolean onStep(int step, int all) {
        return onStep(step, all, List::of);
      }

      @Override
      public boolean onStep(int step, int all, Supplier<List<BufferedImage>> preview) {
        listener.onDiffusionStep(step, all, preview);
        return proceeds();
      }

      @Override
      public boolean proceeds() {
        return !cancelled.getAsBoolean();
      }
    };
    if (stages.textGenerator().isPresent()) {
      return paint(stages.textGenerator().get(), steps);
    }
    ImageGenerator generator = stages.generator().orElseThrow();
    ImageGenerator.Noise source = noise;
    if (source == null) {
      source = generator.noise(options.seed()); // one stream per reply, so that its images differ
      noise = source;
    }
    return generator.generate(conditioning, options.generatedImages(), options.diffusion(), source, steps);
  }

  private List<BufferedImage> paint(TextImageGenerator generator, ImageGenerator.StepListener steps)
      throws IOException {
    String said = parts.stream().filter(TextPart.class::isInstance).map(part -> ((TextPart) part).text())
        .collect(Collectors.joining());
    TextImageGenerator.Request request = new TextImageGenerator.Request(
        asked, said, options.generatedImages(), options.diffusion(), options.seed() + images - 1);
    List<BufferedImage> painted = Arguments.copyOf(generator.generate(request, steps), "the painted images");
    if (painted.isEmpty()) {
      throw new IOException("the text image generator returned no image");
    }
    return painted.subList(0, Math.min(painted.size(), request.count()));
  }

  /** Ranks by cosine similarity to the retrieval embedding. Without an index the published code does not rank. */
  private List<GeneratedImage> rank(List<BufferedImage> made, float[] query) {
    ImageEmbedder embedder = stages.retrievalEmbedder().orElse(null);
    Stages.Vision vision = stages.vision().orElse(null);
    if (embedder == null || vision == null || retrieval.isEmpty()) {
      return made.stream().map(image -> new GeneratedImage(image, 0)).toList();
    }
    Optional<Dimension> size = rules.rankingSize(vision.encoder());
    List<BufferedImage> resized = made.stream()
        .map(image -> size.map(to -> Images.resize(image, to.width, to.height)).orElse(image)).toList();
    List<float[]> embeddings = RetrievalSpace.images(vision.encoder(), embedder, resized);
    List<GeneratedImage> ranked = new ArrayList<>();
    for (int i = 0; i < made.size(); i++) {
      ranked.add(new GeneratedImage(made.get(i), RetrievalSpace.similarity(embeddings.get(i), query)));
    }
    ranked.sort(Comparator.comparingDouble(GeneratedImage::score).reversed());
    return ranked;
  }
}
