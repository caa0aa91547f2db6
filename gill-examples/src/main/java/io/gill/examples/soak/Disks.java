package io.gill.examples.soak;

import io.gill.GillException;
import io.gill.GillModel;
import io.gill.examples.Output;
import io.gill.examples.soak.FullDisk.Subject;
import io.gill.image.Images;
import io.gill.retrieval.ExactIndex;
import io.gill.retrieval.HttpImageSource;
import io.gill.retrieval.ImageIndex;
import io.gill.retrieval.ImageLibrary;
import io.gill.retrieval.IndexedImage;
import io.gill.retrieval.LuceneIndex;
import io.gill.testing.FakeModel;
import io.gill.weights.TensorData;
import io.gill.weights.TensorFile;
import io.gill.weights.TensorWriter;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Every writer of the library, on a failing disk. */
final class Disks {
  private Disks() {}

  static List<Promise> all() {
    return List.of(
        new FullDisk("disk/exact-index",
            "A failed commit of an exact index leaves the previous commit; searching continues",
            folder -> new Index(folder.resolve("index"), false)),
        new FullDisk("disk/lucene-index",
            "A failed commit of a Lucene index leaves the previous commit; searching continues",
            folder -> new Index(folder.resolve("index"), true)),
        new FullDisk("disk/weights", "A failed write of a file leaves the previous file", Weights::new),
        new FullDisk("disk/thumbnails", "A failed write of a thumbnail leaves no partial file and no index entry",
            Thumbnails::new),
        new FullDisk("disk/downloads", "A picture that cannot be cached is fetched, and no partial file is cached",
            Downloads::new),
        new FullDisk("disk/checkpoint", "A failed write of a checkpoint leaves the previous one", Checkpoint::new));
  }

  /** Adds images to an index. */
  private static final class Index implements Subject {
    private static final int BEFORE = 12;
    private static final int AFTER = 24;

    private final Path path;
    private final boolean lucene;
    private ImageIndex index;
    private @Nullable Exception failure;

    Index(Path path, boolean lucene) {
      this.path = path;
      this.lucene = lucene;
      index = lucene ? LuceneIndex.create(path, IndexFiles.DIMENSION, 0)
          : ExactIndex.create(path, IndexFiles.DIMENSION, 0);
      index.add(IndexFiles.images(0, BEFORE));
      index.commit();
    }

    @Override
    public void change() {
      if (failure != null && lucene) { // its error asks for this
        reopen();
      }
      try {
        List<IndexedImage> missing = IndexFiles.images(BEFORE, AFTER).stream()
            .filter(image -> index.find(image.id()).isEmpty()).toList();
        if (!missing.isEmpty()) {
          index.add(missing);
        }
        index.delete(List.of("0"));
        index.commit();
      } catch (GillException e) {
        failure = e;
        throw e;
      }
    }

    private void reopen() {
      try {
        index.close();
      } catch (GillException e) {
        // Uncommitted changes may be lost; the change is repeated.
      }
      index = ImageIndex.open(path);
      failure = null;
    }

    @Override
    public void check(boolean changed) {
      look(index, changed, true);
      try (ImageIndex other = ImageIndex.openReadOnly(path)) {
        look(other, changed, false);
      }
    }

    private void look(ImageIndex one, boolean changed, boolean open) {
      long size = one.size();
      BrokenPromise.unless(changed ? size == AFTER - 1 : open || size == BEFORE || size == AFTER - 1,
          "the index has " + size + " images" + (changed ? " after the change" : " after a failed change"));
      int found = one.search(IndexFiles.vector(1), 100, Set.of()).size();
      BrokenPromise.unless(found == size, found + " of " + size + " images are found");
      IntStream.range(1, BEFORE).forEach(id -> BrokenPromise.unless(one.find("" + id).isPresent(), id + " is lost"));
    }

    @Override
    public void close() {
      index.close();
    }
  }

  /** Replaces a weight file and a file of bytes. */
  private static final class Weights implements Subject {
    private final Path weights;
    private final Path bytes;

    Weights(Path folder) {
      weights = folder.resolve("sub/x.safetensors");
      bytes = folder.resolve("sub/y.txt");
      write(1);
    }

    private void write(int value) {
      TensorWriter.safetensors(weights, Map.of("x", TensorData.of(new float[] {value, value}, 2)), Map.of());
      Output.text(bytes, Integer.toString(11 * value));
    }

    @Override
    public void change() {
      write(2);
    }

    @Override
    public void check(boolean changed) throws IOException {
      try (TensorFile file = TensorFile.open(weights)) {
        float[] found = file.get("x").toFloatArray();
        String text = Files.readString(bytes);
        BrokenPromise.unless(found[0] == found[1] && (found[0] == 2 || !changed), "weights " + Arrays.toString(found));
        BrokenPromise.unless(text.equals("22") || (text.equals("11") && !changed), "text '" + text + "'");
      }
      if (changed) {
        try (var files = Files.list(weights.resolveSibling(""))) {
          long count = files.count();
          BrokenPromise.unless(count <= 3, count + " files exist; expected the two written ones and at most one draft");
        }
      }
    }

    @Override
    public void close() {}
  }

  /** Indexes a folder of pictures with thumbnails. */
  private static final class Thumbnails implements Subject {
    private static final int COUNT = 5;

    private final Path pictures;
    private final Path small;
    private final GillModel model = FakeModel.builder(prompt -> "").build();
    private final ImageIndex index = ImageLibrary.newIndex(model);

    Thumbnails(Path folder) throws IOException {
      pictures = Files.createDirectory(folder.resolve("pictures"));
      small = folder.resolve("small");
      for (int i = 0; i < COUNT; i++) {
        Files.write(pictures.resolve(i + ".png"),
            Images.toPng(Pictures.paint(i, BufferedImage.TYPE_INT_RGB, 30, 20), Map.of()));
      }
    }

    @Override
    public void change() throws IOException {
      ImageLibrary.Report report =
          new ImageLibrary(model, index).withThumbnails(small, 8).index(pictures, (done, total) -> true);
      if (!report.unreadable().isEmpty()) {
        throw new IOException("some pictures are reported as unreadable: " + report.unreadable().get(0).reason());
      }
    }

    @Override
    public void check(boolean changed) throws IOException {
      BrokenPromise.unless(!changed || index.size() == COUNT, index.size() + " of " + COUNT + " pictures are indexed");
      for (int i = 0; i < COUNT; i++) {
        Path copy = small.resolve(i + ".png.png");
        if (Files.exists(copy)) {
          Images.read(copy);
        } else {
          BrokenPromise.unless(index.find(i + ".png").isEmpty(), "a picture is in the index before its thumbnail");
        }
      }
    }

    @Override
    public void close() {
      index.close();
      model.close();
    }
  }

  /** Fetches a picture that is cached. */
  private static final class Downloads implements Subject {
    private final Path kept;
    private final LoopbackServer server = new LoopbackServer();
    private final HttpImageSource source;
    private final byte[] png =
        Images.toPng(Pictures.paint(5, BufferedImage.TYPE_INT_RGB, 30, 20), Map.of("Title", "of a server"));

    Downloads(Path folder) throws IOException {
      kept = folder.resolve("kept");
      source = HttpImageSource.builder("127.0.0.1:" + server.port()).allowPrivateAddresses().cache(kept, 10_000)
          .build();
      server.handler(socket -> {
        OutputStream out = socket.getOutputStream();
        out.write(("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + png.length + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII));
        out.write(png);
        out.flush();
      });
      fetch("/a");
    }

    private void fetch(String name) throws IOException {
      int width = source.fetch("http://127.0.0.1:" + server.port() + name).getWidth();
      BrokenPromise.unless(width == 30, "a different picture was returned");
    }

    @Override
    public void change() {
      for (String name : List.of("/a", "/b")) {
        try {
          fetch(name);
        } catch (IOException e) {
          throw new BrokenPromise("a picture is not fetched because it cannot be cached", e);
        }
      }
    }

    @Override
    public void check(boolean changed) throws IOException {
      if (Files.isDirectory(kept)) {
        for (Path file : Folders.files(kept)) {
          BrokenPromise.unless(!file.toString().endsWith(".image") || Arrays.equals(Files.readAllBytes(file), png),
              "a partial picture is cached");
        }
      }
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }

  /** Trains one more step and writes a checkpoint. */
  private static final class Checkpoint implements Subject {
    private final Path output;

    Checkpoint(Path folder) {
      output = folder.resolve("out");
      TinyTraining.train(output, 1, () -> {});
    }

    @Override
    public void change() {
      TinyTraining.train(output, 2, () -> {});
    }

    @Override
    public void check(boolean changed) throws IOException {
      TinyTraining.check(output);
    }

    @Override
    public void close() {}
  }
}
