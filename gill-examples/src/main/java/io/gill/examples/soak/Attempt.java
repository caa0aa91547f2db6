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
 * @param random numbers that follow from the seed, the promise and the case alone
 * @param folder empty and the case's own; deleted if the case passes, kept if it fails
 */
record Attempt(long number, Random random, Path folder) {
  static Attempt of(Promise promise, long seed, long number, Path parent) throws IOException {
    CRC32 name = new CRC32();
    name.update(promise.name().getBytes(StandardCharsets.UTF_8));
    Path folder = parent.resolve(promise.name().replace('/', '-') + "-" + number);
    Folders.delete(folder);
    Files.createDirectories(folder);
    return new Attempt(number, new Random(seed * 0x9E3779B97F4A7C15L + (name.getValue() << 24) + number), folder);
  }

  Path file(String name) {
    return folder.resolve(name);
  }

  /** Writes a file that the case reads; it is kept if the case fails. */
  Path write(String name, byte[] content) throws IOException {
    return Files.write(folder.resolve(name), content);
  }
}
