package io.gill.torch;

import io.gill.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A quantised matrix on the CPU. Axes: M rows of the input, K columns, G the group, N blocks of G rows.
 *
 * <p>A few rows are multiplied by FBGEMM's kernel for weighted sums of quantised table rows, which converts the weights
 * in registers and reads each of them once. For more rows, one block at a time is converted to 32 bits in the cache and
 * multiplied there.
 *
 * @param format the format of the records
 * @param table (N, K, bytes of a record), unsigned bytes
 * @param rows number of rows; the table may have more
 * @param counter the numbers that the kernel needs
 */
public record RowwiseMatrix(RowwiseFormat format, Tensor table, long rows, Counter counter) implements Matrix {
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
    Tensor records = table.narrow(0, 0, n).reshape(n * k, table.size(2));
    Tensor indices = counter.first(n * k);
    Tensor starts = Tensor.range(n + 1, k); // (N + 1)
    List<Tensor> products = new ArrayList<>();
    for (long i = 0; i < input.size(0); i++) {
      Tensor repeated = input.narrow(0, i, 1).expand(n, k).reshape(n * k);
      products.add(format.multiply(records, indices, starts, repeated).reshape(1, n * group())); // (1, N · G)
    }
    return products.size() == 1 ? products.get(0) : Tensor.cat(0, products);
  }

  private Tensor byBlock(Tensor input) {
    List<Tensor> products = new ArrayList<>();
    for (long block = 0; block < blocks(); block++) {
      long index = block;
      products.add(Scope.tidy(() -> input.matmul(block(index)))); // (M, K) @ (K, G)
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
    return other instanceof RowwiseMatrix same && same.format == format && table.sameAs(same.table);
  }

  @Override
  public void close() {
    table.close();
  }
}
