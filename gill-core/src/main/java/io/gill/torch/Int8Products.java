package io.gill.torch;

import java.nio.ByteBuffer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Inner products of 8-bit integers, which read a quarter of the bytes of 32-bit floats. Thread-safe. */
public final class Int8Products {
  private Int8Products() {}

  private static final class Product {
    static final NativeOperator OPERATOR = NativeOperator.of("aten::_int_mm");
  }

  /**
   * Multiplies vectors by every row of a matrix. On processors without 8-bit dot-product instructions, products of
   * large numbers may be wrong, because oneDNN then adds pairs of them in 16 bits.
   *
   * @param rows (N, D) in a direct buffer, starting at its position
   * @param count N
   * @param queries (M, D)
   * @return (N, M), row-major
   */
  public static int[] of(ByteBuffer rows, int count, byte[][] queries) {
    int width = queries[0].length;
    return Scope.compute("multiplying 8-bit vectors", () -> {
      ByteBuffer flat = ByteBuffer.allocateDirect(Math.multiplyExact(queries.length, width));
      for (byte[] query : queries) {
        flat.put(query);
      }
      Tensor matrix = Tensor.wrap(rows.slice(), ScalarType.Char, count, width);
      Tensor columns = Tensor.wrap(flat.flip(), ScalarType.Char, queries.length, width).transpose(0, 1);
      int[] products = new int[Math.multiplyExact(count, queries.length)];
      try (org.bytedeco.pytorch.Tensor result = Product.OPERATOR.call(matrix, columns);
          Pointer data = result.data_ptr();
          IntPointer numbers = new IntPointer(data)) {
        numbers.get(products);
      }
      return products;
    });
  }
}
