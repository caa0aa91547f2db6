package io.gill.torch;

import io.gill.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A quantised matrix on the CPU. Axes: M rows of the input, K columns, G the group, N blocks of G rows.
 *
 * <p>A few rows are multiplied by FBGEMM's kernel for weighted sums of quantised table rows, which converts the weights
 * in registers and reads each of them once. For more rows, a few blocks at a time are converted to 32 bits and
 * multiplied.
 *
 * @param format the format of the records
 * @param table (N, K, bytes of a record), unsigned bytes
 * @param rows number of rows; the table may have more
 * @param counter the numbers that the kernel needs
 */
public record RowwiseMatrix(RowwiseFormat format, Tensor table, long rows, Counter counter) implements Matrix {
  /** Number of weights from which several threads multiply a row faster than one: waking a thread takes 0.1 ms. */
  private static final long SMALL = 8 << 20;

  /** Number of weights to convert at a time: their memory, 8 MB, is reused from block to block. */
  private static final long CONVERTED = 2 << 20;

  /** Number of input rows from which converting the weights is faster than reading them once per row. */
  private static final long MANY_ROWS = 5;

  /** The numbers 0, 1, 2, …, shared by all matrices of a model. */
  static final class Counter {
    private final Scope owner;
    private @Nullable Tensor numbers; // 32-bit integers

    Counter(Scope owner) {
      this.owner = owner;
    }

    /** Makes room for a number of records. Called by the loading thread only. */
    void reserve(long count) {
      Tensor old = numbers;
      if (old == null || old.size(0) < count) {
        numbers = Scope.compute("numbering records", () -> owner.keep(Tensor.range(count, 1)));
        if (old != null) {
          old.close();
        }
      }
    }

    Tensor first(long count) {
      return Objects.requireNonNull(numbers).narrow(0, 0, count);
    }
  }

  static RowwiseMatrix of(RowwiseFormat format, Tensor table, long rows, Counter counter) {
    counter.reserve(table.size(0) * table.size(1));
    return new RowwiseMatrix(format, table, rows, counter);
  }

  @Override
  public long columns() {
    return table.size(1);
  }

  private int group() {
    return format.group(table);
  }

  /** Number of blocks that hold rows. */
  private long blocks() {
    return RowwiseFormat.blocks(rows, group());
  }

  @Override
  public Tensor multiply(Tensor x, @Nullable Tensor bias) {
    return Scope.tidy(() -> {
      Tensor input = x.to(Precision.FLOAT32).reshape(-1, columns()).contiguous(); // (M, K)
      long m = input.size(0);
      Tensor product = m < MANY_ROWS ? byRow(input) : byBlock(input); // (M, N · G)
      Tensor y = product.narrow(1, 0, rows); // (M, rows)
      long[] shape = x.shape();
      shape[shape.length - 1] = rows;
      return (bias == null ? y.contiguous() : y.add(bias)).to(x).reshape(shape);
    });
  }

  private Tensor byRow(Tensor input) {
    long n = blocks();
    long k = columns();
    int parts = n * k * group() < SMALL ? 1 : (int) Math.min(n, WorkerThreads.count() + 1);
    Tensor starts = Tensor.range(n + 1, k); // (N + 1)
    List<Tensor> products = new ArrayList<>();
    for (long i = 0; i < input.size(0); i++) {
      Tensor repeated = input.narrow(0, i, 1).expand(n, k).reshape(n * k);
      List<Supplier<org.bytedeco.pytorch.Tensor>> tasks = new ArrayList<>();
      for (int part = 0; part < parts; part++) {
        long first = n * part / parts;
        long count = n * (part + 1) / parts - first;
        Tensor records = table.narrow(0, first, count).reshape(count * k, table.size(2));
        Tensor indices = counter.first(count * k);
        Tensor ends = starts.narrow(0, 0, count + 1);
        Tensor x = repeated.narrow(0, 0, count * k);
        tasks.add(() -> format.multiply(records, indices, ends, x)); // (count, G)
      }
      for (org.bytedeco.pytorch.Tensor product : WorkerThreads.run(tasks)) {
        products.add(Tensor.adopt(product).reshape(-1));
      }
    }
    Tensor all = products.size() == 1 ? products.get(0) : Tensor.cat(0, products);
    return all.reshape(input.size(0), n * group()); // (M, N · G)
  }

  private Tensor byBlock(Tensor input) {
    long n = blocks();
    long k = columns();
    long together = Math.max(1, CONVERTED / (k * group()));
    List<Tensor> products = new ArrayList<>();
    for (long block = 0; block < n; block += together) {
      long first = block;
      long count = Math.min(together, n - first);
      products.add(Scope.tidy(() -> {
        Tensor records = table.narrow(0, first, count).reshape(count * k, table.size(2));
        Tensor weights = format.unpack(records).reshape(count, k, group()).transpose(0, 1); // (K, count, G)
        return input.matmul(weights.reshape(k, count * group())); // (M, K) @ (K, count · G)
      }));
    }
    return Tensor.cat(1, products);
  }

  /** Returns the weights of one block: (K, G). */
  private Tensor block(long index) {
    return format.unpack(table.select(0, index));
  }

  @Override
  public Tensor select(long... indices) {
    Tensor[] found = new Tensor[indices.length];
    for (int i = 0; i < indices.length; i++) {
      if (found[i] == null) {
        long block = indices[i] / group();
        Tensor weights = block(block); // (K, G)
        for (int j = i; j < indices.length; j++) {
          if (indices[j] / group() == block) {
            found[j] = weights.select(1, indices[j] % group()).contiguous().reshape(1, columns());
          }
        }
        weights.close();
      }
    }
    return found.length == 1 ? found[0] : Tensor.cat(0, found); // (n, K)
  }

  @Override
  public Tensor cast(Tensor x) {
    return x.to(Precision.FLOAT32, table.device());
  }

  @Override
  public Matrix first(long count, Scope owner) {
    return new RowwiseMatrix(format, table, count, counter);
  }

  @Override
  public Tensor mean() {
    return Scope.tidy(() -> {
      Tensor sum = Tensor.zeros(Precision.FLOAT32, table.device(), columns()); // (K)
      for (long block = 0; block < blocks(); block++) {
        long index = block;
        long used = Math.min(group(), rows - block * group());
        sum.addInPlace(Scope.tidy(() -> block(index).narrow(1, 0, used).mean(1).mul((double) used / rows)));
      }
      return sum;
    });
  }

  @Override
  public boolean sameAs(Matrix other) {
    return other instanceof RowwiseMatrix same
        && same.format == format && same.rows == rows && table.sameAs(same.table);
  }

  @Override
  public void close() {
    table.close();
  }
}
