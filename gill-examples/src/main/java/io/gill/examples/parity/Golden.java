package io.gill.examples.parity;

import io.gill.weights.StoredTensor;
import io.gill.weights.TensorFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Recorded tensors. Tracks the tensors that were read, so that none is missed. */
final class Golden implements AutoCloseable {
  private final TensorFile file;
  private final Set<String> read = new HashSet<>();

  private Golden(TensorFile file) {
    this.file = file;
  }

  static Golden open(Path path) {
    return new Golden(TensorFile.open(path));
  }

  boolean has(String name) {
    return file.names().contains(name);
  }

  Set<String> names() {
    return file.names();
  }

  /** Returns the tensor's size along each axis. */
  int[] shape(String name) {
    return Arrays.stream(get(name).shape()).mapToInt(Math::toIntExact).toArray();
  }

  float[] floats(String name) {
    return get(name).toFloatArray();
  }

  long[] longs(String name) {
    return get(name).toLongArray();
  }

  int[] ints(String name) {
    return Folder.ints(longs(name));
  }

  /** Returns the tensor as rows of its last axis, with all other axes flattened. */
  float[][] rows(String name) {
    int[] shape = shape(name);
    return rows(floats(name), shape[shape.length - 1]);
  }

  /** Returns one element along the first axis of a three-dimensional tensor. */
  float[][] rows(String name, int index) {
    int[] shape = shape(name);
    int count = shape[1];
    return Arrays.copyOfRange(rows(name), index * count, (index + 1) * count);
  }

  static float[][] rows(float[] flat, int width) {
    float[][] rows = new float[flat.length / width][];
    Arrays.setAll(rows, i -> Arrays.copyOfRange(flat, i * width, (i + 1) * width));
    return rows;
  }

  static float[] flat(float[][] rows) {
    return flat(List.of(rows));
  }

  /** Concatenates rows. */
  static float[] flat(List<float[]> rows) {
    int total = rows.stream().mapToInt(row -> row.length).sum();
    float[] flat = new float[total];
    int to = 0;
    for (float[] row : rows) {
      System.arraycopy(row, 0, flat, to, row.length);
      to += row.length;
    }
    return flat;
  }

  StoredTensor get(String name) {
    if (!has(name)) {
      throw new IllegalArgumentException("the reference data lacks the tensor '" + name + "' in " + file.path());
    }
    read.add(name);
    return file.get(name);
  }

  /** Fails for tensors that no case of a complete run has read: they belong to an unknown kind of case. */
  void reportUnread(Report report, String part, String name) {
    if (report.isFiltered()) {
      return;
    }
    List<String> unread = file.names().stream().filter(tensor -> !read.contains(tensor)).toList();
    if (!unread.isEmpty()) {
      report.fail(part, name, unread.size() + " tensors belong to no known case: "
          + String.join(", ", unread.subList(0, Math.min(3, unread.size()))));
    }
  }

  @Override
  public void close() {
    file.close();
  }
}
