package io.gill.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredTensorTest {
  private static final Path ORIGIN = Path.of("made.pth");

  @Test
  void everyHalfPrecisionNumberWidensExactly() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      int exponent = bits >> 10 & 31;
      int mantissa = bits & 1023;
      double magnitude =
          exponent == 31
              ? (mantissa == 0 ? Double.POSITIVE_INFINITY : Double.NaN)
              : exponent == 0
                  ? mantissa / 1024.0 * Math.pow(2, -14) : (1 + mantissa / 1024.0) * Math.pow(2, exponent - 15);
      float expected = (float) (bits >= 1 << 15 ? -magnitude : magnitude);
      assertThat(Float.compare(SmallFloats.half((short) bits), expected)).as("%04x", bits).isZero();
    }
  }

  @Test
  void everyEightBitFloatWidensExactly() {
    for (int bits = 0; bits < 256; bits++) {
      int sign = bits >= 128 ? -1 : 1;
      int exponent = bits >> 3 & 15;
      int mantissa = bits & 7;
      double e4m3 =
          exponent == 15 && mantissa == 7
              ? Double.NaN
              : exponent == 0 ? mantissa / 8.0 * Math.pow(2, -6) : (1 + mantissa / 8.0) * Math.pow(2, exponent - 7);
      assertThat(Float.compare(SmallFloats.float8e4m3((byte) bits), (float) (sign * e4m3))).as("%02x", bits).isZero();
    }
    for (int bits = 0; bits < 256; bits++) {
      float e8m0 = bits == 255 ? Float.NaN : (float) Math.pow(2, bits - 127);
      assertThat(Float.compare(SmallFloats.float8e8m0((byte) bits), e8m0)).as("%02x", bits).isZero();
      float e4m3 = SmallFloats.float8e4m3((byte) bits);
      if (e4m3 != 0 && !Float.isNaN(e4m3)) {
        assertThat(SmallFloats.float8e4m3fnuz((byte) bits)).as("%02x", bits).isEqualTo(e4m3 / 2);
      }
      float e5m2 = SmallFloats.float8e5m2((byte) bits);
      if (e5m2 != 0 && Float.isFinite(e5m2)) {
        assertThat(SmallFloats.float8e5m2fnuz((byte) bits)).as("%02x", bits).isEqualTo(e5m2 / 2);
      }
    }
    assertThat(SmallFloats.float8e4m3fnuz((byte) 0xff)).isEqualTo(-240f);
    assertThat(SmallFloats.float8e5m2fnuz((byte) 0x7f)).isEqualTo(57344f);
    assertThat(SmallFloats.float8e4m3fnuz((byte) 0x80)).isNaN();
    assertThat(SmallFloats.float8e5m2fnuz((byte) 0x80)).isNaN();
    assertThat(SmallFloats.float8e4m3fnuz((byte) 0)).isZero();
    assertThat(SmallFloats.float8e5m2fnuz((byte) 0)).isZero();
    assertThat(SmallFloats.float8e4m3((byte) 0x7e)).isEqualTo(448f);
    assertThat(SmallFloats.float8e5m2((byte) 0x7b)).isEqualTo(57344f);
    assertThat(SmallFloats.float8e5m2((byte) 0x01)).isEqualTo(0x1p-16f);
    assertThat(SmallFloats.float8e5m2((byte) 0xfc)).isEqualTo(Float.NEGATIVE_INFINITY);
  }

  @Test
  void unsignedIntegersStayUnsigned() {
    assertThat(flat(DType.U8, 1, 0xff).toLongArray()).containsExactly(255);
    assertThat(flat(DType.U16, 1, 0xff).toLongArray()).containsExactly(65535);
    assertThat(flat(DType.U32, 1, 0xff).toLongArray()).containsExactly(4294967295L);
    assertThat(flat(DType.U64, 1, 0xff).toFloatArray()).containsExactly(0x1p64f);
    assertThatThrownBy(() -> flat(DType.U64, 1, 0xff).toLongArray())
        .isInstanceOf(GillException.class)
        .hasMessageContaining("18446744073709551615");
    assertThat(flat(DType.BOOL, 2, 0xff).toLongArray()).containsExactly(1, 1);
    assertThatThrownBy(() -> flat(DType.F32, 1, 0).toLongArray())
        .isInstanceOf(GillException.class)
        .hasMessageContaining("'t'");
  }

  @Test
  void axesOfSizeOneDoNotMakeATensorStrided() {
    ByteRegion storage = ByteRegion.of(ByteBuffer.allocateDirect(24));
    long[] shape = {1, 3, 1, 2};
    assertThat(StoredTensor.view(ORIGIN, "t", DType.F32, shape, new long[] {99, 2, 77, 1}, 0, storage).isContiguous())
        .isTrue();
    assertThat(StoredTensor.view(ORIGIN, "t", DType.F32, new long[] {2, 3}, new long[] {1, 2}, 0, storage)
            .isContiguous())
        .isFalse();
  }

  @Test
  void aSliceOfAViewMayBeginInsideAnElement() {
    ByteBuffer data = ByteBuffer.allocateDirect(24).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 6; i++) {
      data.putInt(4 * i, i);
    }
    StoredTensor transposed =
        StoredTensor.view(ORIGIN, "t", DType.I32, new long[] {3, 2}, new long[] {1, 3}, 0, ByteRegion.of(data));
    assertThat(transposed.toLongArray()).containsExactly(0, 3, 1, 4, 2, 5);
    ByteBuffer whole = transposed.bytes();
    for (int from = 0; from < 24; from++) {
      for (int length = 0; length <= 24 - from; length++) {
        assertThat(transposed.slice(from, length)).isEqualTo(whole.slice(from, length));
      }
    }
    assertThatThrownBy(() -> transposed.slice(20, 5)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> transposed.slice(-1, 5)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void axesAreReorderedAsByPyTorch() {
    ByteBuffer data = ByteBuffer.allocateDirect(24).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 6; i++) {
      data.putInt(4 * i, i);
    }
    StoredTensor tensor =
        StoredTensor.contiguous(ORIGIN, "t", DType.I32, new long[] {1, 2, 3}, ByteRegion.of(data));
    StoredTensor permuted = tensor.permute(2, 0, 1); // torch.arange(6).reshape(1, 2, 3).permute(2, 0, 1)
    assertThat(permuted.shape()).containsExactly(3, 1, 2);
    assertThat(permuted.toLongArray()).containsExactly(0, 3, 1, 4, 2, 5);
    assertThat(permuted.permute(1, 2, 0).toLongArray()).containsExactly(0, 1, 2, 3, 4, 5);
    assertThatThrownBy(() -> tensor.permute(0, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> tensor.permute(0, 1, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> tensor.permute(0, 1, 3)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aModestExpansionIsMaterialisedAndABombIsNot() {
    ByteRegion storage = ByteRegion.of(ByteBuffer.allocateDirect(4));
    long[] still = {0, 0};
    assertThat(StoredTensor.view(ORIGIN, "t", DType.F32, new long[] {7, 9}, still, 0, storage).bytes().remaining())
        .isEqualTo(252);
    StoredTensor bomb = StoredTensor.view(ORIGIN, "t", DType.F32, new long[] {5000, 5000}, still, 0, storage);
    assertThatThrownBy(bomb::bytes).isInstanceOf(GillException.class).hasMessageContaining("made.pth");
    assertThatThrownBy(bomb::toFloatArray).isInstanceOf(GillException.class);
  }

  @Test
  void tensorsBeyondTwoGibibytesAreReadInSlices(@TempDir Path dir) throws Exception {
    long large = (5L << 30) + 12;
    String header =
        "{\"large\":{\"dtype\":\"U8\",\"shape\":[" + large + "],\"data_offsets\":[0," + large + "]},"
            + "\"wide\":{\"dtype\":\"I32\",\"shape\":[" + (3L << 27) + "],\"data_offsets\":[" + large + ","
            + (large + (3L << 29)) + "]}}";
    Path file = dir.resolve("sparse.safetensors");
    long start = 8L + header.length();
    long[] places = {0, (1L << 30) - start, (1L << 31) - (1 << 16) - start - 1, (4L << 30) - start - 1, large - 4};
    try (FileChannel out =
        FileChannel.open(
            file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW, StandardOpenOption.SPARSE)) {
      out.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length()).flip());
      out.write(ByteBuffer.wrap(header.getBytes(StandardCharsets.UTF_8)));
      for (long at : places) {
        out.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}), start + at);
      }
      out.write(ByteBuffer.wrap(new byte[] {9, 0, 0, 0}), start + large + (3L << 29) - 4);
    }
    try (TensorFile tensors = TensorFile.open(file)) {
      StoredTensor tensor = tensors.get("large");
      assertThat(tensor.byteSize()).isEqualTo(large);
      for (long at : places) {
        assertThat(tensor.slice(at, 4).getInt()).isEqualTo(0x04030201);
        ByteBuffer copy = ByteBuffer.allocate(6).order(ByteOrder.LITTLE_ENDIAN);
        tensor.read(at, copy.position(1).limit(5));
        assertThat(copy.getInt(1)).isEqualTo(0x04030201);
      }
      assertThatThrownBy(() -> tensor.read(large - 3, ByteBuffer.allocate(4)))
          .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("'large'");
      assertThatThrownBy(tensor::bytes).isInstanceOf(GillException.class).hasMessageContaining("slices");
      assertThatThrownBy(tensor::toFloatArray).isInstanceOf(GillException.class).hasMessageContaining("'large'");
      ByteBuffer wide = tensors.get("wide").bytes(); // over one GiB, so in no window
      assertThat(wide.getInt(wide.capacity() - 4)).isEqualTo(9);
      ByteBuffer between = tensor.slice((3L << 29), 1 << 30); // begins in one window and ends in the next
      assertThat(between.get((int) (places[2] - (3L << 29)))).isEqualTo((byte) 1);
    }
  }

  private static StoredTensor flat(DType dtype, int count, int fill) {
    ByteBuffer data = ByteBuffer.allocateDirect(count * dtype.byteSize());
    while (data.hasRemaining()) {
      data.put((byte) fill);
    }
    return StoredTensor.contiguous(ORIGIN, "t", dtype, new long[] {count}, ByteRegion.of(data.flip()));
  }
}
