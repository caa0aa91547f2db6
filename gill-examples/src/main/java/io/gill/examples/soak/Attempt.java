package io.gill.examples.soak;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.CRC32;

/**
 * One case of a promise.
 *
 * @param number of the case, from 0
 * @param random random numbers that depend only on the seed, the promise and the case
 * @param folder an empty folder of the case's own; deleted if the case passes, kept if it fails
 */
record Attempt(long number, Random random, Path folder) {
  static Attempt of(Promise promise, long seed, long number, Path parent) throws IOException {
    CRC32 name = new CRC32();
    name.update(promise.name().getBytes(StandardCharsets.UTF_8));
    Path folder = parent.resolve(promise.name().replace('/', '-') + "-" + number);
    Folders.delete(folder);
    Files.createDirectories(folder);
    return new Attempt(number, new Random(mixed(mixed(seed + (name.getValue() << 32)) + number)), folder);
  }

  /** Mixes the seed: consecutive seeds would start generators with similar numbers. */
  private static long mixed(long seed) {
    long z = (seed ^ (seed >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  Path file(String name) {
    return folder.resolve(name);
  }

  /** Writes an input file of the case; it is kept if the case fails. */
  Path write(String name, byte[] content) throws IOException {
    return Files.write(folder.resolve(name), content);
  }
}
