package io.gill.examples.soak;

import io.gill.GillModel;
import io.gill.image.Images;
import io.gill.retrieval.ExactIndex;
import io.gill.retrieval.ImageIndex;
import io.gill.retrieval.ImageLibrary;
import io.gill.retrieval.LuceneIndex;
import io.gill.testing.FakeModel;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A process is killed at a random moment: everything it reported as done is there, and nothing is partial. */
final class Kills implements Promise {
  private static final List<String> JVM = List.of("-Xmx256m");
  private static final long START_MILLIS = 300_000;

  private final String name;
  private final String text;
  private final int latest;
  private final Scene scene;

  private Kills(String name, String text, int latest, Scene scene) {
    this.name = name;
    this.text = text;
    this.latest = latest;
    this.scene = scene;
  }

  /** The work that is killed. */
  @FunctionalInterface
  private interface Scene {
    /** Runs the process until it is killed and checks what is left. */
    void play(Path folder, Killer killer) throws Exception;
  }

  static List<Promise> all() {
    return List.of(
        new Kills("kill/exact-index", "Exactly the committed changes of an exact index survive a kill", 400,
            (folder, killer) ->
                index(ExactIndex.create(folder.resolve("index"), IndexFiles.DIMENSION, 0), folder, killer)),
        new Kills("kill/lucene-index", "Exactly the committed changes of a Lucene index survive a kill", 400,
            (folder, killer) ->
                index(LuceneIndex.create(folder.resolve("index"), IndexFiles.DIMENSION, 0), folder, killer)),
        new Kills("kill/library", "A folder whose indexing is killed is indexed completely the next time", 300,
            Kills::library),
        new Kills("kill/checkpoint", "A killed training leaves complete checkpoints and resumes", 1500,
            Kills::checkpoint));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String text() {
    return text;
  }

  @Override
  public Duration timeLimit() {
    return Duration.ofMinutes(3);
  }

  @Override
  public int weight() {
    return 4;
  }

  @Override
  public void attempt(Attempt attempt) throws Exception {
    scene.play(attempt.folder(), new Killer(attempt.folder(), attempt.random(), latest));
  }

  /**
   * Runs a task and kills it.
   *
   * @param latest latest time of the kill in milliseconds after the start
   */
  private record Killer(Path folder, Random random, int latest) {
    /** Returns the last number that the task printed; −1 if none. */
    long run(String task, String... arguments) throws IOException, InterruptedException {
      List<String> all = new ArrayList<>(List.of(task));
      all.addAll(List.of(arguments));
      Process process = ChildJvm.start(folder, JVM, all);
      ChildJvm.limit(process, START_MILLIS);
      CompletableFuture<Void> begun = new CompletableFuture<>();
      CompletableFuture<Long> last = CompletableFuture.supplyAsync(() -> lastSaid(process, begun));
      begun.join();
      int delay = random.nextInt(latest);
      Thread.sleep(delay);
      BrokenPromise.unless(process.isAlive(), "the process ended by itself with exit code " + (process.isAlive() ? 0
          : process.exitValue()) + ": see stderr.txt");
      process.destroyForcibly().waitFor();
      return last.join();
    }

    private static long lastSaid(Process process, CompletableFuture<Void> begun) {
      long last = -1;
      try (BufferedReader lines =
          new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        for (@Nullable String line = lines.readLine(); line != null; line = lines.readLine()) {
          if (line.matches(Actors.DONE + "\\d+")) {
            last = Long.parseLong(line.substring(Actors.DONE.length()));
            begun.complete(null);
          }
        }
      } catch (IOException e) {
        // The process has ended.
      } finally {
        begun.complete(null);
      }
      return last;
    }
  }

  private static void index(ImageIndex made, Path folder, Killer killer) throws Exception {
    Path path = folder.resolve("index");
    try (made) {
      made.add(IndexFiles.images(0, 3));
      made.commit();
    }
    long said = killer.run("grow", path.toString(), "3");
    try (ImageIndex index = ImageIndex.open(path)) {
      int last = 0; // the first image of the last three
      for (int i = 3; index.find("" + i).isPresent() || index.find("" + (i + 1)).isPresent(); i += 3) {
        last = i;
      }
      BrokenPromise.unless(last >= said, "committed up to " + said + ", found up to " + last);
      int size = 0;
      for (int i = 0; i < last + 3; i++) {
        boolean deleted = i % 3 == 2 && i < last;
        BrokenPromise.unless(index.find("" + i).isPresent() != deleted,
            i + " of " + (last + 2) + (deleted ? " is there again" : " is lost") + " (said: " + said + ")");
        size += deleted ? 0 : 1;
      }
      BrokenPromise.unless(index.size() == size, index.size() + " images, but " + size + " are possible");
      int found = index.search(IndexFiles.vector(7), size + 10, Set.of()).size();
      BrokenPromise.unless(found == size, found + " of " + size + " images are found");
    }
  }

  private static void library(Path folder, Killer killer) throws Exception {
    int count = 6;
    Path pictures = Files.createDirectory(folder.resolve("pictures"));
    for (int i = 0; i < count; i++) {
      Files.write(pictures.resolve(i + ".png"),
          Images.toPng(Pictures.paint(i, BufferedImage.TYPE_INT_RGB, 30, 20), Map.of()));
    }
    Path path = folder.resolve("index");
    try (GillModel model = FakeModel.builder(prompt -> "").build()) {
      ImageLibrary.newIndex(model, path, killer.random().nextBoolean() ? 10 : 1_000_000).close();
      killer.run("library", path.toString(), pictures.toString());
      try (ImageIndex index = ImageIndex.open(path)) {
        ImageLibrary.Report report = new ImageLibrary(model, index).index(pictures, (done, total) -> true);
        BrokenPromise.unless(report.embedded() + report.unchanged() == count && report.unreadable().isEmpty(),
            "after a kill: " + report);
        BrokenPromise.unless(index.size() == count, index.size() + " images of " + count + " pictures");
      }
    }
  }

  private static void checkpoint(Path folder, Killer killer) throws Exception {
    Path output = folder.resolve("out");
    killer.run("train", output.toString());
    if (Files.exists(output.resolve("last"))) { // missing if killed before the first checkpoint
      TinyTraining.check(output);
    }
    TinyTraining.train(output, 1, () -> {}); // at least one more step
    TinyTraining.check(output);
  }
}
