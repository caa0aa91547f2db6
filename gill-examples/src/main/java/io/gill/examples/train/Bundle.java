package io.gill.examples.train;

import io.gill.weights.AtomicFile;
import io.gill.weights.TensorData;
import io.gill.weights.TensorFile;
import io.gill.weights.TensorWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A copy of a model with 16-bit weights. */
final class Bundle {
  private Bundle() {}

  /** Writes the copy and returns its size in bytes. */
  static long write(Path from, Path to) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(from)) {
      files = all.filter(Files::isRegularFile).sorted().toList();
    }
    long size = 0;
    for (Path file : files) {
      Path copy = to.resolve(from.relativize(file).toString());
      if (file.toString().endsWith(".safetensors")) {
        halve(file, copy);
      } else {
        AtomicFile.write(copy, ByteBuffer.wrap(Files.readAllBytes(file)));
      }
      size += Files.size(copy);
    }
    return size;
  }

  private static void halve(Path file, Path copy) {
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    try (TensorFile weights = TensorFile.open(file)) {
      for (String name : weights.names()) {
        tensors.put(name, TensorData.half(weights.get(name).toFloatArray(), weights.get(name).shape()));
      }
    }
    TensorWriter.safetensors(copy, tensors, Map.of("format", "pt"));
  }
}
