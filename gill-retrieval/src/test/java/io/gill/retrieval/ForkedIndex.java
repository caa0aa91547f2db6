package io.gill.retrieval;

import io.gill.GillException;
import io.gill.testsupport.JavaProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Works on an index in another process and prints the results. */
final class ForkedIndex {
  private ForkedIndex() {}

  public static void main(String[] arguments) {
    Path path = Path.of(arguments[1]);
    switch (arguments[0]) {
      case "open" -> open(path);
      case "fill" -> fill(path);
      case "grow" -> grow(path);
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  private static void open(Path path) {
    try (ImageIndex index = ImageIndex.open(path)) {
      System.out.println("opened " + index.size());
    } catch (GillException e) {
      System.out.println(String.valueOf(e.getMessage()).contains("already open") ? "refused" : "" + e);
    }
  }

  /** Adds more than fits on the disk, and continues after the failure. */
  private static void fill(Path path) {
    ImageIndex index = ImageIndex.open(path);
    try {
      index.add(wide(0, 100));
      index.commit();
      System.out.println("committed");
      index.add(wide(100, 1600));
      index.commit();
    } catch (GillException e) {
      System.out.println("commit failed");
    }
    long size = index.size(); // before a search falls back to the last commit
    List<String> visited = new ArrayList<>();
    index.forEach(image -> visited.add(image.id()));
    System.out.println(size == visited.size() ? "size agrees" : size + " images, but visited " + visited.size());
    System.out.println("found " + index.search(wide(7, 8).get(0).embedding(), 1, Set.of()).get(0).id());
    try {
      index.close();
    } catch (GillException e) {
      System.out.println("close failed");
    }
  }

  static List<IndexedImage> wide(int from, int to) {
    return ImageIndexContract.images(to).subList(from, to).stream()
        .map(image -> new IndexedImage(image.id(), "", Arrays.copyOf(image.embedding(), 256))).toList();
  }

  /** Adds images until the process is killed; commits each one and prints it. */
  private static void grow(Path path) {
    try (ImageIndex index = ImageIndex.open(path)) {
      for (int i = 0; ; i++) {
        String id = "image " + i + ".";
        index.add(List.of(new IndexedImage(id, "", ImageIndexContract.random(i))));
        index.commit();
        System.out.println(id);
      }
    }
  }

  static List<String> outputOf(Object... arguments) throws IOException, InterruptedException {
    return linesOf(JavaProcess.of(ForkedIndex.class, List.of("-Xmx256m"), arguments));
  }

  static List<String> linesOf(ProcessBuilder builder) throws IOException, InterruptedException {
    return JavaProcess.outputOf(builder).lines().toList();
  }
}
