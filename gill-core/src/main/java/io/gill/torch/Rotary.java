package io.gill.torch;

import java.util.List;

/**
 * Rotary position embedding (Su et al. 2021, arXiv 2104.09864) in the layout of Hugging Face: at position p, channels i
 * and i + E/2 of a head are rotated by the angle p · frequencies[i]. Immutable. Axes: T positions, E the width of one
 * head.
 *
 * @param frequencies (E/2) radians per position, as {@code inv_freq}
 */
public record Rotary(List<Float> frequencies) {
  /**
   * Copies the frequencies.
   *
   * @param frequencies (E/2) radians per position
   */
  public Rotary {
    frequencies = List.copyOf(frequencies);
  }

  /**
   * Computes the rotation of consecutive positions, which all layers share.
   *
   * @param starts the first position of each of B sequences, or one for all of them
   * @param count T, number of positions
   * @param like a tensor with the type and device of the tensors to rotate
   * @return the rotation
   */
  public Rotation at(int[] starts, int count, Tensor like) {
    int half = frequencies.size();
    int rows = Math.multiplyExact(starts.length, count);
    float[] angles = new float[Math.multiplyExact(rows, 2 * half)];
    for (int row = 0; row < rows; row++) {
      int position = starts[row / count] + row % count;
      for (int i = 0; i < half; i++) {
        float angle = position * frequencies.get(i); // rounded to 32 bits, as published
        angles[2 * half * row + i] = angle;
        angles[2 * half * row + half + i] = angle;
      }
    }
    Tensor all = Tensor.of(angles, starts.length, 1, count, 2L * half).toDeviceOf(like); // (B, 1, T, E)
    return new Rotation(all.cos().to(like), all.sin().to(like));
  }

  /**
   * The rotation of consecutive positions.
   *
   * @param cos (B, 1, T, E); B is 1 if all sequences have the same positions
   * @param sin (B, 1, T, E)
   */
  public record Rotation(Tensor cos, Tensor sin) {
    /**
     * Rotates every head.
     *
     * @param x (B, H, T, E)
     * @return (B, H, T, E)
     */
    public Tensor apply(Tensor x) {
      Tensor[] halves = x.chunk(2, -1); // (…, T, E/2) each
      Tensor turned = Tensor.cat(-1, halves[1].mul(-1), halves[0]); // (…, T, E)
      return x.mul(cos).add(turned.mul(sin));
    }
  }
}
