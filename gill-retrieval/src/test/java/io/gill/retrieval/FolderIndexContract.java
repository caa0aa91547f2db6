package io.gill.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import io.gill.testsupport.JavaProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Contract of indexes in folders, in addition to that of all indexes. */
abstract class FolderIndexContract extends ImageIndexContract {
  @TempDir Path folder;

  abstract ImageIndex create(Path path, int dimension, float logitScale);

  abstract ImageIndex open(Path path);

  @Override
  final ImageIndex create(int dimension, float logitScale) {
    return create(folder.resolve("index"), dimension, logitScale);
  }

  @Test
  void anIndexReopensAtItsLastCommit() {
    Path path = folder.resolve("kept");
    List<ImageIndex.Hit> before;
    try (ImageIndex index = create(path, 8, 3)) {
      index.add(images(50));
      index.commit();
      index.delete(List.of("7"));
      index.update(List.of(new IndexedImage("8", "ü.png", Map.of("a", "b"), random(8))));
      before = index.search(random(-1), 10, Set.of());
    }
    try (ImageIndex index = open(path)) {
      assertThat(index.size()).isEqualTo(49);
      assertThat(index.dimension()).isEqualTo(8);
      assertThat(index.logitScale()).isEqualTo(3);
      assertThat(index.search(random(-1), 10, Set.of())).isEqualTo(before);
      assertThat(index.find("8").orElseThrow().attributes()).containsExactly(Map.entry("a", "b"));
      assertThat(index.find("7")).isEmpty();
      index.add(List.of(new IndexedImage("7", "again", random(7))));
    }
    try (ImageIndex index = open(path)) {
      assertThat(index.find("7").orElseThrow().uri()).isEqualTo("again");
    }
  }

  /** A copy of the folder equals what a killed process leaves. */
  @Test
  void aKillLosesOnlyWhatWasNotCommitted() throws IOException {
    Path path = folder.resolve("killed");
    Path left = folder.resolve("left");
    try (ImageIndex index = create(path, 8, 0)) {
      index.add(images(30));
      index.commit();
      index.add(List.of(new IndexedImage("late", "late", random(1000))));
      assertThat(index.search(random(1000), 1, Set.of())).extracting(ImageIndex.Hit::id).containsExactly("late");
      copy(path, left);
    }
    try (ImageIndex index = open(left)) {
      assertThat(index.size()).isEqualTo(30);
      index.add(List.of(new IndexedImage("late", "late", random(1000))));
    }
  }

  @Test
  void someUrisOmitDeletedImages() {
    try (ImageIndex index = create(folder.resolve("uris"), 8, 0)) {
      assertThat(index.someUris(3)).isEmpty();
      List<IndexedImage> images = images(30);
      index.add(images.subList(0, 20));
      index.commit();
      index.add(images.subList(20, 30));
      index.delete(images.subList(0, 5).stream().map(IndexedImage::id).toList());
      index.delete(List.of(images.get(25).id()));
      List<String> left = new ArrayList<>(images.subList(5, 30).stream().map(IndexedImage::uri).toList());
      left.remove(images.get(25).uri());
      assertThat(index.someUris(100)).containsExactlyInAnyOrderElementsOf(left);
      assertThat(index.someUris(3)).hasSize(3).isSubsetOf(left);
    }
  }

  @Test
  void errorsSayWhatToDo() throws IOException {
    Path path = folder.resolve("used");
    try (ImageIndex index = create(path, 8, 0)) {
      assertThat(index.size()).isZero();
      assertThatThrownBy(() -> open(path)).isInstanceOf(GillException.class).hasMessageContaining("already open");
      assertThatThrownBy(() -> create(path, 8, 0)).isInstanceOf(GillException.class)
          .hasMessageContaining("not empty");
    }
    ImageIndex closed = open(path);
    closed.close();
    closed.close();
    assertThatIllegalStateException().isThrownBy(() -> closed.search(random(1), 1, Set.of()))
        .withMessageContaining("is closed");
    assertThatIllegalStateException().isThrownBy(() -> closed.add(images(1)));
    assertThatThrownBy(() -> open(folder.resolve("nothing"))).isInstanceOf(GillException.class);
    Files.createDirectory(folder.resolve("empty"));
    assertThatThrownBy(() -> open(folder.resolve("empty"))).isInstanceOf(GillException.class);
  }

  @Test
  void aRefusedSecondOpenLeavesTheFolderLockedForOtherProcesses() throws Exception {
    Path path = folder.resolve("locked");
    try (ImageIndex index = create(path, 8, 0)) {
      assertThatThrownBy(() -> open(path)).isInstanceOf(GillException.class);
      Path link = Files.createSymbolicLink(folder.resolve("link"), path);
      assertThatThrownBy(() -> open(link)).isInstanceOf(GillException.class).hasMessageContaining("already open");
      assertThat(ForkedIndex.outputOf("open", path)).containsExactly("refused");
      index.add(images(3));
    }
    assertThat(ForkedIndex.outputOf("open", path)).containsExactly("opened 3");
  }

  @Test
  void aFilterMayNameThousandsOfValues() {
    try (ImageIndex index = create(folder.resolve("filtered"), 8, 0)) {
      index.add(IntStream.range(0, 40).mapToObj(i -> new IndexedImage("" + i, "", i < 4 ? Map.of()
          : Map.of("folder", "" + i % 5, "even", "" + (i % 2 == 0)), random(i))).toList());
      ImageFilter[] folders = IntStream.range(2, 5000).mapToObj(i -> ImageFilter.is("folder", "" + i))
          .toArray(ImageFilter[]::new);
      ImageFilter[] others = Stream.of(folders).map(ImageFilter::not).toArray(ImageFilter[]::new);
      assertThat(index.search(random(1), 40, ImageFilter.any(folders), Set.of("4"))).hasSize(21)
          .noneMatch(hit -> hit.id().equals("4") || Integer.parseInt(hit.id()) % 5 < 2);
      assertThat(index.search(random(1), 40, ImageFilter.all(others), Set.of())).hasSize(18);
      assertThat(index.search(random(1), 40, ImageFilter.all(ImageFilter.any(folders), ImageFilter.is("even", "true")),
          Set.of())).hasSize(11);
    }
  }

  @Test
  void aFolderKilledBeforeItsFirstCommitCanBecomeAnIndex() throws IOException {
    Path path = Files.createDirectory(folder.resolve("begun"));
    for (String left : List.of("exact.lock", "exact.gill.8ce4a9d2.part", "write.lock", "pending_segments_1")) {
      Files.writeString(path.resolve(left), "");
    }
    for (Path file : List.of(path, Files.createDirectory(folder.resolve("nothing")))) {
      assertThatThrownBy(() -> ImageIndex.open(file)).isInstanceOf(GillException.class)
          .hasMessageContaining("nothing was committed");
      assertThatThrownBy(() -> open(file)).isInstanceOf(GillException.class)
          .hasMessageContaining("nothing was committed");
    }
    try (ImageIndex index = create(path, 8, 0)) {
      index.add(images(3));
    }
    try (ImageIndex index = ImageIndex.open(path)) {
      assertThat(index.size()).isEqualTo(3);
    }
    Path other = Files.createDirectory(folder.resolve("other"));
    Files.writeString(other.resolve("somebody.part"), "");
    assertThatThrownBy(() -> create(other, 8, 0)).isInstanceOf(GillException.class).hasMessageContaining("not empty");
    assertThat(files(other)).hasSize(1);
  }

  /** An interrupt closes the file that the thread is using, which must not break the index. */
  @Test
  void anInterruptedThreadCanSearchAndChangeTheIndex() throws Exception {
    Path path = folder.resolve("interrupted");
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      thread.submit(() -> {
        Thread.currentThread().interrupt();
        try (ImageIndex index = create(path, 8, 0)) {
          for (IndexedImage image : images(20)) {
            index.add(List.of(image));
            assertThat(ids(index.search(image.embedding(), 1, Set.of()))).containsExactly(image.id());
            if (image.id().endsWith("0")) {
              index.commit();
            }
          }
          assertThat(index.find("7")).isPresent();
        }
        try (ImageIndex index = open(path)) {
          index.delete(List.of("7"));
        }
        assertThat(Thread.interrupted()).isTrue();
        return true;
      }).get();
    } finally {
      thread.shutdown();
    }
    try (ImageIndex index = ImageIndex.openReadOnly(path)) {
      assertThat(index.size()).isEqualTo(19);
    }
  }

  /** The last user of an outdated view closes it, which deletes files. */
  @Test
  void anInterruptDuringForEachDoesNotBreakTheIndex() {
    try (ImageIndex index = create(folder.resolve("visited"), 8, 0)) {
      index.add(images(100));
      index.commit();
      assertThat(index.find("1")).isPresent();
      List<String> visited = new ArrayList<>();
      index.forEach(image -> {
        if (visited.isEmpty()) {
          CompletableFuture.runAsync(() -> {
            index.delete(IntStream.range(0, 100).mapToObj(Integer::toString).toList());
            index.add(List.of(new IndexedImage("new", "", random(1))));
            index.commit();
            assertThat(index.find("new")).isPresent();
          }).join();
          Thread.currentThread().interrupt();
        }
        visited.add(image.id());
      });
      assertThat(Thread.interrupted()).isTrue();
      assertThat(visited).hasSize(100);
      index.add(List.of(new IndexedImage("newer", "", random(2))));
      index.commit();
      assertThat(index.size()).isEqualTo(2);
    } finally {
      Thread.interrupted();
    }
  }

  /** So that committing and closing also work on a full disk. */
  @Test
  void anUnchangedIndexIsCommittedAndClosedWithoutAWrite() throws IOException {
    Path path = folder.resolve("unchanged");
    try (ImageIndex index = create(path, 8, 0)) {
      index.add(images(20));
    }
    List<String> before = states(path);
    try (ImageIndex index = open(path)) {
      assertThat(index.search(random(1), 1, Set.of())).hasSize(1);
      index.commit();
    }
    assertThat(states(path)).isEqualTo(before);
  }

  private static List<String> states(Path path) throws IOException {
    List<String> states = new ArrayList<>();
    for (Path file : files(path)) {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      states.add(file.getFileName() + " " + attributes.fileKey() + " " + attributes.lastModifiedTime());
    }
    return states;
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC}) // other systems cannot truncate mapped files
  void aFileTruncatedUnderAnOpenIndexIsNamed() throws IOException {
    Path path = folder.resolve("shortened");
    try (ImageIndex index = create(path, 8, 0)) {
      index.add(images(3000));
    }
    try (ImageIndex index = ImageIndex.openReadOnly(path)) {
      assertThat(index.search(random(1), 3, Set.of())).hasSize(3);
      for (Path file : files(path)) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
          channel.truncate(channel.size() / 8);
        }
      }
      assertThatThrownBy(() -> index.search(random(2), 3000, Set.of())).isInstanceOf(GillException.class)
          .hasMessageContaining(path.toString()).hasMessageContaining("index the pictures again");
      assertThatThrownBy(() -> index.forEach(image -> { })).isInstanceOf(GillException.class)
          .hasMessageContaining(path.toString());
    }
  }

  /** Opening a pipe blocks until somebody writes to it. */
  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void aPipeInThePlaceOfAFileIsNamed() throws Exception {
    Path path = folder.resolve("piped");
    try (ImageIndex index = create(path, 8, 0)) {
      index.add(images(10));
    }
    for (Path file : files(path)) {
      Path copy = folder.resolve("piped " + file.getFileName());
      copy(path, copy);
      Path pipe = copy.resolve(file.getFileName());
      Files.delete(pipe);
      assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
      for (Opening opening : List.<Opening>of(this::open, ImageIndex::openReadOnly)) {
        assertThatThrownBy(() -> opening.open(copy)).isInstanceOf(GillException.class)
            .hasMessageContaining(copy.toString());
      }
    }
  }

  /** Opens an index. */
  @FunctionalInterface
  private interface Opening {
    ImageIndex open(Path path);
  }

  /** A limit on the size of files stands for a full disk. */
  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void aFullDiskLosesOnlyWhatWasNotCommittedAndSaysSo() throws Exception {
    Path path = folder.resolve("full");
    create(path, 256, 0).close();
    List<String> command = new ArrayList<>(List.of("sh", "-c", "ulimit -f 1024 && exec \"$@\"", "sh"));
    ProcessBuilder builder = JavaProcess.of(ForkedIndex.class, List.of("-Xmx256m"), "fill", path);
    command.addAll(builder.command());
    assertThat(ForkedIndex.linesOf(builder.command(command)))
        .containsExactly("committed", "commit failed", "size agrees", "found 7", "close failed");
    try (ImageIndex index = open(path)) {
      assertThat(index.size()).isEqualTo(100);
      index.add(ForkedIndex.wide(100, 200));
    }
  }

  @Test
  void aKilledProcessLeavesEveryCommitThatHadReturned() throws Exception {
    Path path = folder.resolve("killed while it commits");
    create(path, 8, 0).close();
    Process process = JavaProcess.of(ForkedIndex.class, List.of("-Xmx256m"), "grow", path).start();
    List<String> committed = new ArrayList<>();
    try (BufferedReader out = process.inputReader()) {
      while (committed.size() < 25) {
        committed.add(out.readLine());
      }
      process.toHandle().destroyForcibly(); // its output stays readable
      process.waitFor();
      out.lines().filter(line -> line.endsWith(".")).forEach(committed::add); // the last line may be incomplete
    }
    try (ImageIndex index = open(path)) {
      assertThat(committed).allMatch(id -> index.find(id).isPresent());
      assertThat(index.size()).isBetween((long) committed.size(), committed.size() + 2L);
      index.add(images(1));
    }
  }

  /** Every commit deletes the file of the previous commit. */
  @Test
  void anIndexCanBeOpenedReadOnlyDuringCommits() throws Exception {
    Path path = folder.resolve("busy");
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try (ImageIndex index = create(path, 8, 0)) {
      index.add(images(1));
      index.commit();
      Future<Integer> commits = thread.submit(() -> {
        int count = 0;
        for (; !done.get(); count++) {
          index.update(images(1));
          index.commit();
        }
        return count;
      });
      for (int i = 0; i < 200; i++) {
        try (ImageIndex reader = ImageIndex.openReadOnly(path)) {
          assertThat(reader.size()).isOne();
        }
      }
      done.set(true);
      assertThat(commits.get()).isPositive();
    } finally {
      done.set(true);
      thread.shutdown();
    }
  }

  static List<Path> files(Path path) throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      return files.filter(file -> !file.getFileName().toString().endsWith(".lock")).sorted().toList();
    }
  }

  static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    for (Path file : files(from)) {
      Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
