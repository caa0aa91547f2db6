package io.gill.weights;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gill.GillException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** Writes weight files atomically ({@link AtomicFile}). */
public final class TensorWriter {
  private TensorWriter() {}

  /**
   * Writes a safetensors file.
   *
   * @param path path of the file, replaced if it exists
   * @param tensors tensors by name, in the order to write
   * @param metadata free text by key, the file's {@code __metadata__}; may be empty
   * @throws GillException if the file cannot be written; an existing file is then unchanged
   */
  public static void safetensors(Path path, Map<String, TensorData> tensors, Map<String, String> metadata) {
    ObjectNode header = JsonNodeFactory.instance.objectNode();
    if (!metadata.isEmpty()) {
      ObjectNode texts = header.putObject("__metadata__");
      metadata.forEach(texts::put);
    }
    long end = 0;
    for (Map.Entry<String, TensorData> entry : tensors.entrySet()) {
      TensorData tensor = entry.getValue();
      ObjectNode node = header.putObject(entry.getKey()).put("dtype", tensor.dtype().name());
      ArrayNode shape = node.putArray("shape");
      for (long size : tensor.shape()) {
        shape.add(size);
      }
      long begin = end;
      end += tensor.bytes().remaining();
      node.putArray("data_offsets").add(begin).add(end);
    }
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    int padded = (json.length + 7) / 8 * 8; // data starts at a multiple of 8; blanks fill the gap
    ByteBuffer head = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN).putLong(padded).put(json);
    while (head.hasRemaining()) {
      head.put((byte) ' ');
    }
    AtomicFile.write(path, out -> {
      writeFully(out, head.flip());
      for (TensorData tensor : tensors.values()) {
        writeFully(out, tensor.bytes().duplicate());
      }
    });
  }

  /**
   * Writes a checkpoint that {@code torch.load} reads, even with {@code weights_only}: a dict whose {@code state_dict}
   * contains the tensors, as in published checkpoints.
   *
   * @param path path of the file, replaced if it exists
   * @param stateDict tensors by name, in the order to write
   * @throws GillException if the file cannot be written; an existing file is then unchanged
   */
  public static void pyTorch(Path path, Map<String, TensorData> stateDict) {
    AtomicFile.write(path, out -> PyTorchWriter.write(out, stateDict));
  }

  static void writeFully(WritableByteChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }
}
