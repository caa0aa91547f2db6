package io.gill.torch;

import io.gill.Precision;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * A quantised matrix on the CPU. Axes: M rows of the input, K columns, G the group, N blocks of G rows.
 *
 * <p>A few rows are multiplied by FBGEMM's kernel for weighted sums of quantised table rows, which converts the weights
 * in registers. For more rows, each block is converted to 32 bits. Unless there is a single row, a block is multiplied
 * by all rows while it is in the cache of a core.
 *
 * @param format the format of the records
 * @param table (N, K, bytes of a record), unsigned bytes
 * @param rows number of rows; the table may have more
 * @param counter the numbers that the kernel needs
 * @param packable whether there is memory for a {@link PackedMatrix} beside the table
 */
public record RowwiseMatrix(RowwiseFormat format, Tensor table, long rows, Counter counter, boolean packable)
    implements Table {
  /** Number of multiplications that are worth another thread. */
  private static final long SMALLEST_PART = 1 << 20;

  /** Number of input rows from which converting the weights once is faster than converting them for each row. */
  private static final long MANY_ROWS = 10;

  /** Bytes of the blocks that a few rows are multiplied by in one call, which a core's cache holds. */
  private static final long CACHED = 900 << 10;

  /** Maximum number of these blocks. */
  private static final long MOST_BLOCKS = 8;

  /** The numbers 0, 1, 2, … and their multiples, shared by all matrices of a model. */
  static final class Counter {
    private final Scope owner;
    private final Map<Long, Tensor> multiples = new HashMap<>(); // 32-bit integers by step

    Counter(Scope owner) {
      this.owner = owner;
    }

    /** Makes room for 0, step, 2 · step, …: count numbers. Called by the loading thread only. */
    void reserve(long count, long step) {
      Tensor old = multiples.get(step);
      if (old == null || old.size(0) < count) {
        multiples.put(step, Scope.compute("numbering records", () -> owner.keep(Tensor.range(count, step))));
        if (old != null) {
          old.close();
        }
      }
    }

    org.bytedeco.pytorch.Tensor first(long count, long step) {
      return Objects.requireNonNull(multiples.get(step)).at().narrow(0, 0, count);
    }
  }

  static RowwiseMatrix of(RowwiseFormat format, Tensor table, long rows, Counter counter, boolean packable) {
    counter.reserve(table.size(0) * table.size(1), 1);
    counter.reserve(Math.max(table.size(0), MANY_ROWS * MOST_BLOCKS) + 1, table.size(1));
    return new RowwiseMatrix(format, table, rows, counter, packable);
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
      Tensor product = m == 1 ? row(input) : m < MANY_ROWS ? fewRows(input) : manyRows(input); // (M, N · G)
      Tensor y = product.narrow(1, 0, rows); // (M, rows)
      long[] shape = x.shape();
      shape[shape.length - 1] = rows;
      return (bias == null ? y.contiguous() : y.add(bias)).to(x).reshape(shape);
    });
  }

  private Tensor row(Tensor input) {
    long n = blocks();
    long k = columns();
    int parts = Math.toIntExact(Math.min(n, WorkerThreads.parts(n * k * group(), SMALLEST_PART)));
    org.bytedeco.pytorch.Tensor[] sums = new org.bytedeco.pytorch.Tensor[parts];
    try (org.bytedeco.pytorch.Tensor records = table.at().view(-1, table.size(2));
        org.bytedeco.pytorch.Tensor row = input.at().select(0, 0)) {
      WorkerThreads.runWithoutOpenMp(parts, part -> {
        long first = n * part / parts;
        long count = n * (part + 1) / parts - first;
        try (org.bytedeco.pytorch.Tensor some = records.narrow(0, first * k, count * k);
            org.bytedeco.pytorch.Tensor indices = counter.first(count * k, 1);
            org.bytedeco.pytorch.Tensor starts = counter.first(count + 1, k);
            org.bytedeco.pytorch.Tensor repeated = row.repeat(count)) {
          sums[part] = format.multiply(some, indices, starts, repeated); // (count, G)
        }
      });
      return Tensor.joined(sums).reshape(1, n * group());
    } finally {
      for (org.bytedeco.pytorch.Tensor sum : sums) {
        if (sum != null) {
          sum.close();
        }
      }
    }
  }

  private Tensor fewRows(Tensor input) {
    long m = input.size(0);
    long k = columns();
    long together = Math.min(blocks(), Math.max(1, Math.min(MOST_BLOCKS, CACHED / (k * table.size(2)))));
    try (org.bytedeco.pytorch.Tensor once = counter.first(together * k, 1);
        org.bytedeco.pytorch.Tensor indices = once.repeat(m); // every row reads all records
        org.bytedeco.pytorch.Tensor starts = counter.first(m * together + 1, k);
        org.bytedeco.pytorch.Tensor each = input.at().unsqueeze(1);
        org.bytedeco.pytorch.Tensor wide = each.expand(m, together, k);
        org.bytedeco.pytorch.Tensor rows = wide.reshape(-1)) {
      return byBlocks(m, together, records -> {
        try (org.bytedeco.pytorch.Tensor sums = format.multiply(records, indices, starts, rows)) { // (M · blocks, G)
          return sums.view(m, together * group());
        }
      });
    }
  }

  private Tensor manyRows(Tensor input) {
    return byBlocks(input.size(0), 1, records -> {
      try (org.bytedeco.pytorch.Tensor weights = format.unpack(records); // (K, G)
          org.bytedeco.pytorch.Tensor turned = weights.t()) { // (G, K)
        return OneDnnLinear.of(input.at(), turned, null);
      }
    });
  }

  /**
   * Joins the products of all blocks.
   *
   * @param together number of blocks in a product
   * @param multiply records (blocks · K, bytes of a record) → (M, blocks · G)
   */
  private Tensor byBlocks(long m, long together, UnaryOperator<org.bytedeco.pytorch.Tensor> multiply) {
    long n = blocks();
    long k = columns();
    Tensor product = Tensor.empty(ScalarType.Float, m, n * group()); // (M, N · G)
    int products = Math.toIntExact((n + together - 1) / together);
    int parts = m * n * k * group() < 2 * SMALLEST_PART ? 1 : products;
    try (org.bytedeco.pytorch.Tensor records = table.at().view(-1, table.size(2))) {
      WorkerThreads.runWithoutOpenMp(parts, part -> {
        for (long i = part; i < products; i += parts) {
          long first = Math.min(i * together, n - together); // the last product may repeat some blocks
          try (org.bytedeco.pytorch.Tensor some = records.narrow(0, first * k, together * k);
              org.bytedeco.pytorch.Tensor y = product.at().narrow(1, first * group(), together * group());
              org.bytedeco.pytorch.Tensor joined = multiply.apply(some)) {
            y.copy_(joined);
          }
        }
      });
    }
    return product;
  }

  /** Returns the weights of one block: (G, K). */
  private Tensor block(long index) {
    return format.weights(table.select(0, index));
  }

  @Override
  public Tensor select(long... indices) {
    Tensor[] found = new Tensor[indices.length];
    for (int i = 0; i < indices.length; i++) {
      if (found[i] == null) {
        long block = indices[i] / group();
        Tensor weights = block(block); // (G, K)
        for (int j = i; j < indices.length; j++) {
          if (indices[j] / group() == block) {
            found[j] = weights.select(0, indices[j] % group()).contiguous().reshape(1, columns());
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
  public Table first(long count, Scope owner) {
    return new RowwiseMatrix(format, table, count, counter, packable);
  }

  @Override
  public Tensor mean() {
    return Scope.tidy(() -> {
      Tensor sum = Tensor.zeros(Precision.FLOAT32, table.device(), columns()); // (K)
      for (long block = 0; block < blocks(); block++) {
        long index = block;
        long used = Math.min(group(), rows - block * group());
        sum.addInPlace(Scope.tidy(() -> block(index).narrow(0, 0, used).mean(0).mul((double) used / rows)));
      }
      return sum;
    });
  }

  @Override
  public Matrix forProducts(Scope owner) {
    return packable && rows > 0 && PackedMatrix.isFor(format, rows, columns())
        ? PackedMatrix.of(rows, columns(), group(), this::block, owner, () -> {}) : this;
  }

  @Override
  public boolean sameAs(Table other) {
    return other instanceof RowwiseMatrix same
        && same.format == format && same.rows == rows && table.sameAs(same.table);
  }

  @Override
  public void close() {
    table.close();
  }
}
