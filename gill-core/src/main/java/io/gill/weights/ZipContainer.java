package io.gill.weights;

import io.gill.GillException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * The records of a zip file. Records stored uncompressed, as PyTorch writes them, are mapped in place. Sizes come from
 * the central directory and are validated against the file. Checksums are verified when a record is first read, unless
 * they are 0: torch.save can omit them.
 */
final class ZipContainer {
  private static final int END_BYTES = 22;
  private static final int MAX_COMMENT = 0xffff;
  private static final int ENTRY_BYTES = 46;
  private static final int LOCAL_BYTES = 30;
  private static final int END_SIGNATURE = 0x06054b50;
  private static final int END64_SIGNATURE = 0x06064b50;
  private static final int LOCATOR64_SIGNATURE = 0x07064b50;
  private static final int ENTRY_SIGNATURE = 0x02014b50;
  private static final int LOCAL_SIGNATURE = 0x04034b50;
  private static final long IN_ZIP64 = 0xffffffffL;
  private static final int STORED = 0;
  private static final int DEFLATED = 8;

  private final MappedFile file;
  private final Map<String, ByteRegion> records = new HashMap<>();
  private final String folder;

  private record Directory(long start, long bytes, long end) {}

  ZipContainer(MappedFile file) {
    this.file = file;
    readDirectory(findDirectory());
    this.folder = findFolder();
  }

  /** Returns a record of the checkpoint, such as data.pkl or data/0, or null. */
  @Nullable ByteRegion record(String name) {
    return records.get(folder + name);
  }

  private String findFolder() {
    String found = null;
    for (String name : records.keySet()) {
      int slash = name.indexOf('/');
      if (slash > 0 && name.substring(slash + 1).equals("data.pkl")) {
        if (found != null) {
          throw bad("holds more than one data.pkl");
        }
        found = name.substring(0, slash + 1);
      }
    }
    if (found == null) {
      throw bad("is a zip file, but not a PyTorch checkpoint: it has no data.pkl");
    }
    return found;
  }

  private Directory findDirectory() {
    long size = file.size();
    int tailBytes = (int) Math.min(size, END_BYTES + MAX_COMMENT);
    ByteBuffer tail = file.slice(size - tailBytes, tailBytes);
    for (int at = tailBytes - END_BYTES; at >= 0; at--) {
      if (tail.getInt(at) == END_SIGNATURE && at + END_BYTES + (tail.getShort(at + 20) & 0xffff) == tailBytes) {
        return directory(tail, at, size - tailBytes + at);
      }
    }
    throw bad("is a zip file without its end record: it is truncated; download it again");
  }

  private Directory directory(ByteBuffer tail, int at, long endStart) {
    long bytes = Integer.toUnsignedLong(tail.getInt(at + 12));
    long start = Integer.toUnsignedLong(tail.getInt(at + 16));
    long end = endStart;
    if (endStart >= 20 && file.slice(endStart - 20, 4).getInt() == LOCATOR64_SIGNATURE) {
      long end64 = file.slice(endStart - 20, 20).getLong(8);
      if (end64 < 0 || end64 > endStart - 20 - 56 || file.slice(end64, 4).getInt() != END64_SIGNATURE) {
        throw bad("has a damaged zip64 end record");
      }
      ByteBuffer record = file.slice(end64, 56);
      bytes = record.getLong(40);
      start = record.getLong(48);
      end = end64;
    }
    if (bytes < 0 || start < 0 || bytes > end || start != end - bytes) {
      throw bad("has no zip directory at the position in its end record; it is damaged or truncated");
    }
    return new Directory(start, bytes, end);
  }

  private void readDirectory(Directory directory) {
    long at = directory.start;
    while (at < directory.end) {
      if (directory.end - at < ENTRY_BYTES) {
        throw bad("has a damaged zip directory");
      }
      ByteBuffer entry = file.slice(at, ENTRY_BYTES);
      int nameBytes = entry.getShort(28) & 0xffff;
      int extraBytes = entry.getShort(30) & 0xffff;
      int commentBytes = entry.getShort(32) & 0xffff;
      long length = (long) ENTRY_BYTES + nameBytes + extraBytes + commentBytes;
      if (entry.getInt(0) != ENTRY_SIGNATURE || length > directory.end - at) {
        throw bad("has a damaged zip directory");
      }
      String name = StandardCharsets.UTF_8.decode(file.slice(at + ENTRY_BYTES, nameBytes)).toString();
      ByteBuffer extra = file.slice(at + ENTRY_BYTES + nameBytes, extraBytes);
      if (records.put(name, record(name, entry, extra, directory.start)) != null) {
        throw bad("has two records named '" + name + "'");
      }
      at += length;
    }
  }

  private ByteRegion record(String name, ByteBuffer entry, ByteBuffer extra, long dataEnd) {
    if ((entry.getShort(8) & 1) != 0) {
      throw bad("has the encrypted record '" + name + "'");
    }
    int method = entry.getShort(10) & 0xffff;
    long crc = Integer.toUnsignedLong(entry.getInt(16));
    long stored = Integer.toUnsignedLong(entry.getInt(20));
    long size = Integer.toUnsignedLong(entry.getInt(24));
    long header = Integer.toUnsignedLong(entry.getInt(42));
    if (stored == IN_ZIP64 || size == IN_ZIP64 || header == IN_ZIP64) {
      ByteBuffer wide = zip64(name, extra);
      // Contains only the values that did not fit, in this order.
      size = size == IN_ZIP64 ? wide(name, wide) : size;
      stored = stored == IN_ZIP64 ? wide(name, wide) : stored;
      header = header == IN_ZIP64 ? wide(name, wide) : header;
    }
    if (header > dataEnd - LOCAL_BYTES) {
      throw bad("has the record '" + name + "' outside the file");
    }
    ByteBuffer local = file.slice(header, LOCAL_BYTES);
    long start = header + LOCAL_BYTES + (local.getShort(26) & 0xffff) + (local.getShort(28) & 0xffff);
    if (local.getInt(0) != LOCAL_SIGNATURE || start > dataEnd || stored > dataEnd - start) {
      throw bad("has the record '" + name + "' reaching outside the file");
    }
    ByteRegion raw = file.part(start, stored);
    return switch (method) {
      case STORED -> {
        if (stored != size) {
          throw bad("has two sizes for the record '" + name + "'");
        }
        yield new Checked(raw, name, crc);
      }
      case DEFLATED -> new Inflated(raw, name, crc, size);
      default -> throw bad("has the record '" + name + "' compressed by method " + method + ", which is not supported");
    };
  }

  private ByteBuffer zip64(String name, ByteBuffer extra) {
    while (extra.remaining() >= 4) {
      int id = extra.getShort() & 0xffff;
      int length = extra.getShort() & 0xffff;
      if (length > extra.remaining()) {
        break;
      }
      if (id == 1) {
        return extra.slice(extra.position(), length).order(ByteOrder.LITTLE_ENDIAN);
      }
      extra.position(extra.position() + length);
    }
    throw bad("has the record '" + name + "' without its zip64 sizes");
  }

  private long wide(String name, ByteBuffer values) {
    long value = values.remaining() < 8 ? -1 : values.getLong();
    if (value < 0) {
      throw bad("has the record '" + name + "' with damaged zip64 sizes");
    }
    return value;
  }

  private GillException bad(String what) {
    return new GillException(file.path() + " " + what);
  }

  private void checkCrc(String name, long expected, long actual) {
    if (expected != actual) {
      throw bad("is damaged: the record '" + name + "' does not match its checksum; download it again");
    }
  }

  /** An uncompressed record whose checksum is verified once, before the first read. */
  private final class Checked implements ByteRegion {
    private static final int STEP = 1 << 26;

    private final ByteRegion raw;
    private final String name;
    private final long crc;
    private volatile boolean checked;

    Checked(ByteRegion raw, String name, long crc) {
      this.raw = raw;
      this.name = name;
      this.crc = crc;
      this.checked = crc == 0;
    }

    @Override
    public long size() {
      return raw.size();
    }

    @Override
    public @Nullable MappedFile file() {
      return raw.file();
    }

    @Override
    public ByteBuffer slice(long offset, int length) {
      if (!checked) {
        CRC32 sum = new CRC32();
        for (long at = 0; at < raw.size(); at += STEP) {
          sum.update(raw.slice(at, (int) Math.min(STEP, raw.size() - at)));
        }
        checkCrc(name, crc, sum.getValue());
        checked = true;
      }
      return raw.slice(offset, length);
    }
  }

  /** A compressed record, inflated into native memory on first access and kept while it is in use. */
  private final class Inflated implements ByteRegion {
    /** Maximum compression ratio of deflate. */
    private static final long MAX_RATIO = 1032;

    private final ByteRegion raw;
    private final String name;
    private final long crc;
    private final long size;
    private @Nullable ByteBuffer expanded;

    Inflated(ByteRegion raw, String name, long crc, long size) {
      this.raw = raw;
      this.name = name;
      this.crc = crc;
      this.size = size;
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public long storedSize() {
      return raw.size();
    }

    @Override
    public synchronized ByteBuffer slice(long offset, int length) {
      if (expanded == null) {
        expanded = inflate();
      }
      if (offset < 0 || length < 0 || offset > size - length) {
        throw new IndexOutOfBoundsException(length + " bytes at " + offset + " of " + size);
      }
      return expanded.slice((int) offset, length).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    private ByteBuffer inflate() {
      if (size > Integer.MAX_VALUE || raw.size() > Integer.MAX_VALUE || size / MAX_RATIO > raw.size()) {
        throw bad("has the record '" + name + "' that claims to expand from " + raw.size() + " to " + size + " bytes");
      }
      ByteBuffer out = ByteBuffer.allocateDirect((int) size);
      Inflater inflater = new Inflater(true);
      try {
        inflater.setInput(raw.slice(0, (int) raw.size()));
        while (out.hasRemaining() && inflater.inflate(out) > 0) {
          // until the claimed size is there
        }
        if (out.hasRemaining()) {
          throw bad("has the record '" + name + "' that expands to less than it claims");
        }
      } catch (DataFormatException e) {
        throw new GillException(file.path() + " has the damaged record '" + name + "'", e);
      } finally {
        inflater.end();
      }
      CRC32 sum = new CRC32();
      sum.update(out.flip());
      if (crc != 0) {
        checkCrc(name, crc, sum.getValue());
      }
      return out.rewind();
    }
  }
}
