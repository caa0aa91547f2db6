package io.gill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Conversation.Content;
import io.gill.Reply.Action;
import io.gill.Reply.Finish;
import io.gill.Reply.ImagePart;
import io.gill.Reply.RetrievedImage;
import io.gill.Reply.TextPart;
import io.gill.RespondOptions.ImagePolicy;
import io.gill.RespondOptions.TextCut;
import io.gill.stage.Conditioning;
import io.gill.stage.ImageGenerator;
import io.gill.stage.ImageRetriever;
import io.gill.testing.FakeImageGenerator;
import io.gill.testing.FakeImageRetriever;
import io.gill.testing.FakeLanguageModel;
import io.gill.testing.FakeModel;
import io.gill.testing.FakeTokenizer;
import io.gill.testing.FakeVisionEncoder;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The build runs this class a second time without libtorch, its Java API and the tokenizers on the class path. */
@Tag("no-natives")
class ConversationOnFakesTest {
  private static final RespondOptions LONG = RespondOptions.builder().maxTokens(200).build();
  private static final BufferedImage PICTURE = new BufferedImage(30, 20, BufferedImage.TYPE_INT_RGB);

  @Test
  void aWholeConversationOfTextAndImages() {
    try (GillModel model = FakeModel.builder(ConversationOnFakesTest::script).build();
        Session session = model.session()) {
      Reply first = session.respond(Content.of(PICTURE), Content.of("What is this?"));
      assertThat(first.text()).isEqualTo("A picture.");
      assertThat(first.images()).isEmpty();

      Reply second = session.respond("Draw it larger", LONG);
      assertThat(second.parts()).hasSize(2);
      assertThat(second.parts().get(0)).isEqualTo(new TextPart(" Here you are."));
      ImagePart image = (ImagePart) second.parts().get(1);
      assertThat(image.decision().action()).isEqualTo(Action.GENERATE);
      assertThat(image.generated()).hasSize(1);
      assertThat(image.retrieved()).isEmpty();
      assertThat(image.image()).isPresent();
      assertThat(session.conversation().turns()).hasSize(4);
    }
  }

  private static String script(String prompt) {
    if (prompt.endsWith("<image>Q: What is this?\nA:")) {
      return " A picture.";
    }
    if (prompt.endsWith("A: A picture.\nQ: Draw it larger\nA:")) {
      return " Here you are. [IMG0][IMG1][IMG2][IMG3][IMG4][IMG5][IMG6][IMG7]";
    }
    return " I do not understand.";
  }

  @Test
  void aTurnPaysOnlyForItsNewPositionsAndAnswersAsTheWholeConversationDoes() {
    FakeTokenizer tokenizer = new FakeTokenizer();
    FakeLanguageModel language = new FakeLanguageModel(tokenizer, prompt -> " Answer " + prompt.length() + ".");
    try (GillModel model = FakeModel.builder(p -> "").tokenizer(tokenizer).languageModel(language).build();
        Session session = model.session()) {
      session.respond(List.of(new Conversation.Image(PICTURE), new Conversation.Text("a long first question")), LONG);
      long before = language.positionsRead();
      AtomicInteger reused = new AtomicInteger();
      Reply cached = session.respond("Next", LONG.toBuilder()
          .listener(new GillListener() {
            @Override
            public void onPrompt(int positions, int fromCache) {
              reused.set(fromCache);
            }
          })
          .build());
      // "\n" after the first answer, the question in its format, the answer itself
      int fresh = tokenizer.encode("\nQ: Next\nA:" + cached.text(), false).length + 2;
      assertThat(language.positionsRead() - before).isLessThanOrEqualTo(fresh);
      assertThat(reused.get()).isGreaterThan(25);

      Conversation whole = new Conversation(session.conversation().turns().subList(0, 3));
      assertThat(model.respond(whole, LONG).tokens()).isEqualTo(cached.tokens());
    }
  }

  @Test
  void theReplyEndsWhereTheSentenceDoesAndNothingBehindItIsRemembered() {
    try (GillModel model = FakeModel.builder(p -> " One. Two.").build()) {
      Reply sentence = model.respond(Conversation.of("x"), LONG);
      assertThat(sentence.parts()).containsExactly(new TextPart(" One."));
      assertThat(sentence.tokens()).hasSize(" One.".length());
      Reply line = model.respond(Conversation.of("x"), LONG.toBuilder().textCut(TextCut.LINE).build());
      assertThat(line.text()).isEqualTo("One. Two.");
      assertThat(line.finish()).isEqualTo(Finish.CUT);
    }
    try (GillModel model = FakeModel.builder(p -> " One.\nTwo.").build()) {
      Reply whole = model.respond(Conversation.of("x"), LONG.toBuilder().textCut(TextCut.NONE).build());
      assertThat(whole.text()).isEqualTo("One.\nTwo.");
      assertThat(whole.finish()).isEqualTo(Finish.MAX_TOKENS); // the fake emits line breaks until then
    }
  }

  @Test
  void textAfterAnImageIsKeptAndMarkersAreNeverVisible() {
    try (GillModel model = FakeModel.builder(p -> " Look: [IMG0] and that is all.").build()) {
      Reply reply = model.respond(Conversation.of("x"), LONG);
      assertThat(reply.parts()).hasSize(3);
      assertThat(reply.text()).doesNotContain("IMG");
    }
  }

  @Test
  void theReplyEndsBeforeOneImageTooMany() {
    try (GillModel model = FakeModel.builder(p -> "[IMG0][IMG1][IMG2][IMG3][IMG4][IMG5][IMG6][IMG7][IMG0]").build()) {
      Reply one = model.respond(Conversation.of("x"), LONG);
      assertThat(one.images()).hasSize(1);
      assertThat(one.finish()).isEqualTo(Finish.MAX_IMAGES);
      Reply two = model.respond(Conversation.of("x"), LONG.toBuilder().maxImages(2).build());
      assertThat(two.images()).hasSize(2);
      Reply none = model.respond(Conversation.of("x"), LONG.toBuilder().maxImages(0).build());
      assertThat(none.images()).isEmpty();
    }
  }

  @Test
  void policiesSayWhatIsDone() {
    try (GillModel model = FakeModel.builder(p -> "[IMG0]").build()) {
      assertThat(image(model, ImagePolicy.RETRIEVE).retrieved()).hasSize(3);
      assertThat(image(model, ImagePolicy.RETRIEVE).generated()).isEmpty();
      assertThat(image(model, ImagePolicy.GENERATE).retrieved()).isEmpty();
      ImagePart both = image(model, ImagePolicy.BOTH);
      assertThat(both.retrieved()).hasSize(3);
      assertThat(both.generated()).hasSize(1);
      assertThat(both.decision().probabilities().orElseThrow().generate()).isEqualTo(0.75);
    }
    try (GillModel model = FakeModel.builder(p -> "[IMG0]").decisionModel(FakeModel.decisionModel(0.2)).build()) {
      assertThat(image(model, ImagePolicy.DECIDE).decision().action()).isEqualTo(Action.RETRIEVE);
    }
  }

  private static ImagePart image(GillModel model, ImagePolicy policy) {
    return model.respond(Conversation.of("x"), LONG.toBuilder().imagePolicy(policy).build()).images().get(0);
  }

  @Test
  void imagesOfOneReplyAreNotRepeatedAndUnreadableOnesAreNotCounted() {
    FakeImageRetriever images = new FakeImageRetriever(6);
    String twice = "[IMG0][IMG1][IMG2][IMG3][IMG4][IMG5][IMG6][IMG7] x [IMG0]";
    try (GillModel model = FakeModel.builder(p -> twice)
        .imageRetriever(images)
        .imageSource(uri -> {
          if (uri.equals("fake:1")) {
            throw new java.io.FileNotFoundException(uri);
          }
          return images.fetch(uri);
        })
        .build()) {
      Reply reply = model.respond(Conversation.of("x"),
          LONG.toBuilder().maxImages(2).topK(2).imagePolicy(ImagePolicy.RETRIEVE).build());
      assertThat(reply.images().get(0).retrieved()).extracting(RetrievedImage::id).containsExactly("0", "2");
      assertThat(reply.images().get(1).retrieved()).extracting(RetrievedImage::id).containsExactly("3", "4");
    }
  }

  @Test
  void aCollectionThatCannotBeReadIsGivenUpSoonAndTheReplySaysWhy() {
    AtomicInteger searches = new AtomicInteger();
    AtomicInteger fetches = new AtomicInteger();
    FakeImageRetriever images = new FakeImageRetriever(100_000);
    try (GillModel model = FakeModel.builder(p -> "[IMG0]")
        .imageRetriever((query, k, excluded) -> {
          searches.incrementAndGet();
          return images.search(query, k, excluded);
        })
        .imageSource(uri -> {
          fetches.incrementAndGet();
          throw new java.io.IOException(uri + " is far away\nand lost");
        })
        .build()) {
      ImagePart few = image(model, ImagePolicy.RETRIEVE);
      assertThat(few.image()).isEmpty();
      assertThat(few.problem()).hasValueSatisfying(
          problem -> assertThat(problem).contains("the 50 best matches").endsWith("fake:49 is far away"));
      assertThat(searches.get()).isLessThan(4);
      assertThat(fetches).hasValue(50);

      fetches.set(0);
      model.respond(Conversation.of("x"), LONG.toBuilder().topK(7).imagePolicy(ImagePolicy.RETRIEVE).build());
      assertThat(fetches).hasValue(70);

      ImagePart made = model.respond(Conversation.of("x"), RespondOptions.reference().toBuilder()
          .promptFormat(PromptFormat.questionAnswer()).build()).images().get(0);
      assertThat(made.generated()).hasSize(1);
      assertThat(made.problem().orElseThrow()).contains("the 3 best matches");
    }
    try (GillModel model = FakeModel.builder(p -> "[IMG0]").imageRetriever(new FakeImageRetriever(0)).build()) {
      assertThat(image(model, ImagePolicy.RETRIEVE).problem().orElseThrow()).contains("no image");
      assertThat(image(model, ImagePolicy.GENERATE).problem()).isEmpty();
    }
  }

  @Test
  void aCallCanBeCancelledBetweenRetrievedImages() {
    AtomicInteger fetches = new AtomicInteger();
    try (GillModel model = FakeModel.builder(p -> " Look [IMG0]").imageSource(uri -> {
      fetches.incrementAndGet();
      throw new java.io.FileNotFoundException(uri);
    }).build()) {
      Reply reply = model.respond(Conversation.of("x"), LONG.toBuilder()
          .imagePolicy(ImagePolicy.RETRIEVE).cancelled(() -> fetches.get() == 2).build());
      assertThat(reply.finish()).isEqualTo(Finish.CANCELLED);
      assertThat(reply.parts()).containsExactly(new TextPart(" Look "));
      assertThat(fetches).hasValue(2);
    }
  }

  @Test
  void aModelWithoutAStageSaysSoAndStillAnswers() {
    try (GillModel model = FakeModel.builder(p -> " See [IMG0]")
        .withoutImageRetriever().withoutDecisionModel().build()) {
      assertThat(model.capabilities().retrieves()).isFalse();
      assertThat(model.capabilities().notes()).anyMatch(note -> note.contains("no index"));
      assertThat(image(model, ImagePolicy.DECIDE).decision().action()).isEqualTo(Action.GENERATE);
      assertThatThrownBy(() -> image(model, ImagePolicy.RETRIEVE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no index");
    }
    try (GillModel model = FakeModel.builder(p -> " See [IMG0]")
        .withoutImageGenerator().withoutImageRetriever().build()) {
      ImagePart image = image(model, ImagePolicy.DECIDE);
      assertThat(image.image()).isEmpty();
      assertThat(image.embedding().conditioning().tokens()).hasDimensions(8, 4);
    }
    try (GillModel model = FakeModel.builder(p -> " x").withoutVisionEncoder().build()) {
      assertThatThrownBy(() -> model.respond(Conversation.builder().image(PICTURE).build()))
          .isInstanceOf(GillException.class)
          .hasMessageContaining("no vision encoder");
    }
  }

  @Test
  void halfOfWhatSomethingTakesIsNotedToo() {
    FakeTokenizer tokenizer = new FakeTokenizer();
    GillModel.Builder halves = GillModel.builder()
        .tokenizer(tokenizer)
        .languageModel(new FakeLanguageModel(tokenizer, p -> "[IMG0]"))
        .visionEncoder(new FakeVisionEncoder())
        .imageRetriever(new FakeImageRetriever(3))
        .imageGenerator(new FakeImageGenerator());
    try (GillModel model = halves.build()) {
      assertThat(model.capabilities().notes())
          .anyMatch(note -> note.startsWith("images are not read: there is no visual projection"))
          .anyMatch(note -> note.startsWith("images are not retrieved: there is no query embedder"))
          .anyMatch(note -> note.startsWith("images are not generated: there is no generation mapper"));
      assertThatThrownBy(() -> image(model, ImagePolicy.GENERATE)).hasMessageContaining("no generation mapper");
      assertThatThrownBy(() -> image(model, ImagePolicy.RETRIEVE)).hasMessageContaining("no query embedder");
    }
  }

  @Test
  void theListenerHearsEverythingInOrder() {
    List<String> heard = new ArrayList<>();
    try (GillModel model = FakeModel.builder(p -> " Hi [IMG0]").build()) {
      model.respond(Conversation.of("x"), LONG.toBuilder()
          .diffusion(DiffusionOptions.builder().steps(2).build())
          .listener(new GillListener() {
            @Override
            public void onPrompt(int positions, int reused) {
              heard.add("prompt");
            }

            @Override
            public void onText(String piece) {
              heard.add(piece);
            }

            @Override
            public void onImageWanted(Reply.Decision decision) {
              heard.add(decision.action().toString());
            }

            @Override
            public void onDiffusionStep(int step, int steps) {
              heard.add(step + "/" + steps);
            }

            @Override
            public void onImage(ImagePart image) {
              heard.add("image");
            }

            @Override
            public void onReply(Reply reply) {
              heard.add("reply");
            }
          })
          .build());
    }
    assertThat(String.join("|", heard)).isEqualTo("prompt| |H|i| |GENERATE|1/2|2/2|image|reply");
  }

  @Test
  void aCallCanBeCancelledBetweenTokensAndBetweenDiffusionSteps() {
    AtomicInteger asked = new AtomicInteger();
    RespondOptions options = LONG.toBuilder().listener(new GillListener() {
      @Override
      public void onPrompt(int positions, int reused) {
        asked.set(0);
      }
    }).build();
    try (GillModel model = FakeModel.builder(p -> " Hello there [IMG0]").build()) {
      Reply early = model.respond(Conversation.of("x"),
          options.toBuilder().cancelled(() -> asked.incrementAndGet() > 3).build());
      assertThat(early.finish()).isEqualTo(Finish.CANCELLED);
      assertThat(early.text()).isEqualTo("He");

      Reply late = model.respond(Conversation.of("x"),
          options.toBuilder().cancelled(() -> asked.incrementAndGet() > 20).build());
      assertThat(late.finish()).isEqualTo(Finish.CANCELLED);
      assertThat(late.text()).isEqualTo("Hello there");
      assertThat(late.images()).isEmpty();
    }
  }

  @Test
  void anImageThatIsCancelledIsNeitherHeardOfNorInTheReply() {
    List<String> heard = new ArrayList<>();
    try (GillModel model = FakeModel.builder(p -> "[IMG0]").build()) {
      Reply reply = model.respond(Conversation.of("x"), LONG.toBuilder()
          .imagePolicy(ImagePolicy.GENERATE)
          .listener(new GillListener() {
            @Override
            public void onImageWanted(Reply.Decision decision) {
              heard.add("wanted");
            }

            @Override
            public void onDiffusionStep(int step, int steps) {
              heard.add("step");
            }

            @Override
            public void onImage(ImagePart image) {
              heard.add("image");
            }

            @Override
            public void onReply(Reply reply) {
              heard.add("reply");
            }
          })
          .cancelled(() -> heard.contains("step"))
          .build());
      assertThat(heard).containsExactly("wanted", "step", "reply");
      assertThat(reply.finish()).isEqualTo(Finish.CANCELLED);
      assertThat(reply.images()).isEmpty();
    }
  }

  @Test
  void theSameSeedGivesTheSameReply() {
    try (GillModel model = FakeModel.builder(p -> "[IMG0]").build()) {
      RespondOptions options = LONG.toBuilder().seed(5).imagePolicy(ImagePolicy.GENERATE).build();
      int first = colour(model, options);
      assertThat(colour(model, options)).isEqualTo(first);
      assertThat(colour(model, options.toBuilder().seed(6).build())).isNotEqualTo(first);
    }
  }

  private static int colour(GillModel model, RespondOptions options) {
    return model.respond(Conversation.of("x"), options).images().get(0).image().orElseThrow().getRGB(0, 0);
  }

  @Test
  void theContextNeverRunsPastTheModelsPositions() {
    FakeTokenizer tokenizer = new FakeTokenizer();
    FakeLanguageModel small = new FakeLanguageModel(tokenizer, p -> " " + "word ".repeat(20), 40);
    try (GillModel model = FakeModel.builder(p -> "").tokenizer(tokenizer).languageModel(small).build()) {
      Reply reply = model.respond(Conversation.of("hello"), LONG);
      assertThat(reply.finish()).isEqualTo(Finish.CONTEXT_FULL);
      assertThat(reply.text()).startsWith("word word");
      assertThatThrownBy(() -> model.respond(Conversation.of("far too long a question for this model")))
          .isInstanceOf(GillException.class)
          .hasMessageContaining("has 40");
    }
    FakeLanguageModel tight = new FakeLanguageModel(tokenizer, p -> "[IMG0]", 12);
    try (GillModel model = FakeModel.builder(p -> "").tokenizer(tokenizer).languageModel(tight).build()) {
      assertThat(model.respond(Conversation.of("x"), LONG).finish()).isEqualTo(Finish.CONTEXT_FULL);
    }
  }

  @Test
  void candidateAnswersAreScoredAgainstOneReadingOfTheConversation() {
    try (GillModel model = FakeModel.builder(p -> " yes").build()) {
      List<GillModel.AnswerScore> scores =
          model.scoreAnswers(Conversation.of("Is it?"), List.of("no", "yes"), PromptFormat.questionAnswer());
      assertThat(scores.get(1).logProbability()).isGreaterThan(scores.get(0).logProbability());
      assertThat(scores.get(1).mean()).isCloseTo(0, org.assertj.core.data.Offset.offset(1e-3));
      assertThat(model.logLikelihood(Conversation.of("Q: Is it?\nA: yes"))).isNegative();
      assertThatThrownBy(() -> model.logLikelihood(Conversation.builder().image(PICTURE).build()))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void optionsAndRepliesCompareByValueAndShowPicturesBySize() {
    RespondOptions options = RespondOptions.builder().seed(7).imagePolicy(ImagePolicy.GENERATE)
        .diffusion(DiffusionOptions.builder().startImage(PICTURE).build()).build();
    assertThat(options).isEqualTo(options.toBuilder().build()).hasSameHashCodeAs(options.toBuilder().build())
        .isNotEqualTo(options.toBuilder().seed(8).build())
        .asString().contains("seed=7", "startImage=" + PICTURE.getWidth() + "×" + PICTURE.getHeight());
    try (GillModel model = FakeModel.builder(p -> " Hi [IMG0]").build()) {
      Reply reply = model.respond(Conversation.of("x"), options);
      assertThat(reply).asString().contains("image=64×64", "tokens=(").doesNotContain("BufferedImage", "[[F");
      assertThat(reply.images().get(0).embedding())
          .isEqualTo(model.respond(Conversation.of("x"), options).images().get(0).embedding());
    }
  }

  @Test
  void imagesStartFromAPictureOfTheConversation() {
    List<BufferedImage> starts = new ArrayList<>();
    ImageGenerator watched = watching(options -> options.startImage().ifPresent(starts::add));
    BufferedImage second = new BufferedImage(3, 3, BufferedImage.TYPE_INT_RGB);
    Conversation shown = Conversation.builder().image(PICTURE).image(second).text("x").build();
    RespondOptions options = RespondOptions.builder().imagePolicy(ImagePolicy.GENERATE).build();
    try (GillModel model = FakeModel.builder(p -> " Hi [IMG0]").imageGenerator(watched).build()) {
      model.respond(shown, options);
      assertThat(starts).isEmpty();
      model.respond(shown, options.toBuilder().startImage(-1).build());
      model.respond(shown, options.toBuilder().startImage(0).build());
      assertThat(starts).containsExactly(second, second, PICTURE, PICTURE); // checked, then generated
      assertThatThrownBy(() -> model.respond(shown, options.toBuilder().startImage(-3).build()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("startImage is -3, but the conversation shows 2 pictures");
    }
  }

  /** A fake generator that shows the options it is asked about. */
  private static ImageGenerator watching(Consumer<DiffusionOptions> watcher) {
    FakeImageGenerator fake = new FakeImageGenerator();
    return new ImageGenerator() {
      @Override
      public int conditioningSize() {
        return fake.conditioningSize();
      }

      @Override
      public void check(DiffusionOptions options) {
        watcher.accept(options);
      }

      @Override
      public Noise noise(long seed) {
        return fake.noise(seed);
      }

      @Override
      public List<BufferedImage> generate(
          Conditioning conditioning, int count, DiffusionOptions options, Noise noise, StepListener listener) {
        watcher.accept(options);
        return fake.generate(conditioning, count, options, noise, listener);
      }
    };
  }

  @Test
  void optionsThatTheGeneratorRefusesAreRefusedBeforeTheFirstToken() {
    ImageGenerator strict = watching(options -> {
      if (options.eta() > 0) {
        throw new IllegalArgumentException("no eta here");
      }
    });
    List<String> heard = new ArrayList<>();
    RespondOptions options = LONG.toBuilder().diffusion(DiffusionOptions.builder().eta(0.5).build())
        .listener(new GillListener() {
          @Override
          public void onPrompt(int positions, int reused) {
            heard.add("prompt");
          }
        }).build();
    try (GillModel model = FakeModel.builder(p -> " Hi [IMG0]").imageGenerator(strict).build()) {
      assertThatThrownBy(() -> model.respond(Conversation.of("x"), options)).hasMessage("no eta here");
      assertThat(heard).isEmpty();
      // If nothing can be generated, the decision model is not asked.
      model.respond(Conversation.of("x"), options.toBuilder().imagePolicy(ImagePolicy.RETRIEVE).build());
      model.respond(Conversation.of("x"), options.toBuilder().maxImages(0).build());
      assertThat(heard).hasSize(2);
    }
  }

  @Test
  void nothingToScoreIsRefused() {
    Conversation image = Conversation.builder().image(PICTURE).build();
    try (GillModel model = FakeModel.builder(p -> " yes").build()) {
      assertThatThrownBy(() -> model.scoreAnswers(image, List.of(), PromptFormat.plain()))
          .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("no answers");
      assertThatThrownBy(() -> model.scoreAnswers(image, List.of("yes", ""), PromptFormat.plain()))
          .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("answer 1 is empty");
      assertThat(model.scoreAnswers(image, List.of("yes"), PromptFormat.plain()).get(0).tokens()).isEqualTo(5);
    }
  }

  @Test
  void badArgumentsAreNamed() {
    try (GillModel model = FakeModel.builder(p -> "x").build()) {
      assertThatThrownBy(() -> model.respond(Conversation.builder().build()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("empty");
    }
    assertThatThrownBy(() -> new Conversation.Turn(Conversation.Role.USER, List.of()))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("the turn is empty");
    assertThatThrownBy(() -> Sampler.nucleus(0, 0.9)).hasMessageContaining("topP");
    assertThatThrownBy(() -> RespondOptions.builder().maxTokens(0)).hasMessageContaining("maxTokens");
    assertThatThrownBy(() -> DiffusionOptions.builder().steps(0).build()).hasMessageContaining("steps");
    assertThatThrownBy(() -> Device.parse("tpu")).hasMessageContaining("tpu");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 5000, 258, 260}) // 258 is [IMG0]
  void aSamplerThatChoosesAForbiddenTokenIsRefused(int token) {
    StringBuilder heard = new StringBuilder();
    RespondOptions options = LONG.toBuilder().minWordTokens(2).sampler((logits, random) -> {
      logits[260] = 0;
      return token;
    }).listener(new GillListener() {
      @Override
      public void onText(String piece) {
        heard.append(piece);
      }
    }).build();
    try (GillModel model = FakeModel.builder(p -> " Hi").build()) {
      assertThatThrownBy(() -> model.respond(Conversation.of("x"), options))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("sampler").hasMessageContaining(Integer.toString(token));
      assertThat(heard).isEmpty();
      Reply image = model.respond(
          Conversation.of("x"), options.toBuilder().minWordTokens(0).sampler((logits, random) -> 258).build());
      assertThat(image.images()).hasSize(1);
    }
  }

  @Test
  void aClosedModelSaysSoAndClosesItsStagesOnce() {
    AtomicInteger closed = new AtomicInteger();
    FakeTokenizer tokenizer = new FakeTokenizer();
    GillModel model = FakeModel.builder(p -> "x")
        .tokenizer(tokenizer)
        .visionEncoder(new io.gill.stage.VisionEncoder() {
          @Override
          public float[][] encode(List<BufferedImage> images) {
            return new float[images.size()][5];
          }

          @Override
          public void close() {
            closed.incrementAndGet();
          }
        })
        .imageGenerator(new FakeImageGenerator())
        .build();
    model.close();
    model.close();
    assertThat(closed).hasValue(1);
    assertThatThrownBy(() -> model.respond(Conversation.of("x")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void aListenerCannotCloseTheModel() {
    AtomicInteger closed = new AtomicInteger();
    GillModel model = FakeModel.builder(p -> " Hi [IMG0]").imageRetriever(new ImageRetriever() {
      @Override
      public List<Hit> search(float[] query, int k, Set<String> excluded) {
        return List.of();
      }

      @Override
      public void close() {
        closed.incrementAndGet();
      }
    }).build();
    List<String> refusals = new ArrayList<>();
    GillListener closing = new GillListener() {
      @Override
      public void onText(String piece) {
        close();
      }

      @Override
      public void onDiffusionStep(int step, int steps) {
        close();
      }

      private void close() {
        try {
          model.close();
        } catch (IllegalStateException e) {
          refusals.add(String.valueOf(e.getMessage()));
        }
      }
    };
    Reply reply = model.respond(Conversation.of("x"), LONG.toBuilder()
        .diffusion(DiffusionOptions.builder().steps(2).build()).listener(closing).build());
    assertThat(reply.images()).hasSize(1);
    assertThat(refusals).hasSize(" Hi ".length() + 2).allMatch(message -> message.contains("has returned"));
    assertThat(closed).hasValue(0);
    model.close();
    assertThat(closed).hasValue(1);
  }

  @Test
  void nativeLibrariesAreOnTheClassPathOnlyWhereTheBuildPutsThem() {
    boolean torch;
    try {
      Class.forName("org.bytedeco.pytorch.Tensor", false, getClass().getClassLoader());
      torch = true;
    } catch (ClassNotFoundException e) {
      torch = false;
    }
    assertThat(torch).isEqualTo(!Boolean.getBoolean("gill.noNatives"));
  }
}
