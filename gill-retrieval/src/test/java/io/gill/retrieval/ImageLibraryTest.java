package io.gill.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import com.google.common.net.UrlEscapers;
import io.gill.GillException;
import io.gill.GillModel;
import io.gill.image.FileImageSource;
import io.gill.image.Images;
import io.gill.retrieval.ImageLibrary.Report;
import io.gill.retrieval.ImageLibrary.Unreadable;
import io.gill.stage.ImageEmbedder;
import io.gill.stage.ImageRetriever.Hit;
import io.gill.stage.VisionEncoder;
import io.gill.testing.FakeModel;
import io.gill.testsupport.JavaProcess;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ImageLibraryTest {
  private final GillModel model = FakeModel.builder(prompt -> "fine").build();
  private final int width = model.stages().retrievalEmbedder().orElseThrow()
      .embed(model.stages().vision().orElseThrow().encoder().encode(List.of(picture(1)))[0]).length;

  @TempDir private Path folder;

  @Test
  void aFolderIsIndexedAndKeptUpToDate() throws IOException {
    for (int i = 0; i < 30; i++) {
      write("sub " + i % 3 + "/picture " + i + ".png", i);
    }
    Files.writeString(folder.resolve("broken.jpg"), "no picture");
    Files.writeString(folder.resolve("notes.txt"), "nobody reads this");
    try (ImageIndex index = ExactIndex.inMemory(width, 0)) {
      ImageLibrary library = new ImageLibrary(model, index);
      List<Integer> progress = new ArrayList<>();
      Report first = library.index(folder, (done, total) -> {
        assertThat(total).isEqualTo(31);
        return progress.add(done);
      });
      assertThat(first.embedded()).isEqualTo(30);
      assertThat(first.unchanged()).isZero();
      assertThat(first.unreadable()).singleElement()
          .satisfies(one -> assertThat(one.file()).isEqualTo(folder.resolve("broken.jpg")))
          .satisfies(one -> assertThat(one.reason()).startsWith("not a PNG").doesNotContain("broken.jpg"));
      assertThat(progress).isSorted().endsWith(31);
      assertThat(index.size()).isEqualTo(30);

      ImageSearch search = new ImageSearch(model, index);
      Hit best = search.byImage(picture(7), 1, ImageFilter.EVERY).get(0);
      assertThat(best.id()).isEqualTo("sub 1/picture 7.png");
      assertThat(best.score()).isCloseTo(1, within(1e-5));
      assertThat(new FileImageSource(folder).fetch(best.uri()).getRGB(3, 3)).isEqualTo(picture(7).getRGB(3, 3));
      assertThat(search.byImage(picture(7), 30, ImageFilter.is(ImageLibrary.FOLDER, "sub 2")))
          .hasSize(10).allMatch(hit -> hit.id().startsWith("sub 2/"));

      write("sub 1/picture 7.png", 99);
      Files.setLastModifiedTime(folder.resolve("sub 1/picture 7.png"), FileTime.fromMillis(1000));
      write("new.png", 100);
      Report second = library.index(folder, (done, total) -> true);
      assertThat(second.embedded()).isEqualTo(2);
      assertThat(second.unchanged()).isEqualTo(29);
      assertThat(search.byImage(picture(99), 1, ImageFilter.EVERY)).extracting(Hit::id)
          .containsExactly("sub 1/picture 7.png");
    }
  }

  /** The library's folder itself may be a link. */
  @Test
  void linksAreNotFollowed() throws IOException {
    write("library/real.png", 1);
    write("library/sub/a.png", 2);
    write("elsewhere/b.png", 3);
    Path real = folder.resolve("library");
    Files.createSymbolicLink(real.resolve("link.png"), folder.resolve("elsewhere/b.png"));
    Files.createSymbolicLink(real.resolve("link"), folder.resolve("elsewhere"));
    for (Path library : List.of(real, Files.createSymbolicLink(folder.resolve("library's link"), real))) {
      List<Path> pictures = List.of(library.resolve("real.png"), library.resolve("sub/a.png"));
      assertThat(ImageLibrary.pictures(library)).isEqualTo(pictures);
      try (ImageIndex index = ExactIndex.inMemory(width, 0)) {
        List<Path> files = new ArrayList<>(List.of(library.resolve("link.png"), library.resolve("link/b.png")));
        files.addAll(pictures);
        Report report = new ImageLibrary(model, index).index(library, files, (done, total) -> true);
        assertThat(report.embedded()).isEqualTo(2);
        assertThat(report.unreadable()).hasSize(2).allMatch(one -> one.reason().contains("by a link"));
      }
    }
  }

  @Test
  void duplicateFilesAreIndexedOnce() throws IOException {
    write("a.png", 1);
    Path file = folder.resolve("a.png");
    List<Path> twice = List.of(file, folder.resolve("./a.png"), folder.resolve("gone.png"), file);
    try (ImageIndex index = ExactIndex.inMemory(width, 0)) {
      ImageLibrary library = new ImageLibrary(model, index);
      Report report = library.index(folder, twice, (done, total) -> total == 2);
      assertThat(report.embedded()).isOne();
      assertThat(report.unreadable()).containsExactly(
          new ImageLibrary.Unreadable(folder.resolve("gone.png"), "cannot be read: NoSuchFileException"));
      assertThat(library.index(folder, twice, (done, total) -> true).unchanged()).isOne();
    }
  }

  @Test
  void aFolderThatCannotBeReadIsSkippedAndNamed() throws IOException {
    write("a.png", 1);
    write("closed/b.png", 2);
    Path closed = folder.resolve("closed");
    ImageLibrary.Walk walk = ImageLibrary.Walk.of(folder);
    assertThat(walk.visitFileFailed(closed.toRealPath(), new AccessDeniedException("" + closed)))
        .isEqualTo(FileVisitResult.CONTINUE);
    assertThat(walk.unreadable())
        .containsExactly(new ImageLibrary.Unreadable(closed, "cannot be read: AccessDeniedException"));
    assertThatThrownBy(() -> ImageLibrary.pictures(folder.resolve("gone"))).isInstanceOf(GillException.class)
        .hasMessageContaining("gone");
    Files.setPosixFilePermissions(closed, Set.of());
    assumeThat(Files.isReadable(closed)).isFalse(); // root can read everything
    try (ImageIndex index = ExactIndex.inMemory(width, 0)) {
      Report report = new ImageLibrary(model, index).index(folder, (done, total) -> true);
      assertThat(report.embedded()).isOne();
      assertThat(report.unreadable()).isEqualTo(walk.unreadable());
    } finally {
      Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
    }
  }

  /** An interrupt would close the file in use. */
  @Test
  void anInterruptStopsTheRunAndLosesNothing(@TempDir Path small) throws IOException {
    for (int i = 0; i < 9; i++) { // one more than are embedded together
      write("sub/" + i + ".png", i);
    }
    try (ImageIndex index = ExactIndex.inMemory(width, 0)) {
      ImageLibrary library = new ImageLibrary(model, index).withThumbnails(small, 20);
      Report first = library.index(folder, (done, total) -> {
        Thread.currentThread().interrupt();
        return true;
      });
      assertThat(Thread.currentThread().isInterrupted()).isTrue();
      assertThat(first.embedded()).isEqualTo(8);
      assertThat(library.index(folder, (done, total) -> true).embedded()).isZero();
      assertThat(Thread.interrupted()).isTrue();
      Report rest = library.index(folder, (done, total) -> true);
      assertThat(rest).isEqualTo(new Report(1, 8, List.of()));
    } finally {
      Thread.interrupted();
    }
  }

  @Test
  void aPictureThatTheModelFailsAtIsReported() throws IOException {
    for (int i = 0; i < 9; i++) {
      write(i + ".png", i);
    }
    VisionEncoder encoder = model.stages().vision().orElseThrow().encoder();
    int overflowing = picture(3).getRGB(3, 3);
    VisionEncoder failing = images -> {
      if (images.stream().anyMatch(image -> image.getRGB(3, 3) == overflowing)) {
        throw new GillException("the numbers overflow");
      }
      return encoder.encode(images);
    };
    ImageEmbedder embedder = model.stages().retrievalEmbedder().orElseThrow();
    try (ImageIndex index = ExactIndex.inMemory(width, 0)) {
      Report report = new ImageLibrary(index, new PictureEmbedder(failing, embedder))
          .index(folder, (done, total) -> true);
      assertThat(report).isEqualTo(
          new Report(8, 0, List.of(new Unreadable(folder.resolve("3.png"), "the numbers overflow"))));
      float[][] nothing = new float[1][width];
      for (VisionEncoder wrong : List.<VisionEncoder>of(
          images -> new float[0][], images -> new float[][] {{Float.NaN}})) {
        assertThatThrownBy(() -> new ImageLibrary(ExactIndex.inMemory(width, 0), new PictureEmbedder(wrong, embedder))
            .index(folder, (done, total) -> true)).isInstanceOf(GillException.class)
            .hasMessageContaining("vision encoder: ");
      }
      assertThatThrownBy(() -> new PictureEmbedder(images -> nothing, any -> nothing[0]).embed(List.of(picture(1))))
          .isInstanceOf(GillException.class).hasMessageContaining("the embedding is zero");
      assertThatThrownBy(() -> new ImageLibrary(ExactIndex.inMemory(width, 0), new PictureEmbedder(images -> {
        throw new GillException("nothing works");
      }, embedder)).index(folder, (done, total) -> true)).isInstanceOf(GillException.class).hasMessage("nothing works");
    }
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void pipesAreReportedAndSkipped() throws Exception {
    Path pipe = folder.resolve("pipe.png");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    write("a.png", 1);
    try (ImageIndex index = ExactIndex.inMemory(width, 0)) {
      ImageLibrary library = new ImageLibrary(model, index);
      for (Report report : List.of(library.index(folder, (done, total) -> true),
          library.index(folder, List.of(pipe), (done, total) -> true))) {
        assertThat(report.unreadable()).singleElement()
            .satisfies(one -> assertThat(one.file()).isEqualTo(pipe))
            .satisfies(one -> assertThat(one.reason()).contains("a pipe or a device"));
      }
      assertThat(index.size()).isOne();
    }
  }

  /** On Unix, names are bytes that Java decodes according to the locale. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void namesAreDistinctInEveryLocale() throws Exception {
    List<String> names = List.of("%C3%A4.png", "%C3%B6.png", "%E4%B8%AD%20.png", "%C3%BC/%C3%A4.png", "a%25C3.png");
    List<String> broken = List.of("%E4.png", "%F6.png", "%FF/a.png");
    for (List<String> some : List.of(names, broken)) {
      for (String name : some) {
        Path file = Path.of(URI.create(folder.toUri() + name));
        Files.createDirectories(file.getParent());
        Files.write(file, Images.toPng(picture(name.hashCode()), Map.of()));
      }
    }
    for (String locale : List.of("C", "C.UTF-8")) {
      ProcessBuilder process = JavaProcess.of(Naming.class, List.of("-Xmx256m"), folder);
      process.environment().put("LC_ALL", locale);
      assertThat(ForkedIndex.linesOf(process)).describedAs(locale).containsExactlyInAnyOrderElementsOf(
          Stream.concat(names.stream().map(name -> name + " fetched"), broken.stream().map(
              name -> "unreadable its name " + name.substring(name.indexOf('/') + 1)
                  + " or that of its folder is not valid UTF-8: rename it")).toList());
    }
  }

  /** Prints the ids of pictures, and why other files were skipped. */
  static final class Naming {
    public static void main(String[] arguments) throws IOException {
      ImageLibraryTest test = new ImageLibraryTest();
      Path folder = Path.of(arguments[0]);
      Path small = Files.createTempDirectory("small");
      try (ImageIndex index = ExactIndex.inMemory(test.width, 0)) {
        Report report =
            new ImageLibrary(test.model, index).withThumbnails(small, 20).index(folder, (done, total) -> true);
        report.unreadable().forEach(one -> System.out.println("unreadable " + one.reason()));
        index.forEach(image -> {
          try {
            new FileImageSource(folder).fetch(image.uri());
            new FileImageSource(small).fetch(image.id() + ".png");
            System.out.println(UrlEscapers.urlFragmentEscaper().escape(image.id()) + " fetched");
          } catch (IOException e) {
            System.out.println(e);
          }
        });
      } finally {
        MoreFiles.deleteRecursively(small, RecursiveDeleteOption.ALLOW_INSECURE);
      }
    }
  }

  /** Each picture fits into memory, but not all of them together. */
  @Test
  void largePicturesAreReadOneByOne() throws Exception {
    byte[] png = Images.toPng(new BufferedImage(5000, 4000, BufferedImage.TYPE_3BYTE_BGR), Map.of());
    for (int i = 0; i < 10; i++) {
      Files.write(folder.resolve("large " + i + ".png"), png);
    }
    write("small.png", 1);
    assertThat(ForkedIndex.linesOf(JavaProcess.of(Indexing.class, List.of("-Xmx256m"), folder)))
        .containsExactly("11 embedded, []");
  }

  /** Indexes a folder in a separate process. */
  static final class Indexing {
    public static void main(String[] arguments) {
      ImageLibraryTest test = new ImageLibraryTest();
      try (ImageIndex index = ExactIndex.inMemory(test.width, 0)) {
        Report report = new ImageLibrary(test.model, index).index(Path.of(arguments[0]), (done, total) -> true);
        System.out.println(report.embedded() + " embedded, " + report.unreadable());
      }
    }
  }

  @Test
  void thumbnailsAreWritten(@TempDir Path small) throws IOException {
    write("sub/wide.png", new BufferedImage(40, 10, BufferedImage.TYPE_INT_RGB));
    write("thin.png", new BufferedImage(1, 100, BufferedImage.TYPE_INT_RGB));
    write("little.png", picture(3));
    write("n".repeat(240) + ".png", picture(4));
    write("n".repeat(248) + ".png", picture(5));
    try (ImageIndex index = ExactIndex.inMemory(width, 0)) {
      ImageLibrary library = new ImageLibrary(model, index).withThumbnails(small, 20);
      Report report = library.index(folder, (done, total) -> true);
      assertThat(report.embedded()).isEqualTo(4);
      assertThat(report.unreadable()).singleElement()
          .satisfies(one -> assertThat(one.reason()).contains("name is too long"));
      assertThat(Images.read(small.resolve("sub/wide.png.png"))).extracting("width", "height").containsExactly(20, 5);
      assertThat(Images.read(small.resolve("thin.png.png"))).extracting("width", "height").containsExactly(1, 20);
      assertThat(Images.read(small.resolve("little.png.png")).getRGB(3, 3)).isEqualTo(picture(3).getRGB(3, 3));
      assertThatThrownBy(() -> library.withThumbnails(small, 0)).isInstanceOf(IllegalArgumentException.class);
    }
    write("both.jpg", picture(6));
    write("both.jpg.png/inside.jpg", picture(7));
    try (ImageIndex index = ExactIndex.inMemory(width, 0)) {
      Report report = new ImageLibrary(model, index).withThumbnails(small, 20).index(folder, (done, total) -> true);
      assertThat(report.embedded()).isEqualTo(5);
      assertThat(report.unreadable()).extracting(Unreadable::reason)
          .anyMatch(reason -> reason.contains("a thumbnail and a folder of thumbnails would have the same name"));
    }
    Path file = Files.writeString(small.resolve("a file"), "");
    try (ImageIndex index = ExactIndex.inMemory(width, 0)) {
      ImageLibrary library = new ImageLibrary(model, index).withThumbnails(file, 20);
      assertThatThrownBy(() -> library.index(folder, (done, total) -> true)).isInstanceOf(GillException.class)
          .hasMessageContaining(file.toString());
      assertThat(index.size()).isZero();
    }
  }

  @Test
  void aStoppedRunIsResumed() throws IOException {
    for (int i = 0; i < 30; i++) {
      write(i + ".png", i);
    }
    Path kept = folder.resolve("index");
    try (ImageIndex index = ImageLibrary.newIndex(model, kept, 1_000_000)) {
      assertThat(index).isInstanceOf(LuceneIndex.class);
      assertThat(new ImageLibrary(model, index).index(folder, (done, total) -> done < 16).embedded()).isEqualTo(16);
    }
    try (ImageIndex index = LuceneIndex.open(kept)) {
      Report rest = new ImageLibrary(model, index).index(folder, (done, total) -> true);
      assertThat(rest.embedded()).isEqualTo(14);
      assertThat(rest.unchanged()).isEqualTo(16);
    }
  }

  @Test
  void captionsAreEvaluated() throws IOException {
    List<IndexedImage> images = new ArrayList<>();
    List<ImageSearch.Caption> captions = new ArrayList<>();
    try (ImageIndex index = ExactIndex.inMemory(width, 0)) {
      ImageSearch search = new ImageSearch(model, index);
      for (int i = 0; i < 6; i++) {
        float[] embedding = search.embed("picture number " + i);
        images.add(new IndexedImage("" + i, "", Map.of(), i == 5 ? negative(embedding) : embedding));
        captions.add(new ImageSearch.Caption("" + i, "picture number " + i));
      }
      index.add(images);
      ImageSearch.Metrics metrics = search.evaluate(captions, 1, 6, 6);
      long first = captions.stream()
          .filter(caption -> search.byText(caption.text(), 1, ImageFilter.EVERY).get(0).id().equals(caption.id()))
          .count();
      assertThat(metrics.captions()).isEqualTo(6);
      assertThat(metrics.recall().get(1)).isCloseTo(first / 6.0, within(1e-9)).isLessThan(1);
      assertThat(metrics.recall().get(6)).isCloseTo(1, within(1e-9));
      assertThat(metrics.meanReciprocalRank()).isGreaterThan(metrics.recall().get(1)).isLessThan(1);
    }
    Path file = folder.resolve("captions.tsv");
    Files.writeString(file, "1\tpicture number 1\n2\ttwo\twords\n");
    assertThat(ImageSearch.captions(file)).containsExactly(
        new ImageSearch.Caption("1", "picture number 1"), new ImageSearch.Caption("2", "two\twords"));
    Files.writeString(file, "1\tpicture number 1\nno tab\n");
    assertThatThrownBy(() -> ImageSearch.captions(file)).isInstanceOf(GillException.class)
        .hasMessageContaining("line 2");
  }

  private static float[] negative(float[] values) {
    float[] negative = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      negative[i] = -values[i];
    }
    return negative;
  }

  private void write(String name, int seed) throws IOException {
    write(name, picture(seed));
  }

  private void write(String name, BufferedImage picture) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    ImageIO.write(picture, "png", file.toFile());
  }

  private static BufferedImage picture(int seed) {
    BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setColor(new Color(seed * 2654435 & 0xFFFFFF));
    graphics.fillRect(0, 0, 16, 16);
    graphics.setColor(new Color(seed * 40503 + 99 & 0xFFFFFF));
    graphics.fillRect(seed % 11, seed % 7, 5, 5);
    graphics.dispose();
    return image;
  }
}
