package io.gill.examples.soak;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/** Changes weight files and corrects their lengths and checksums afterwards. */
final class Containers {
  private static final int NUMPY_HEADER = 10;

  private Containers() {}

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Entry(String name, byte[] content) {}

  /** Changes a safetensors file: the length of a JSON header, the header, then numbers. */
  static byte[] safetensors(byte[] bytes, Random random) {
    if (bytes.length < 8 || random.nextInt(6) == 0) {
      return Bytes.mutateHead(bytes, 64, random);
    }
    int length = (int) Math.max(0, Math.min(bytes.length - 8L, Bytes.reader(bytes).getLong(0)));
    byte[] header = Json.mutate(Arrays.copyOfRange(bytes, 8, 8 + length), random);
    byte[] data = Arrays.copyOfRange(bytes, 8 + length, bytes.length);
    return Bytes.join(Bytes.littleEndian((long) header.length), header,
        random.nextInt(6) == 0 ? Bytes.mutate(data, random) : data);
  }

  /** Changes a checkpoint: a zip of records, one of them a pickle. */
  static byte[] checkpoint(byte[] bytes, Random random) {
    if (random.nextInt(4) == 0) {
      return Bytes.mutate(bytes, random);
    }
    try {
      List<Entry> entries = new ArrayList<>();
      try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(bytes))) {
        for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
          entries.add(new Entry(entry.getName(), zip.readAllBytes()));
        }
      }
      if (entries.isEmpty()) {
        return Bytes.mutate(bytes, random);
      }
      boolean tail = random.nextInt(6) == 0;
      byte[] zip = zip(tail ? entries : changed(entries, random), random.nextInt(6) == 0);
      if (tail) { // the central directory
        int from = Math.max(0, zip.length - 300);
        return Bytes.join(Arrays.copyOf(zip, from), Bytes.mutate(Arrays.copyOfRange(zip, from, zip.length), random));
      }
      return zip;
    } catch (IOException | IllegalArgumentException e) {
      return Bytes.mutate(bytes, random);
    }
  }

  private static List<Entry> changed(List<Entry> entries, Random random) {
    List<Entry> changed = new ArrayList<>(entries);
    int at = random.nextInt(changed.size());
    for (int i = 0; i < changed.size() && random.nextInt(4) > 0; i++) {
      at = changed.get(i).name.endsWith(".pkl") ? i : at;
    }
    Entry one = changed.get(at);
    switch (random.nextInt(12)) {
      case 0 -> changed.remove(at);
      case 1 -> changed.add(new Entry(one.name + "2", one.content));
      case 2 -> changed.set(at, new Entry("../" + one.name, one.content));
      default -> changed.set(at, new Entry(one.name, one.name.endsWith(".pkl")
          ? Pickles.mutate(one.content, random) : Bytes.mutate(one.content, random)));
    }
    return changed;
  }

  private static byte[] zip(List<Entry> entries, boolean deflated) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Entry one : entries) {
        ZipEntry entry = new ZipEntry(one.name);
        if (!deflated) {
          CRC32 crc = new CRC32();
          crc.update(one.content);
          entry.setMethod(ZipEntry.STORED);
          entry.setSize(one.content.length);
          entry.setCompressedSize(one.content.length);
          entry.setCrc(crc.getValue());
        }
        zip.putNextEntry(entry);
        zip.write(one.content);
        zip.closeEntry();
      }
    } catch (java.util.zip.ZipException e) {
      throw new IOException(e); // a duplicate name
    }
    return out.toByteArray();
  }

  /** Changes a numpy array: a Python dict as header, then numbers. */
  static byte[] numpy(byte[] bytes, Random random) {
    if (bytes.length < NUMPY_HEADER || random.nextInt(4) == 0) {
      return Bytes.mutateHead(bytes, 128, random);
    }
    int length = Math.min(bytes.length - NUMPY_HEADER, Bytes.reader(bytes).getShort(8) & 0xffff);
    String header = new String(bytes, NUMPY_HEADER, length, java.nio.charset.StandardCharsets.ISO_8859_1);
    String[] odd = {"'<f4'", "'>f4'", "'<f8'", "'|O'", "'<c16'", "True", "(0, 0)", "(1, -1)", "(2147483648, 4)",
        "(4611686018427387904, 8)", "()", "(3,)", "(2, 3, 4)", "__import__('os')", "'" + "x".repeat(300) + "'"};
    String value = java.util.regex.Matcher.quoteReplacement(odd[random.nextInt(odd.length)]);
    String changed = switch (random.nextInt(4)) {
      case 0 -> header.replaceFirst("'descr': [^,]*", "'descr': " + value);
      case 1 -> header.replaceFirst("'fortran_order': \\w+", "'fortran_order': " + value);
      default -> header.replaceFirst("'shape': \\([^)]*\\)", "'shape': " + value);
    };
    byte[] text = changed.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    byte[] begin = Arrays.copyOf(bytes, NUMPY_HEADER);
    Bytes.reader(begin).putShort(8, (short) text.length);
    return Bytes.join(begin, text, Arrays.copyOfRange(bytes, NUMPY_HEADER + length, bytes.length));
  }

  static byte[] unchecked(java.util.concurrent.Callable<byte[]> bytes) {
    try {
      return bytes.call();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
