package io.gill.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes the container of {@code torch.save} since 1.6: an uncompressed zip with a pickle of protocol 2 that describes
 * the tensors, and one record with the bytes of each. Deterministic: equal tensors give equal bytes.
 */
final class PyTorchWriter {
  private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  private PyTorchWriter() {}

  static void write(WritableByteChannel out, Map<String, TensorData> stateDict) throws IOException {
    // Not closed: that would close the file before it is forced to disk.
    ZipOutputStream zip = new ZipOutputStream(Channels.newOutputStream(out));
    record(zip, "data.pkl", ByteBuffer.wrap(describe(stateDict)));
    record(zip, "byteorder", text("little"));
    int key = 0;
    for (TensorData tensor : stateDict.values()) {
      record(zip, "data/" + key++, tensor.bytes().duplicate());
    }
    record(zip, "version", text("3\n"));
    zip.finish();
    zip.flush();
  }

  private static ByteBuffer text(String content) {
    return ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8));
  }

  private static void record(ZipOutputStream zip, String name, ByteBuffer bytes) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(bytes.duplicate());
    ZipEntry entry = new ZipEntry("archive/" + name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(bytes.remaining());
    entry.setCompressedSize(bytes.remaining());
    entry.setCrc(crc.getValue());
    entry.setTimeLocal(NO_TIME);
    zip.putNextEntry(entry);
    byte[] block = new byte[1 << 16];
    while (bytes.hasRemaining()) {
      int length = Math.min(block.length, bytes.remaining());
      bytes.get(block, 0, length);
      zip.write(block, 0, length);
    }
    zip.closeEntry();
  }

  private static byte[] describe(Map<String, TensorData> stateDict) {
    PickleWriter pickle = new PickleWriter(2);
    pickle.op('}').op('('); // the root dict, MARK
    pickle.string("state_dict").orderedDict();
    pickle.op('('); // MARK
    int key = 0;
    for (Map.Entry<String, TensorData> entry : stateDict.entrySet()) {
      pickle.string(entry.getKey());
      tensor(pickle, entry.getValue(), Integer.toString(key++));
    }
    pickle.op('u').op('u').op('.'); // SETITEMS of both dicts, STOP
    return pickle.bytes();
  }

  /** {@code _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks)}. */
  private static void tensor(PickleWriter pickle, TensorData tensor, String key) {
    pickle.global("torch._utils", "_rebuild_tensor_v2");
    pickle.op('('); // MARK: the arguments
    pickle.op('('); // MARK: the storage's persistent id
    pickle.string("storage").global("torch", storage(tensor.dtype())).string(key).string("cpu");
    pickle.integer(tensor.bytes().remaining() / tensor.dtype().byteSize());
    pickle.op('t').op('Q'); // TUPLE, BINPERSID
    pickle.integer(0).tuple(tensor.shape()).tuple(TensorLayout.rowMajor(tensor.shape()));
    pickle.op(0x89); // NEWFALSE
    pickle.orderedDict();
    pickle.op('t').op('R'); // TUPLE, REDUCE
  }

  private static String storage(DType dtype) {
    return switch (dtype) {
      case BOOL -> "BoolStorage";
      case U8 -> "ByteStorage";
      case I8 -> "CharStorage";
      case I16 -> "ShortStorage";
      case I32 -> "IntStorage";
      case I64 -> "LongStorage";
      case F16 -> "HalfStorage";
      case BF16 -> "BFloat16Storage";
      case F32 -> "FloatStorage";
      case F64 -> "DoubleStorage";
      case C64 -> "ComplexFloatStorage";
      case U16, U32, U64, F8_E4M3, F8_E5M2, F8_E4M3FNUZ, F8_E5M2FNUZ, F8_E8M0 ->
          throw new IllegalArgumentException("PyTorch's checkpoints have no storage of " + dtype);
    };
  }
}
