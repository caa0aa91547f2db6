package io.gill.testsupport;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes small safetensors files for variants of models that the reference data lacks. */
public final class SafetensorsWriter {
  private SafetensorsWriter() {}

  /**
   * Writes a file of 32-bit floats.
   *
   * @return offset of the tensors' data in the file
   */
  public static long write(Path file, Map<String, TestTensors.Tensor> tensors) {
    return write(file, tensors, Map.of());
  }

  /**
   * Writes a file of 32-bit floats with metadata.
   *
   * @return offset of the tensors' data in the file
   */
  public static long write(Path file, Map<String, TestTensors.Tensor> tensors, Map<String, String> metadata) {
    Map<String, TestTensors.Tensor> floats = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> floats.put(name, new TestTensors.Tensor("F32", tensor.shape(), bytes(tensor))));
    return writeAsStored(file, floats, metadata);
  }

  private static byte[] bytes(TestTensors.Tensor tensor) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * tensor.size()).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : tensor.floats()) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }

  /**
   * Writes a file with the tensors' own types.
   *
   * @return offset of the tensors' data in the file
   */
  public static long writeAsStored(
      Path file, Map<String, TestTensors.Tensor> tensors, Map<String, String> metadata) {
    ObjectNode header = new ObjectMapper().createObjectNode();
    if (!metadata.isEmpty()) {
      metadata.forEach(header.putObject("__metadata__")::put);
    }
    int end = 0;
    for (Map.Entry<String, TestTensors.Tensor> entry : tensors.entrySet()) {
      TestTensors.Tensor tensor = entry.getValue();
      ObjectNode node = header.putObject(entry.getKey()).put("dtype", tensor.dtype());
      ArrayNode shape = node.putArray("shape"); // empty for a scalar
      for (int size : tensor.shape()) {
        shape.add(size);
      }
      node.withArray("data_offsets").add(end).add(end + tensor.data().length);
      end += tensor.data().length;
    }
    String json = header.toString();
    byte[] bytes = (json + " ".repeat(-json.length() & 7)).getBytes(StandardCharsets.UTF_8);
    ByteBuffer out = ByteBuffer.allocate(8 + bytes.length + end).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(bytes.length).put(bytes);
    int start = out.position();
    tensors.values().forEach(tensor -> out.put(tensor.data()));
    try {
      Files.write(file, out.array());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return start;
  }
}
