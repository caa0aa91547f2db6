package io.gill.examples.soak;

import io.gill.retrieval.ExactIndex;
import io.gill.retrieval.ImageFilter;
import io.gill.retrieval.ImageIndex;
import io.gill.retrieval.IndexedImage;
import io.gill.retrieval.LuceneIndex;
import io.gill.stage.ImageRetriever.Hit;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/** Indexes on disk, and changes to their files with corrected checksums. */
final class IndexFiles {
  static final int DIMENSION = 8;

  /** Length of a Lucene file's footer: magic, algorithm, CRC-32. */
  private static final int FOOTER = 16;

  private static final int BATCHES = 9;
  private static final int BATCH = 20;

  private IndexFiles() {}

  static float[] vector(long seed) {
    Random random = new Random(seed);
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }

  static List<IndexedImage> images(int from, int to) {
    return IntStream.range(from, to).mapToObj(i ->
        new IndexedImage("" + i, i + ".png", i % 3 == 0 ? Map.of() : Map.of("a", "" + i % 4), vector(i))).toList();
  }

  static void make(Path folder, boolean lucene) {
    try (ImageIndex index =
        lucene ? LuceneIndex.create(folder, DIMENSION, 1) : ExactIndex.create(folder, DIMENSION, 1)) {
      for (int i = 0; i < BATCHES; i++) {
        index.add(images(i * BATCH, (i + 1) * BATCH));
        index.commit();
      }
      index.delete(List.of("1", "21", "165"));
      index.commit();
    }
  }

  /** Calls every method of an index. */
  static void use(Path folder) {
    try (ImageIndex index = ImageIndex.openReadOnly(folder)) {
      ask(index);
    }
    try (ImageIndex index = ImageIndex.open(folder)) {
      ask(index);
      if (index.dimension() != DIMENSION) {
        return;
      }
      index.delete(List.of("3"));
      index.add(List.of(new IndexedImage("one more", "uri", vector(-5))));
      index.commit();
      ask(index);
    }
  }

  private static void ask(ImageIndex index) {
    if (index.dimension() != DIMENSION) {
      return; // a changed header may still be a valid one
    }
    List<Hit> hits = index.search(vector(-1), 30, Set.of());
    BrokenPromise.unless(hits.size() <= 30, hits.size() + " hits, but 30 were requested");
    index.search(vector(-2), 300, ImageFilter.is("a", "1"), Set.of("1", "2"));
    IntStream.range(0, BATCHES * BATCH).forEach(id -> index.find("" + id));
    index.forEach(image ->
        BrokenPromise.unless(image.embedding().length == DIMENSION, "an embedding of another width"));
    index.someUris(5);
  }

  static void changeExact(Path file, Random random) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    if (bytes.length < 24) {
      return;
    }
    Bytes.overwrite(bytes, 0, bytes.length - 4, random);
    ByteBuffer buffer = Bytes.reader(bytes);
    if (file.toString().endsWith(".segment") && bytes.length > 64) {
      int end = bytes.length - 8; // a single block
      buffer.putInt(32, crc(new CRC32C(), bytes, 0, 32));
      buffer.putInt(end, crc(new CRC32C(), bytes, 0, end));
      buffer.putInt(end + 4, crc(new CRC32C(), bytes, end, 4));
    } else {
      buffer.putInt(bytes.length - 4, crc(new CRC32C(), bytes, 0, bytes.length - 4));
    }
    Folders.replace(file, bytes);
  }

  static void changeLucene(Path file, Random random) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    if (bytes.length <= FOOTER) {
      return;
    }
    String name = file.getFileName().toString();
    Path entries = file.resolveSibling(name.replace(".cfs", ".cfe"));
    if (name.endsWith(".cfs") && Files.exists(entries) && random.nextInt(8) > 0) {
      changeInside(bytes, places(Bytes.reader(Files.readAllBytes(entries))), random);
    } else {
      Bytes.overwrite(bytes, 0, bytes.length - FOOTER, random);
    }
    close(bytes, 0, bytes.length);
    Folders.replace(file, bytes);
  }

  private static void changeInside(byte[] bytes, List<long[]> places, Random random) {
    long[] place = places.isEmpty() ? new long[] {0, 0} : places.get(random.nextInt(places.size()));
    long from = place[0];
    long to = from + place[1];
    if (from >= 0 && to - from > FOOTER && to <= bytes.length) { // the entries may have been changed already
      Bytes.overwrite(bytes, (int) from, (int) to - FOOTER, random);
      close(bytes, (int) from, (int) to);
    }
  }

  /** Corrects the checksum at the end of a file. */
  private static void close(byte[] bytes, int from, int to) {
    CRC32 crc = new CRC32();
    crc.update(bytes, from, to - 8 - from);
    ByteBuffer.wrap(bytes).order(ByteOrder.BIG_ENDIAN).putLong(to - 8, crc.getValue());
  }

  /** The files inside a compound file: offset and length. */
  private static List<long[]> places(ByteBuffer entries) {
    List<long[]> places = new ArrayList<>();
    try {
      read(entries, places);
    } catch (BufferUnderflowException | IllegalArgumentException | NegativeArraySizeException e) {
      // The entries have been changed already.
    }
    return places;
  }

  private static void read(ByteBuffer entries, List<long[]> places) {
    entries.getInt(); // magic
    text(entries); // codec
    entries.getInt(); // version
    entries.position(entries.position() + 16); // the segment's id
    entries.position(entries.position() + (entries.get() & 0xff)); // and suffix
    for (int left = number(entries); left > 0; left--) {
      text(entries);
      places.add(new long[] {entries.getLong(), entries.getLong()});
    }
  }

  private static String text(ByteBuffer in) {
    byte[] bytes = new byte[Math.min(number(in), in.remaining() + 1)];
    in.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static int number(ByteBuffer in) {
    int value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = in.get();
      value |= (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }

  private static int crc(Checksum checksum, byte[] bytes, int from, int length) {
    checksum.update(bytes, from, length);
    return (int) checksum.getValue();
  }
}
