package io.gill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Reply.Finish;
import io.gill.RespondOptions.ImagePolicy;
import io.gill.stage.Tokenizer;
import io.gill.testing.FakeImageRetriever;
import io.gill.testing.FakeLanguageModel;
import io.gill.testing.FakeModel;
import io.gill.testing.FakeTokenizer;
import io.gill.testing.FakeVisionEncoder;
import java.awt.image.BufferedImage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests how much of a prompt is processed if it is cancelled or too long. */
class PromptReadingTest {
  private static final RespondOptions LONG = RespondOptions.builder().maxTokens(200).build();

  private static final BufferedImage PICTURE = new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB);

  private final FakeTokenizer fake = new FakeTokenizer();
  private final WatchedLanguageModel language =
      new WatchedLanguageModel(new FakeLanguageModel(fake, p -> " Here you are [IMG0]"));
  private final List<Integer> tokenized = new ArrayList<>();
  private final List<Integer> encoded = new ArrayList<>();
  private final List<String> heard = new ArrayList<>();
  private final FakeImageRetriever collection = new FakeImageRetriever(10);
  private final GillModel model = FakeModel.builder(p -> "")
      .tokenizer(counting(fake))
      .languageModel(language)
      .visionEncoder(images -> {
        encoded.add(images.size());
        return new FakeVisionEncoder().encode(images);
      })
      .imageSource(uri -> {
        heard.add("fetch");
        return collection.fetch(uri);
      })
      .build();

  @AfterEach
  void close() {
    model.close();
  }

  private Tokenizer counting(Tokenizer tokenizer) {
    return new Tokenizer() {
      @Override
      public int[] encode(String text, boolean addBos) {
        tokenized.add(text.length());
        return tokenizer.encode(text, addBos);
      }

      @Override
      public int longestToken() {
        return tokenizer.longestToken();
      }

      @Override
      public String decode(int[] ids, boolean skipSpecialTokens) {
        return tokenizer.decode(ids, skipSpecialTokens);
      }

      @Override
      public int bosId() {
        return tokenizer.bosId();
      }

      @Override
      public int eosId() {
        return tokenizer.eosId();
      }

      @Override
      public int padId() {
        return tokenizer.padId();
      }

      @Override
      public int[] imageTokenIds() {
        return tokenizer.imageTokenIds();
      }

      @Override
      public int newlineId() {
        return tokenizer.newlineId();
      }

      @Override
      public int vocabularySize() {
        return tokenizer.vocabularySize();
      }
    };
  }

  private GillListener listener() {
    return new GillListener() {
      @Override
      public void onPrompt(int positions, int reused) {
        heard.add("prompt " + positions + " " + reused);
      }

      @Override
      public void onText(String piece) {
        heard.add("text");
      }

      @Override
      public void onDiffusionStep(int step, int steps) {
        heard.add("step");
      }

      @Override
      public void onReply(Reply reply) {
        heard.add("reply");
      }
    };
  }

  private static List<Conversation.Content> images(int count, String text) {
    return Stream.<Conversation.Content>concat(
        Stream.generate(() -> new Conversation.Image(new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB))).limit(count),
        Stream.of(new Conversation.Text(text))).toList();
  }

  private static List<Conversation.Content> text(String text) {
    return List.of(new Conversation.Text(text));
  }

  @Test
  void whatIsCancelledBeforeIsNotBegun() {
    try (Session session = model.session()) {
      Reply reply = session.respond(
          images(100, "x"), LONG.toBuilder().listener(listener()).cancelled(() -> true).build());
      assertThat(reply).isEqualTo(new Reply(List.of(), List.of(), Finish.CANCELLED));
      assertThat(heard).containsExactly("reply");
      assertThat(tokenized).isEmpty();
      assertThat(encoded).isEmpty();
      assertThat(language.read).isEmpty();
      assertThat(session.conversation().turns()).isEmpty();
    }
  }

  @Test
  void imagesAreEncodedInBatchesBetweenWhichACallCanBeCancelled() {
    List<Conversation.Content> turn = images(20, "x");
    try (Session session = model.session()) {
      Reply reply = session.respond(turn, LONG.toBuilder().cancelled(() -> !encoded.isEmpty()).build());
      assertThat(reply.finish()).isEqualTo(Finish.CANCELLED);
      assertThat(encoded).containsExactly(8);
      assertThat(language.read).isEmpty();
      assertThat(session.conversation().turns()).isEmpty();

      Reply again = session.respond(turn, LONG);
      assertThat(encoded).startsWith(8, 8, 4);
      Conversation.Builder whole = Conversation.builder();
      turn.forEach(content -> {
        if (content instanceof Conversation.Image image) {
          whole.image(image.image());
        } else {
          whole.text("x");
        }
      });
      assertThat(again.tokens()).isNotEmpty().isEqualTo(model.respond(whole.build(), LONG).tokens());
    }
  }

  @Test
  void aLongPromptIsReadInPiecesBetweenWhichACallCanBeCancelled() {
    List<Conversation.Content> turn = text("x".repeat(1000));
    int positions = "</s>Q: \nA:".length() - 3 + 1000;
    try (Session session = model.session()) {
      Reply reply = session.respond(turn, LONG.toBuilder().cancelled(() -> language.read.size() == 2).build());
      assertThat(reply.finish()).isEqualTo(Finish.CANCELLED);
      assertThat(reply.parts()).isEmpty();
      assertThat(language.read).containsExactly(256, 256);
      assertThat(session.conversation().turns()).isEmpty();

      Reply again = session.respond(turn, LONG.toBuilder().listener(listener()).build());
      assertThat(heard).startsWith("prompt " + positions + " 512");
      Reply alone = model.respond(Conversation.of("x".repeat(1000)), LONG);
      assertThat(again.tokens()).isNotEmpty().isEqualTo(alone.tokens());
    }
  }

  @Test
  void aCancelledReplyThatHasBegunIsPartOfTheConversation() {
    try (Session session = model.session()) {
      Reply reply = session.respond(
          text("x"), LONG.toBuilder().listener(listener()).cancelled(() -> heard.contains("text")).build());
      assertThat(reply.finish()).isEqualTo(Finish.CANCELLED);
      assertThat(reply.parts()).hasSize(1);
      assertThat(session.conversation().turns()).hasSize(2);
    }
  }

  @Test
  void anInterruptedThreadCountsAsCancelledAndStaysInterrupted() {
    try (Session session = model.session()) {
      Thread.currentThread().interrupt();
      Reply before = session.respond(images(10, "x"), LONG);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(before.finish()).isEqualTo(Finish.CANCELLED);
      assertThat(encoded).isEmpty();

      for (String place : List.of("prompt", "text", "step")) {
        heard.clear();
        Reply reply = model.respond(Conversation.of("x"), interruptedAt(place, ImagePolicy.GENERATE));
        assertThat(Thread.interrupted()).as(place).isTrue();
        assertThat(reply.finish()).as(place).isEqualTo(Finish.CANCELLED);
        assertThat(Collections.frequency(heard, place)).isEqualTo(1);
      }
    }
    language.afterReading = () -> Thread.currentThread().interrupt();
    assertThatThrownBy(() -> model.logLikelihood(Conversation.of("x".repeat(1000))))
        .isInstanceOf(CancellationException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThatThrownBy(() -> model.scoreAnswers(Conversation.of("x"), List.of("a", "b"), PromptFormat.plain()))
        .isInstanceOf(CancellationException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  /** A long text is read and scored in several pieces; the first sets the flag. */
  @Test
  void embeddingsAndScoresEndWithinAPieceWhenTheirOptionsSaySo() {
    AtomicBoolean cancelled = new AtomicBoolean();
    language.afterReading = () -> cancelled.set(true);
    RespondOptions options = LONG.toBuilder().cancelled(cancelled::get).build();
    String text = "x".repeat(1000);
    List<ThrowingCallable> calls = List.of(
        () -> model.embed(text, options),
        () -> model.logLikelihood(Conversation.of(text), options),
        () -> model.scoreAnswers(Conversation.of("x"), List.of("a", "b"), options));
    for (ThrowingCallable call : calls) {
      cancelled.set(false);
      language.read.clear();
      assertThatThrownBy(call).isInstanceOf(CancellationException.class);
      assertThat(language.read).hasSize(1);
    }
    assertThatThrownBy(() -> model.embed(PICTURE, options)).isInstanceOf(CancellationException.class);
    assertThat(encoded).isEmpty();
  }

  @Test
  void embeddingsAndScoresEndWhenTheirTimeHasPassed() {
    RespondOptions hurried = LONG.toBuilder().timeout(Duration.ofNanos(1)).build();
    for (ThrowingCallable call : List.<ThrowingCallable>of(
        () -> model.embed("x", hurried),
        () -> model.embed(PICTURE, hurried),
        () -> model.logLikelihood(Conversation.of("x"), hurried),
        () -> model.scoreAnswers(Conversation.of("x"), List.of("a"), hurried))) {
      assertThatThrownBy(call).isInstanceOf(CancellationException.class);
    }
    assertThat(language.read).isEmpty();
    assertThat(encoded).isEmpty();
  }

  @Test
  void scoresUseTheMarkersAndTheFormatOfTheirOptions() {
    Conversation sequence = Conversation.of("a [IMG0]");
    assertThat(model.logLikelihood(sequence, LONG.toBuilder().markersInText(true).build()))
        .isEqualTo(model.logLikelihood(sequence, true));
    assertThat(model.logLikelihood(sequence, LONG)).isEqualTo(model.logLikelihood(sequence, false));
    language.read.clear();
    model.scoreAnswers(Conversation.of("x"), List.of("a"), LONG.toBuilder().promptFormat(PromptFormat.plain()).build());
    List<Integer> plain = List.copyOf(language.read);
    language.read.clear();
    model.scoreAnswers(Conversation.of("x"), List.of("a"), PromptFormat.plain());
    assertThat(language.read).isEqualTo(plain);
  }

  private RespondOptions interruptedAt(String place, ImagePolicy policy) {
    GillListener listener = listener();
    return LONG.toBuilder().imagePolicy(policy).listener(new GillListener() {
      @Override
      public void onPrompt(int positions, int reused) {
        heard.add("prompt");
        interrupt();
      }

      @Override
      public void onText(String piece) {
        listener.onText(piece);
        interrupt();
      }

      @Override
      public void onDiffusionStep(int step, int steps) {
        listener.onDiffusionStep(step, steps);
        interrupt();
      }

      private void interrupt() {
        if (heard.get(heard.size() - 1).equals(place)) {
          Thread.currentThread().interrupt();
        }
      }
    }).build();
  }

  @Test
  void aSearchOrAFetchThatFailsBecauseOfAnInterruptIsCancelledToo() {
    RespondOptions retrieve = LONG.toBuilder().imagePolicy(ImagePolicy.BOTH).build();
    try (GillModel fetching = FakeModel.builder(p -> "[IMG0]").imageRetriever(new FakeImageRetriever(1))
        .imageSource(uri -> {
          Thread.currentThread().interrupt();
          throw new java.io.InterruptedIOException("interrupted");
        }).build()) {
      assertThat(fetching.respond(Conversation.of("x"), retrieve).finish()).isEqualTo(Finish.CANCELLED);
      assertThat(Thread.interrupted()).isTrue();
    }
    try (GillModel searching = FakeModel.builder(p -> "[IMG0]").imageRetriever((query, k, excluded) -> {
      Thread.currentThread().interrupt();
      throw new GillException("interrupted");
    }).build()) {
      assertThat(searching.respond(Conversation.of("x"), retrieve).finish()).isEqualTo(Finish.CANCELLED);
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void aPromptThatIsTooLongIsRefusedBeforeItIsWorkedOn() {
    try (Session session = model.session()) {
      assertThatThrownBy(() -> session.respond(images(1100, "x"), LONG)).isInstanceOf(GillException.class)
          .hasMessageContaining("takes 2200 positions").hasMessageContaining("has 2048");
      assertThat(tokenized).isEmpty();

      assertThatThrownBy(() -> session.respond(text("x".repeat(16_000_000)), LONG)).isInstanceOf(GillException.class)
          .hasMessageContaining("takes at least 16000006 positions").hasMessageContaining("has 2048");
      assertThat(tokenized).isEmpty();

      List<Conversation.Content> many = Collections.nCopies(1000, new Conversation.Text("five "));
      assertThatThrownBy(() -> session.respond(many, LONG.toBuilder().promptFormat(PromptFormat.plain()).build()))
          .isInstanceOf(GillException.class).hasMessageContaining("has 2048");
      assertThat(tokenized).hasSizeLessThan(500);

      assertThat(encoded).isEmpty();
      assertThat(language.read).isEmpty();
      assertThat(session.conversation().turns()).isEmpty();
      assertThat(session.respond(text("x"), LONG).images()).hasSize(1);
    }
    assertThatThrownBy(() -> model.logLikelihood(Conversation.of("x".repeat(16_000_000))))
        .isInstanceOf(GillException.class).hasMessageContaining("takes at least 16000000 positions");
  }
}
