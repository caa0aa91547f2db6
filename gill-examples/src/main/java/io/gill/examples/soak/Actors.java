package io.gill.examples.soak;

import io.gill.GillModel;
import io.gill.retrieval.ImageIndex;
import io.gill.retrieval.ImageLibrary;
import io.gill.testing.FakeModel;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;

/** Work that a child process does until it is killed. It prints a line for everything that is durably done. */
final class Actors {
  static final String DONE = "done ";

  private Actors() {}

  static void run(String task, List<String> arguments, PrintWriter out) {
    Path path = Path.of(arguments.get(0));
    switch (task) {
      case "grow" -> grow(path, Integer.parseInt(arguments.get(1)), out);
      case "library" -> library(path, Path.of(arguments.get(1)), out);
      case "train" -> TinyTraining.train(path, Long.MAX_VALUE, () -> say(out, 0));
      default -> throw new IllegalArgumentException(task);
    }
  }

  private static void say(PrintWriter out, long number) {
    out.println(DONE + number);
    out.flush();
  }

  /** Adds three images, deletes the one before them, commits and prints a line. */
  private static void grow(Path path, int from, PrintWriter out) {
    try (ImageIndex index = ImageIndex.open(path)) {
      for (int i = from; ; i += 3) {
        index.add(IndexFiles.images(i, i + 3));
        index.delete(List.of("" + (i - 1)));
        index.commit();
        say(out, i);
      }
    }
  }

  /** Indexes the pictures of a folder over and over until the process is killed. */
  private static void library(Path path, Path pictures, PrintWriter out) {
    try (GillModel model = FakeModel.builder(prompt -> "").build(); ImageIndex index = ImageIndex.open(path)) {
      say(out, 0);
      while (true) {
        new ImageLibrary(model, index).index(pictures, (done, total) -> true);
        index.commit();
        index.forEach(image -> {});
        index.delete(List.of("1.png", "2.png", "3.png"));
        index.commit();
      }
    }
  }
}
