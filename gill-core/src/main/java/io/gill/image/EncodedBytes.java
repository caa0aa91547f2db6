package io.gill.image;

import java.io.ByteArrayOutputStream;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.ImageInputStreamImpl;

/** An encoded image, assembled in memory for a decoder that reads it in place. */
final class EncodedBytes extends ByteArrayOutputStream {
  EncodedBytes(int capacity) {
    super(capacity);
  }

  /** Wraps the bytes of a file without copying them; they must not be modified. */
  static EncodedBytes of(byte[] file) {
    EncodedBytes bytes = new EncodedBytes(0);
    bytes.buf = file;
    bytes.count = file.length;
    return bytes;
  }

  void set(int index, int value) {
    buf[index] = (byte) value;
  }

  ImageInputStream input() {
    return new ImageInputStreamImpl() {
      @Override
      public int read() {
        bitOffset = 0;
        return streamPos < count ? buf[(int) streamPos++] & 0xff : -1;
      }

      @Override
      public int read(byte[] to, int offset, int length) {
        bitOffset = 0;
        if (streamPos >= count) {
          return length == 0 ? 0 : -1;
        }
        int read = (int) Math.min(length, count - streamPos);
        System.arraycopy(buf, (int) streamPos, to, offset, read);
        streamPos += read;
        return read;
      }

      @Override
      public long length() {
        return count;
      }
    };
  }
}
