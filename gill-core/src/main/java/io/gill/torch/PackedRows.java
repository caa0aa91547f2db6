package io.gill.torch;

import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.IValue;
import org.jspecify.annotations.Nullable;

/**
 * Consecutive rows of a matrix in the layout of an operator. Different threads multiply different rows.
 *
 * @param first index of the first row
 * @param count number of rows
 * @param values the rows, which only the operator can read
 */
record PackedRows(long first, int count, IValue values) {
  /** Maximum number of weights that a thread packs at a time: converted to 32 bits, they take 128 MB. */
  private static final long LARGEST = 1 << 25;

  /**
   * Packs all rows, on all threads. Runs inside {@link Scope#compute}.
   *
   * @param rows number of rows
   * @param columns number of columns
   * @param smallest number of weights that are worth another thread
   * @param owner keeps the packed rows
   * @param pack packs rows, given the index of the first and their number; any thread may call it
   */
  static List<PackedRows> of(
      long rows, long columns, long smallest, Scope owner, BiFunction<Long, Long, IValue> pack) {
    long fewest = (rows * columns + LARGEST - 1) / LARGEST;
    int parts = (int) Math.min(rows, Math.max(fewest, WorkerThreads.parts(rows * columns, smallest)));
    long[] starts = IntStream.rangeClosed(0, parts).mapToLong(i -> rows * i / parts).toArray();
    @Nullable IValue[] packed = new IValue[parts];
    try {
      WorkerThreads.runWithoutOpenMp(
          parts, i -> Scope.part(() -> packed[i] = pack.apply(starts[i], starts[i + 1] - starts[i])));
    } finally {
      for (IValue values : packed) {
        if (values != null) {
          owner.keep(values);
        }
      }
    }
    return IntStream.range(0, parts).mapToObj(i -> new PackedRows(
        starts[i], Math.toIntExact(starts[i + 1] - starts[i]), Objects.requireNonNull(packed[i]))).toList();
  }
}
