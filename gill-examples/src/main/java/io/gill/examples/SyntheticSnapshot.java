package io.gill.examples;

import io.gill.weights.DType;
import io.gill.weights.TensorWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A snapshot in the published layout with random weights.
 *
 * @param configs the JSON files by name
 * @param weights name of the file with the weights
 * @param tensors shapes by key
 * @param half whether the file has 16-bit numbers
 */
record SyntheticSnapshot(Map<String, String> configs, String weights, Map<String, long[]> tensors, boolean half) {
  SyntheticSnapshot {
    configs = Map.copyOf(configs);
  }

  static long count(long[] shape) {
    long count = 1;
    for (long size : shape) {
      count *= size;
    }
    return count;
  }

  static void linear(Map<String, long[]> tensors, String name, int in, int out) {
    tensors.put(name + ".weight", new long[] {out, in});
    tensors.put(name + ".bias", new long[] {out});
  }

  static void vectorPair(Map<String, long[]> tensors, String name, int size) {
    tensors.put(name + ".weight", new long[] {size});
    tensors.put(name + ".bias", new long[] {size});
  }

  /** Writes the files into a folder, which is created if missing. */
  void write(Path folder) throws IOException {
    configs.forEach((name, json) -> Output.text(folder.resolve(name), json));
    Map<String, TensorWriter.Stream> streams = new LinkedHashMap<>();
    SplittableRandom random = new SplittableRandom(1);
    tensors.forEach((name, sizes) -> streams.put(name, new TensorWriter.Stream(
        half ? DType.F16 : DType.F32, sizes, out -> write(out, count(sizes), random))));
    TensorWriter.stream(folder.resolve(weights), streams, Map.of("format", "pt"));
  }

  /** Writes the files unless an earlier run wrote them. */
  void writeIfMissing(Path folder) throws IOException {
    if (!Files.exists(folder.resolve(weights))) { // written last
      write(folder);
    }
  }

  /** Writes random numbers up to 1/32. */
  private void write(WritableByteChannel out, long count, SplittableRandom random) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    for (long left = count; left > 0;) {
      block.clear();
      for (; left > 0 && block.hasRemaining(); left--) {
        if (half) {
          block.putShort((short) (random.nextInt() & 0xa7ff)); // sign, lowest bits of the exponent, mantissa
        } else {
          block.putFloat((random.nextInt() >> 8) * 0x1p-28f);
        }
      }
      TensorWriter.writeFully(out, block.flip());
    }
  }

  /** Deletes the files and the folder. */
  void delete(Path folder) throws IOException {
    Files.deleteIfExists(folder.resolve(weights));
    for (String name : configs.keySet()) {
      Files.deleteIfExists(folder.resolve(name));
    }
    Files.deleteIfExists(folder);
  }
}
