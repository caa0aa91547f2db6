package io.gill.examples.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Conversation;
import io.gill.Device;
import io.gill.DiffusionOptions;
import io.gill.GillException;
import io.gill.GillModel;
import io.gill.LoadOptions;
import io.gill.Precision;
import io.gill.Reply;
import io.gill.RespondOptions;
import io.gill.Session;
import io.gill.diffusion.StableDiffusion;
import io.gill.examples.FewStepGenerator;
import io.gill.examples.claim.MappedRequests.Request;
import io.gill.examples.world.Answers;
import io.gill.examples.world.SceneScore.Count;
import io.gill.examples.world.TestTalkReader;
import io.gill.smallworld.SmallWorld;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bundled model is as good as documented, measured on fewer held-out scenes than {@link Claim} uses. */
class BundledModelTest {
  private static final Path DIRECTORY = SmallWorld.directory();

  private static GillModel model;
  private static StableDiffusion distilled;
  private static Measurements measurements;

  /** Four steps show a few points fewer attributes than fifty, in a fourteenth of the time. */
  @BeforeAll
  static void load() {
    distilled = FewStepGenerator.load(DIRECTORY, Device.CPU, Precision.FLOAT32);
    model = GillModel.builder().directory(DIRECTORY, LoadOptions.builder().generation(false).build())
        .imageGenerator(distilled).build();
    measurements = new Measurements(model, distilled, FewStepGenerator.options(), 7);
  }

  @AfterAll
  static void close() {
    model.close();
    distilled.close();
  }

  @Test
  void picturesOfASingleRequestAreRight() {
    Measurements.Pictures pictures = measurements.pictures(1, 15, 1);
    assertThat(pictures.gill().accuracy()).isGreaterThan(0.85);
    assertThat(pictures.caption().accuracy()).isGreaterThan(0.9);
  }

  /** The paper's claim: earlier turns help GILL but not a generator that reads the last turn or all the text. */
  @Test
  void contextHelps() {
    Measurements.Pictures pictures = measurements.pictures(5, 15, 1);
    assertThat(pictures.gill().accuracy()).isGreaterThan(pictures.allText().accuracy() + 0.15)
        .isGreaterThan(pictures.lastTurn().accuracy() + 0.3);
  }

  @Test
  void fewStepsAndSharedFeaturesShowWhatIsAskedFor() {
    List<Request> requests;
    try (MappedRequests mapped = MappedRequests.load(DIRECTORY)) {
      requests = FewSteps.requests(mapped, 7, 12);
    }
    try (StableDiffusion generator =
        StableDiffusion.load(DIRECTORY.resolve("sd"), Device.CPU, Precision.FLOAT32)) {
      DiffusionOptions shared = DiffusionOptions.builder().guidanceScale(3).deepCache(5).build();
      List<FewSteps.Row> rows = FewSteps.measure(requests, List.of(
          new FewSteps.Setting("DeepCache", generator, shared),
          new FewSteps.Setting("LCM", distilled, FewStepGenerator.options())));
      assertThat(rows).allMatch(row -> row.score().accuracy() > 0.85);
    }
  }

  @Test
  void aReplyHasAllPicturesThatAreWanted() {
    RespondOptions few = model.defaults().toBuilder().diffusion(FewStepGenerator.options()).build();
    Talks talks = new Talks(model, distilled, few, 7);
    TalkScores scores = new TalkScores();
    TestTalkReader.severalPictures().forEach(talk -> scores.add(talks.play(talk)));
    Count several = scores.several();
    assertThat(several.right()).as(several.toString()).isGreaterThan(several.total() * 8 / 10);
  }

  @Test
  void picturesAreFoundByWhatIsSaid() {
    assertThat(measurements.retrieval(100, 1, 5).get(1)).isGreaterThan(0.85);
  }

  @Test
  void questionsAreAnsweredAndPicturesDescribed() {
    assertThat(measurements.questions(60)).isGreaterThan(0.9);
    assertThat(measurements.descriptions(40).accuracy()).isGreaterThan(0.9);
  }

  /** None of these texts is training's. */
  @ParameterizedTest
  @ValueSource(strings = {
      "Quelle est la capitale de la Pologne ?", "<table><tr><td>1</td></tr></table>", "what is your favourite song?",
      "how do volcanoes work?", "{\"model\": \"x\", \"n\": 2}"})
  void whatHasNothingToDoWithPicturesIsRefused(String words) {
    requireRefusal(Conversation.of(words));
  }

  @Test
  void textsThatAreEmptyOrTooLongAreErrorsAfterWhichAConversationGoesOn() {
    try (Session session = model.session()) {
      for (String words : List.of("", "a thousand words ".repeat(334), "x".repeat(100_000))) {
        assertThatThrownBy(() -> session.respond(words))
            .isInstanceOfAny(IllegalArgumentException.class, GillException.class);
      }
      assertThat(session.respond("hello").text().strip()).isEqualTo(Answers.SmallTalk.HELLO.text());
    }
  }

  private static void requireRefusal(Conversation conversation) {
    Reply reply = model.respond(conversation);
    assertThat(reply.images()).isEmpty();
    assertThat(Answers.isRefusal(reply.text())).as(reply.text()).isTrue();
  }
}
