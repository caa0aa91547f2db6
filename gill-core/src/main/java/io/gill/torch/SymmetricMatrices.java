package io.gill.torch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Linear algebra of symmetric matrices in 64-bit floats, on the CPU. */
public final class SymmetricMatrices {
  private SymmetricMatrices() {}

  /**
   * Returns the trace of the square root of A·B, for covariance matrices A and B. Both may be singular.
   *
   * <p>If A = F·Fᵀ and B = G·Gᵀ, the eigenvalues of A·B are the squared singular values of Fᵀ·G, so that the trace is
   * the sum of these singular values.
   *
   * @param a symmetric and positive semi-definite, (n, n); eigenvalues below zero count as zero
   * @param b the same
   * @return tr √(A·B)
   */
  public static double traceOfRootOfProduct(double[][] a, double[][] b) {
    return Scope.compute("computing the root of a product of matrices", () -> {
      Tensor product = factor(a).transpose(0, 1).matmul(factor(b)); // (n, n)
      Tensor values = Tensor.adopt(torch.linalg_svdvals(product.at())); // (n)
      ByteBuffer bytes = values.memory(0, (long) a.length * Double.BYTES).order(ByteOrder.nativeOrder());
      double sum = 0;
      for (int i = 0; i < a.length; i++) {
        sum += bytes.getDouble(i * Double.BYTES);
      }
      return sum;
    });
  }

  /** Returns F with F·Fᵀ = A. */
  private static Tensor factor(double[][] a) {
    int n = a.length;
    Tensor matrix = Tensor.empty(ScalarType.Double, n, n);
    ByteBuffer bytes = matrix.memory(0, (long) n * n * Double.BYTES).order(ByteOrder.nativeOrder());
    for (double[] row : a) {
      bytes.asDoubleBuffer().put(row);
      bytes.position(bytes.position() + n * Double.BYTES);
    }
    try (T_TensorTensor_T result = torch.linalg_eigh(matrix.at())) {
      Tensor values = reference(result.get0()).clamp(0, Double.MAX_VALUE); // (n)
      return reference(result.get1()).mul(values.sqrt()); // (n, n), each column times the root of its eigenvalue
    }
  }

  /** Returns a new reference, since the pair is freed. */
  private static Tensor reference(org.bytedeco.pytorch.Tensor ofPair) {
    return Tensor.adopt(new org.bytedeco.pytorch.Tensor(ofPair));
  }
}
