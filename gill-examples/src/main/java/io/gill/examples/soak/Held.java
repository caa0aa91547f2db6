package io.gill.examples.soak;

import io.gill.torch.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Operating-system resources held by this process; zero where the system does not report them.
 *
 * @param descriptors open files and sockets
 * @param mappings mapped files below the work folder
 * @param tensors live tensors
 */
record Held(long descriptors, long mappings, long tensors) {
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
  private static final Path MAPPINGS = Path.of("/proc/self/maps");
  private static final Path STATUS = Path.of("/proc/self/status");

  /** Allowance for a selector and for jars that open when their first class is found. */
  private static final int LATE_DESCRIPTORS = 8;

  /**
   * Number of checks before a resource counts as leaked. The collector's own thread unmaps files one by one: on a busy
   * machine, some thousand files take more than two seconds.
   */
  static final int PATIENCE = 1000;

  private static final int SETTLING = 3;
  private static final int COLLECT_EVERY = 10;
  private static final int PAUSE_MILLIS = 20;

  static Held now(Path work) {
    return new Held(count(DESCRIPTORS), mapped(work), Tensor.live());
  }

  /**
   * Describes the resources that have grown since this measurement, after garbage collection; empty if none has.
   *
   * @param descriptorsBefore number of open files that were left behind before
   */
  List<String> grown(long descriptorsBefore, Path work, int patience) throws InterruptedException {
    List<String> grown = List.of();
    for (int tries = 0; tries < patience; tries++) {
      // Waits to tell resources that are closed late from those that are never closed.
      long allowed = tries < SETTLING ? 0 : LATE_DESCRIPTORS - descriptorsBefore;
      grown = now(work).beyond(this, allowed);
      if (grown.isEmpty()) {
        break;
      }
      if (tries % COLLECT_EVERY == 0) {
        System.gc(); // unmaps unreachable files and closes unreachable clients
      }
      Thread.sleep(PAUSE_MILLIS);
    }
    return grown;
  }

  private List<String> beyond(Held before, long allowed) {
    List<String> grown = new ArrayList<>();
    if (descriptors > before.descriptors + allowed) {
      grown.add(descriptors + " open files, before " + before.descriptors);
    }
    if (mappings > before.mappings) {
      grown.add(mappings + " mapped files, before " + before.mappings);
    }
    if (tensors > before.tensors) {
      grown.add(tensors + " live tensors, before " + before.tensors);
    }
    return grown;
  }

  /** Resident memory in bytes; 0 where the system does not report it. */
  static long resident() {
    if (!Files.isReadable(STATUS)) {
      return 0;
    }
    try (Stream<String> lines = Files.lines(STATUS)) {
      return lines.filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", ""))).findFirst().orElse(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long count(Path folder) {
    if (!Files.isDirectory(folder)) {
      return 0;
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long mapped(Path work) {
    if (!Files.isReadable(MAPPINGS)) {
      return 0;
    }
    String below = work.toAbsolutePath() + "/";
    try (Stream<String> lines = Files.lines(MAPPINGS, java.nio.charset.StandardCharsets.ISO_8859_1)) {
      return lines.filter(line -> line.contains(below)).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
