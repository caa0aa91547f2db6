package io.gill.torch;

import io.gill.GillException;
import java.nio.ByteBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.Operator;
import org.bytedeco.pytorch.OperatorVector;
import org.bytedeco.pytorch.Symbol;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** Inner products of 8-bit integers, which read a quarter of the bytes of 32-bit floats. Thread-safe. */
public final class Int8Products {
  private Int8Products() {}

  /** The operator, looked up by name because the Java API has no method for it. */
  private static final class Product {
    static final Operator OPERATOR = find();

    private static Operator find() {
      OperatorVector operators = torch.getAllOperatorsFor(Symbol.fromQualString("aten::_int_mm"));
      for (Operator operator : operators.get()) {
        @Nullable BytePointer overload = operator.schema().overload_name(); // null if empty
        if (overload == null || overload.getString().isEmpty()) {
          return operator;
        }
      }
      throw new GillException("this libtorch has no aten::_int_mm: use the version that gill's pom names");
    }
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
      try (IValue left = new IValue(matrix.at());
          IValue right = new IValue(columns.at());
          IValueVector stack = new IValueVector(left, right)) {
        Product.OPERATOR.getOperation().apply(stack);
        try (IValue value = stack.get(0);
            org.bytedeco.pytorch.Tensor result = value.toTensor();
            Pointer data = result.data_ptr();
            IntPointer numbers = new IntPointer(data)) {
          numbers.get(products);
        }
      }
      return products;
    });
  }
}
