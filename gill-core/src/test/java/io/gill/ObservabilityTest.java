package io.gill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.testing.FakeModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Java Flight Recorder and listeners learn of a reply beside the reply. */
class ObservabilityTest {
  @TempDir Path folder;

  @Test
  void flightRecorderSeesTheStagesAndNoText() throws Exception {
    Path file = folder.resolve("reply.jfr");
    try (Recording recording = new Recording(); GillModel model = FakeModel.saying("Here. [IMG0]").build()) {
      recording.enable(StageEvent.NAME).withoutThreshold();
      recording.start();
      model.respond(Conversation.of("a secret"), RespondOptions.defaults());
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> events = RecordingFile.readAllEvents(file);
    assertThat(events).extracting(event -> event.getString("stage"))
        .contains("waiting", "prompt", "text").containsAnyOf("generation", "retrieval");
    assertThat(events).allSatisfy(event -> assertThat(event.toString()).doesNotContain("secret"));
  }

  @Test
  void aListenerHearsOfAFailureInPlaceOfAReply() {
    List<String> heard = new ArrayList<>();
    GillListener listener = new GillListener() {
      @Override
      public void onReply(Reply reply) {
        heard.add("reply");
      }

      @Override
      public void onFailure(Throwable failure) {
        heard.add(String.valueOf(failure.getMessage()));
        throw new IllegalStateException("a listener that throws");
      }
    };
    try (GillModel model = FakeModel.builder(prompt -> {
      throw new GillException("the stage is tired");
    }).addListener(listener).build()) {
      assertThatThrownBy(() -> model.respond("Hello")).isInstanceOf(GillException.class)
          .hasMessageContaining("the stage is tired")
          .satisfies(failure -> assertThat(failure.getSuppressed()).hasSize(1));
    }
    assertThat(heard).singleElement().asString().contains("the stage is tired");
  }

  @Test
  void reportsTheFailureToAllListenersOfACall() {
    List<String> heard = new ArrayList<>();
    GillListener measures = new GillListener() {
      @Override
      public void onRequest(Conversation conversation, RespondOptions options) {
        heard.add("request");
      }

      @Override
      public void onFailure(Throwable failure) {
        heard.add("failure");
        throw new IllegalStateException("it throws there, too");
      }
    };
    GillListener throwing = new GillListener() {
      @Override
      public void onRequest(Conversation conversation, RespondOptions options) {
        throw new IllegalArgumentException("not this one");
      }

      @Override
      public void onFailure(Throwable failure) {
        heard.add(String.valueOf(failure.getMessage()));
      }
    };
    try (GillModel model = FakeModel.builder(prompt -> "Hi").addListener(measures).addListener(throwing).build()) {
      assertThatThrownBy(() -> model.respond("Hello")).isInstanceOf(IllegalArgumentException.class)
          .hasMessage("not this one").satisfies(failure -> assertThat(failure.getSuppressed()).hasSize(1));
    }
    assertThat(heard).containsExactly("request", "failure", "not this one");
    heard.clear();
    try (GillModel model = FakeModel.builder(prompt -> "Hi").addListener(throwing).addListener(measures).build()) {
      assertThatThrownBy(() -> model.respond("Hello")).hasMessage("not this one");
    }
    assertThat(heard).containsExactly("request", "not this one", "failure");
  }
}
