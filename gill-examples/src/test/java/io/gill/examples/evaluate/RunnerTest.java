package io.gill.examples.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import io.gill.RespondOptions.TextCut;
import io.gill.evaluation.Interval;
import io.gill.examples.evaluate.Item.AnyPicture;
import io.gill.examples.evaluate.Item.AnyText;
import io.gill.examples.evaluate.Item.Shown;
import io.gill.testing.FakeModel;
import java.awt.image.BufferedImage;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunnerTest {
  private static final List<Item> ITEMS =
      IntStream.range(0, 30).mapToObj(i -> item(Integer.toString(i), Integer.toString(i / 3))).toList();

  @TempDir Path folder;

  private static Item item(String id, String group) {
    return new Item(id, group, "", List::of,
        id.endsWith("9") ? new AnyPicture("pictures/" + id + ".png", PublishedScript.GILL, "")
            : new AnyText(TextCut.SENTENCE),
        new Shown("", "", Optional::empty));
  }

  private static Answer answer(Item item) {
    return item.request() instanceof AnyPicture
        ? new Answer("", new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB)) : new Answer("answer " + item.id(), null);
  }

  @Test
  void aKilledRunResumesToTheSameResults() {
    Runner.Finished uninterrupted = run(folder.resolve("whole"), RunnerTest::answer, 1);
    assertThat(uninterrupted.outcomes().keySet()).containsExactlyElementsOf(ITEMS.stream().map(Item::id).toList());
    List<String> asked = Collections.synchronizedList(new ArrayList<>());
    AtomicInteger left = new AtomicInteger();
    Function<Item, Answer> dying = item -> {
      if (left.getAndDecrement() <= 0) {
        throw new IllegalStateException("killed");
      }
      asked.add(item.id());
      return answer(item);
    };
    for (int kill = 0; kill < 4; kill++) {
      left.set(7);
      assertThatThrownBy(() -> run(folder.resolve("killed"), dying, 3)).hasMessage("killed");
    }
    left.set(Integer.MAX_VALUE);
    assertThat(run(folder.resolve("killed"), dying, 3)).isEqualTo(uninterrupted);
    assertThat(asked).doesNotHaveDuplicates().hasSize(ITEMS.size());
    assertThat(folder.resolve("killed/pictures/29.png")).hasSameBinaryContentAs(
        folder.resolve("whole/pictures/29.png"));
  }

  @Test
  void itemsThatCannotBeReadAreListedAndTriedAgain() {
    Runner.Finished finished = run(folder, item -> {
      if (item.id().startsWith("2")) {
        throw new GillException("no picture of " + item.id());
      }
      return answer(item);
    }, 2);
    assertThat(finished.skipped()).hasSize(11).containsEntry("20", "no picture of 20");
    assertThat(finished.outcomes()).hasSize(19).doesNotContainKey("2");
    assertThat(run(folder, RunnerTest::answer, 2).outcomes()).hasSize(30);
  }

  @Test
  void itemsThatTheModelDoesNotAcceptAreSkipped() {
    Runner.Finished finished = run(folder, item -> {
      if (item.id().equals("7")) {
        throw new IllegalArgumentException("a text is blank");
      }
      return answer(item);
    }, 2);
    assertThat(finished.skipped()).containsExactly(Map.entry("7", "a text is blank"));
    assertThat(finished.outcomes()).hasSize(29);
  }

  @Test
  void aPictureThatCannotBeWrittenEndsTheRun() throws Exception {
    Files.writeString(folder.resolve("pictures"), "a file where a folder is needed");
    assertThatThrownBy(() -> run(folder, RunnerTest::answer, 2)).isInstanceOf(GillException.class)
        .hasMessageContaining("could not be written");
  }

  @Test
  void aWorkerAnswersSeveralItemsAtATimeInOrder() {
    CyclicBarrier together = new CyclicBarrier(2);
    try (ItemWorker worker = new ItemWorker(ITEMS, FakeModel.saying("").build(), item -> {
      try {
        together.await(1, TimeUnit.MINUTES); // passes only with another item
      } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
        throw new IllegalStateException(e);
      }
      if (item.id().equals("2")) {
        throw new GillException("no picture of 2");
      }
      return answer(item);
    }, 2)) {
      assertThat(worker.answer(List.of("4", "3", "2", "1"))).extracting(Answered::id, Answered::text, Answered::problem)
          .containsExactly(Tuple.tuple("4", "answer 4", null), Tuple.tuple("3", "answer 3", null),
              Tuple.tuple("2", "", "no picture of 2"), Tuple.tuple("1", "answer 1", null));
      assertThatThrownBy(() -> worker.answer(List.of("none")))
          .hasMessage("this process has other data: there is no item none");
    }
  }

  @Test
  void progressEstimatesTheTimeLeft() {
    StringWriter said = new StringWriter();
    AtomicLong clock = new AtomicLong();
    EvaluationProgress progress = new EvaluationProgress(new PrintWriter(said), clock::get);
    progress.start(10, 100);
    progress.skipped("a\u0007", "no\npicture");
    clock.set(20_000_000_000L);
    progress.finished();
    assertThat(said.toString().lines()).containsExactly("10 of 100 items were finished before",
        "skipped a\uFFFD: no", "picture", "12 of 100 items, 0.10 items/s, 14 min left");
    said.getBuffer().setLength(0);
    EvaluationProgress scoring = EvaluationProgress.ofMeasure("LPIPS", 60, new PrintWriter(said), clock::get);
    clock.set(30_000_000_000L);
    scoring.finished();
    assertThat(said.toString().lines()).containsExactly("LPIPS: 60 items",
        "LPIPS: 1 of 60 items, 0.10 items/s, 9 min left");
  }

  @Test
  void aSampleKeepsGroupsTogetherAndDependsOnItsSeed() {
    List<Item> sample = Sample.of(ITEMS, 4, 1);
    assertThat(sample).hasSize(12).isSubsetOf(ITEMS).isEqualTo(Sample.of(ITEMS, 4, 1))
        .isNotEqualTo(Sample.of(ITEMS, 4, 2));
    assertThat(sample.stream().map(Item::group).distinct()).hasSize(4);
    assertThat(Sample.of(ITEMS, 0, 1)).isEqualTo(ITEMS);
  }

  @Test
  void meansAreGroupedByCategory() {
    List<Scores.Scored> scored = List.of(scored("x", 1), scored("y", 0), scored("x", 0.5));
    assertThat(Scores.means("accuracy", scored, 1)).extracting(Scores.Measure::category, Scores.Measure::value,
        Scores.Measure::count).containsExactly(
            Tuple.tuple("", 0.5, 3), Tuple.tuple("x", 0.75, 2),
            Tuple.tuple("y", 0.0, 1));
    assertThat(Scores.means("accuracy", scored, 1).get(2).interval()).hasValue(new Interval(0, 0));
    assertThat(Scores.means("accuracy", List.of(), 1)).isEmpty();
  }

  private static Scores.Scored scored(String category, double score) {
    Item item = new Item("i", "i", category, List::of, new AnyText(TextCut.SENTENCE),
        new Shown("", "", Optional::empty));
    return new Scores.Scored(item, new Outcome("i", "", ""), score);
  }

  private static Runner.Finished run(Path folder, Function<Item, Answer> model, int parallel) {
    try (Journal journal = Journal.open(folder, Map.of())) {
      return new Runner(folder, journal, model,
          new EvaluationProgress(new PrintWriter(new StringWriter()), () -> 0)).run(ITEMS, parallel);
    }
  }
}
