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
import java.util.Map;

/** Writes small safetensors files of 32-bit floats, for variants of models that the reference data lacks. */
public final class SafetensorsWriter {
  private SafetensorsWriter() {}

  /**
   * Writes a file.
   *
   * @return offset of the tensors' data in the file
   */
  public static long write(Path file, Map<String, TestTensors.Tensor> tensors) {
    ObjectNode header = new ObjectMapper().createObjectNode();
    int end = 0;
    for (Map.Entry<String, TestTensors.Tensor> entry : tensors.entrySet()) {
      ObjectNode node = header.putObject(entry.getKey()).put("dtype", "F32");
      ArrayNode shape = node.putArray("shape"); // empty for a scalar
      for (int size : entry.getValue().shape()) {
        shape.add(size);
      }
      node.withArray("data_offsets").add(end).add(end + 4 * entry.getValue().size());
      end += 4 * entry.getValue().size();
    }
    String json = header.toString();
    byte[] bytes = (json + " ".repeat(-json.length() & 7)).getBytes(StandardCharsets.UTF_8);
    ByteBuffer out = ByteBuffer.allocate(8 + bytes.length + end).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(bytes.length).put(bytes);
    int start = out.position();
    for (TestTensors.Tensor tensor : tensors.values()) {
      for (float value : tensor.floats()) {
        out.putFloat(value);
      }
    }
    try {
      Files.write(file, out.array());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return start;
  }
}
