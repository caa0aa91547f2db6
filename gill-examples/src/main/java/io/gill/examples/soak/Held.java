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
 * What this process holds of the system. Zeros where the system does not say.
 *
 * @param descriptors open files and sockets
 * @param mappings mapped files below the work folder
 * @param tensors live ones
 */
record Held(long descriptors, long mappings, long tensors) {
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
  private static final Path MAPPINGS = Path.of("/proc/self/maps");
  private static final Path STATUS = Path.of("/proc/self/status");

  /** A selector and the jars that a class is first found in come late. */
  private static final int LATE_DESCRIPTORS = 8;

  /**
   * How often we look before what is left counts as left behind. The collector's own thread unmaps files one by one: on
   * a busy machine some thousand take more than two seconds.
   */
  static final int PATIENCE = 1000;

  private static final int SETTLING = 3;
  private static final int COLLECT_EVERY = 10;
  private static final int PAUSE_MILLIS = 20;

  static Held now(Path work) {
    return new Held(count(DESCRIPTORS), mapped(work), Tensor.live());
  }

  /**
   * What is more than now, once garbage is collected, in words; empty if nothing is.
   *
   * @param descriptorsBefore how many open files were left behind before
   */
  List<String> grown(long descriptorsBefore, Path work, int patience) throws InterruptedException {
    List<String> grown = List.of();
    for (int tries = 0; tries < patience; tries++) {
      // What is closed late is given some time, to be told from what is never closed.
      long allowed = tries < SETTLING ? 0 : LATE_DESCRIPTORS - descriptorsBefore;
      grown = now(work).beyond(this, allowed);
      if (grown.isEmpty()) {
        break;
      }
      if (tries % COLLECT_EVERY == 0) {
        System.gc(); // files are unmapped, and clients closed, once nobody can reach them
      }
      Thread.sleep(PAUSE_MILLIS);
    }
    return grown;
  }

  private List<String> beyond(Held before, long allowed) {
    List<String> grown = new ArrayList<>();
    if (descriptors > before.descriptors + allowed) {
      grown.add(descriptors + " open files where " + before.descriptors + " were");
    }
    if (mappings > before.mappings) {
      grown.add(mappings + " mapped files where " + before.mappings + " were");
    }
    if (tensors > before.tensors) {
      grown.add(tensors + " live tensors where " + before.tensors + " were");
    }
    return grown;
  }

  /** Resident memory in bytes; 0 where the system does not say. */
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
