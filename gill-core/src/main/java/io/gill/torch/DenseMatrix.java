package io.gill.torch;

import org.jspecify.annotations.Nullable;

/**
 * A matrix of floating-point numbers.
 *
 * @param tensor (rows, columns)
 */
public record DenseMatrix(Tensor tensor) implements Table {
  @Override
  public long rows() {
    return tensor.size(0);
  }

  @Override
  public long columns() {
    return tensor.size(1);
  }

  @Override
  public Tensor multiply(Tensor x, @Nullable Tensor bias) {
    return x.linear(tensor, bias);
  }

  @Override
  public Tensor select(long... indices) {
    return indices.length == 1
        ? tensor.narrow(0, indices[0], 1)
        : tensor.indexSelect(Tensor.of(indices, indices.length).toDeviceOf(tensor));
  }

  @Override
  public Tensor cast(Tensor x) {
    return x.to(tensor);
  }

  @Override
  public Table first(long count, Scope owner) {
    return new DenseMatrix(owner.keep(tensor.narrow(0, 0, count)));
  }

  @Override
  public Tensor mean() {
    return tensor.mean(0);
  }

  @Override
  public Matrix forProducts(Scope owner) {
    // Another model may have taken the memory that a file's header allowed for.
    boolean packed = rows() > 0 && tensor.device().isCpu() && HalfMatrix.isFor(tensor.type())
        && AvailableMemory.hasRoomFor(0, tensor.elementCount() * Short.BYTES);
    HalfMatrix half = packed ? HalfMatrix.of(tensor, owner) : null;
    return half == null ? this : half;
  }

  @Override
  public boolean sameAs(Table other) {
    return other instanceof DenseMatrix dense && tensor.sameAs(dense.tensor);
  }

  @Override
  public void close() {
    tensor.close();
  }
}
