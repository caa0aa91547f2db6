package io.gill.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * The container {@code torch.save} writes since 1.6: an uncompressed zip with a pickle of protocol 2 that describes the
 * tensors, and a record with the bytes of each. The same tensors give the same bytes.
 */
final class PyTorchWriter {
  private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  private final ByteArrayOutputStream pickle = new ByteArrayOutputStream();

  private PyTorchWriter() {}

  static void write(WritableByteChannel out, Map<String, TensorData> stateDict) throws IOException {
    // Not closed: that would close the file before it has reached the disk.
    ZipOutputStream zip = new ZipOutputStream(Channels.newOutputStream(out));
    record(zip, "data.pkl", ByteBuffer.wrap(new PyTorchWriter().describe(stateDict)));
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

  private byte[] describe(Map<String, TensorData> stateDict) {
    op(0x80).op(2); // PROTO 2
    op('}').op('('); // the root dict, MARK
    string("state_dict");
    orderedDict();
    op('('); // MARK
    int key = 0;
    for (Map.Entry<String, TensorData> entry : stateDict.entrySet()) {
      string(entry.getKey());
      tensor(entry.getValue(), Integer.toString(key++));
    }
    op('u').op('u').op('.'); // SETITEMS of both dicts, STOP
    return pickle.toByteArray();
  }

  /** {@code _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks)}. */
  private void tensor(TensorData tensor, String key) {
    global("torch._utils", "_rebuild_tensor_v2");
    op('('); // MARK: the arguments
    op('('); // MARK: what tells the storage
    string("storage");
    global("torch", storage(tensor.dtype()));
    string(key);
    string("cpu");
    integer(tensor.bytes().remaining() / tensor.dtype().byteSize());
    op('t').op('Q'); // TUPLE, BINPERSID
    integer(0);
    tuple(tensor.shape());
    tuple(StoredTensor.dense(tensor.shape()));
    op(0x89); // NEWFALSE
    orderedDict();
    op('t').op('R'); // TUPLE, REDUCE
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
      case U16, U32, U64, F8_E4M3, F8_E5M2 ->
          throw new IllegalArgumentException("PyTorch's checkpoints have no storage of " + dtype);
    };
  }

  private void orderedDict() {
    global("collections", "OrderedDict");
    op(')').op('R'); // EMPTY_TUPLE, REDUCE
  }

  private void tuple(long... values) {
    op('('); // MARK
    for (long value : values) {
      integer(value);
    }
    op('t'); // TUPLE
  }

  private void integer(long value) {
    if (value == (int) value) {
      op('J').number((int) value); // BININT
      return;
    }
    byte[] bigEndian = BigInteger.valueOf(value).toByteArray();
    op(0x8a).op(bigEndian.length); // LONG1
    for (int i = bigEndian.length - 1; i >= 0; i--) {
      op(bigEndian[i]);
    }
  }

  private void string(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    op('X').number(bytes.length); // BINUNICODE
    pickle.writeBytes(bytes);
  }

  private void global(String module, String name) {
    op('c'); // GLOBAL
    pickle.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
  }

  private void number(int value) {
    pickle.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
  }

  private PyTorchWriter op(int code) {
    pickle.write(code);
    return this;
  }
}
