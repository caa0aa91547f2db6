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
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Writes weight files atomically ({@link AtomicFile}). */
public final class TensorWriter {
  /** Smallest file for which the disk is asked for its free space before it is written. */
  private static final long LARGE = 1L << 28;

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
    Map<String, Stream> streams = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> streams.put(name, new Stream(
        tensor.dtype(), tensor.shape(), out -> writeFully(out, tensor.bytes().duplicate()))));
    stream(path, streams, metadata);
  }

  /**
   * A tensor that is written piece by piece.
   *
   * @param dtype element type
   * @param shape size of each axis
   * @param body writes the elements, row-major and little-endian
   */
  @SuppressWarnings("ArrayRecordComponent") // a plain carrier, never compared
  public record Stream(DType dtype, long[] shape, AtomicFile.Body body) {
    long byteSize() {
      long size = dtype.byteSize();
      for (long length : shape) {
        size = Math.multiplyExact(size, length);
      }
      return size;
    }
  }

  /**
   * Writes a safetensors file whose tensors need not fit into memory.
   *
   * @param path path of the file, replaced if it exists
   * @param tensors tensors by name, in the order to write
   * @param metadata free text by key, the file's {@code __metadata__}; may be empty
   * @throws GillException if the disk has too little space, before anything is written, or the file cannot be written;
   *     an existing file is then unchanged
   */
  public static void stream(Path path, Map<String, Stream> tensors, Map<String, String> metadata) {
    ObjectNode header = JsonNodeFactory.instance.objectNode();
    if (!metadata.isEmpty()) {
      ObjectNode texts = header.putObject("__metadata__");
      metadata.forEach(texts::put);
    }
    long end = 0;
    for (Map.Entry<String, Stream> entry : tensors.entrySet()) {
      Stream tensor = entry.getValue();
      ObjectNode node = header.putObject(entry.getKey()).put("dtype", tensor.dtype().name());
      ArrayNode shape = node.putArray("shape");
      for (long size : tensor.shape()) {
        shape.add(size);
      }
      long begin = end;
      end += tensor.byteSize();
      node.putArray("data_offsets").add(begin).add(end);
    }
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    int padded = (json.length + 7) / 8 * 8; // data starts at a multiple of 8; blanks fill the gap
    ByteBuffer head = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN).putLong(padded).put(json);
    while (head.hasRemaining()) {
      head.put((byte) ' ');
    }
    requireSpace(path, head.capacity() + end);
    AtomicFile.write(path, out -> {
      writeFully(out, head.flip());
      for (Map.Entry<String, Stream> entry : tensors.entrySet()) {
        long begin = out.position();
        entry.getValue().body().write(out);
        if (out.position() - begin != entry.getValue().byteSize()) {
          throw new IllegalStateException(entry.getKey() + " has " + (out.position() - begin) + " bytes, not "
              + entry.getValue().byteSize());
        }
      }
    });
  }

  private static void requireSpace(Path path, long needed) {
    Path folder = path.toAbsolutePath().getParent();
    if (folder == null || needed < LARGE) {
      return;
    }
    DiskSpace.lackedBy(folder, needed).ifPresent(space -> {
      throw new GillException(String.format(Locale.ROOT,
          "%s needs %.1f GB of disk space, but %.1f GB are free in %s: make room or name a folder on another disk",
          path, needed / 1e9, space.free() / 1e9, space.folder()));
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

  /**
   * Writes all of a buffer.
   *
   * @param out receives the bytes
   * @param bytes the bytes between position and limit
   * @throws IOException if writing fails
   */
  public static void writeFully(WritableByteChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }
}
