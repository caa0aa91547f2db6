package io.gill.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import io.gill.testsupport.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
  @Test
  void readsTensorsInHeaderOrderWithTheirTypesAndShapes() {
    try (TensorFile file = TensorFile.open(Reference.path("golden", "checkpoints", "good", "plain.safetensors"))) {
      assertThat(file.names()).containsExactly("d", "a", "e", "s", "c", "b");
      assertThat(file.get("a").shape()).containsExactly(2, 3);
      assertThat(file.get("a").dtype()).isEqualTo(DType.F32);
      assertThat(file.get("e").elementCount()).isZero();
      assertThat(file.get("e").bytes().capacity()).isZero();
      assertThat(file.get("s").shape()).isEmpty();
      assertThat(file.get("s").toFloatArray()).hasSize(1);
      assertThat(file.get("d").toLongArray()).hasSize(2);
    }
  }

  @Test
  void bytesAreADirectReadOnlyLittleEndianView() {
    try (TensorFile file = TensorFile.open(Reference.path("model-a", "opt", "model.safetensors"))) {
      StoredTensor tensor = file.get("model.decoder.embed_tokens.weight");
      ByteBuffer bytes = tensor.bytes();
      assertThat(bytes.isDirect()).isTrue();
      assertThat(bytes.isReadOnly()).isTrue();
      assertThat(bytes.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
      assertThat((long) bytes.remaining()).isEqualTo(tensor.byteSize());
      assertThat(tensor.slice(10, 4)).isEqualTo(bytes.slice(10, 4));
    }
  }

  @Test
  void aClosedFileIsNotReadAnyMoreButBuffersStayValid() {
    TensorFile file = TensorFile.open(Reference.path("golden", "checkpoints", "good", "plain.safetensors"));
    StoredTensor tensor = file.get("a");
    float[] before = tensor.toFloatArray();
    ByteBuffer bytes = tensor.bytes();
    file.close();
    file.close();
    assertThatThrownBy(() -> file.get("a")).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(tensor::bytes).isInstanceOf(IllegalStateException.class);
    assertThat(bytes.getFloat(0)).isEqualTo(before[0]);
  }

  @Test
  void aMissingNameIsReportedWithTheFile() {
    Path path = Reference.path("golden", "checkpoints", "good", "plain.safetensors");
    try (TensorFile file = TensorFile.open(path)) {
      assertThatThrownBy(() -> file.get("model.nothing"))
          .isInstanceOf(GillException.class)
          .hasMessageContaining("model.nothing")
          .hasMessageContaining(path.toString());
    }
  }

  @Test
  void isRecognisedByContentWhateverItIsCalled(@TempDir Path dir) throws Exception {
    Path renamed = dir.resolve("weights.bin");
    Files.copy(Reference.path("golden", "checkpoints", "good", "plain.safetensors"), renamed);
    try (TensorFile file = TensorFile.open(renamed)) {
      assertThat(file.names()).contains("a");
    }
  }

  @Test
  void refusesATensorNamedTwiceAndNamesIt(@TempDir Path dir) throws Exception {
    Path path = write(dir, "{\"twin\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},"
        + "\"twin\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}");
    assertThatThrownBy(() -> TensorFile.open(path))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("twin")
        .hasMessageContaining(path.toString());
  }

  @Test
  void refusesJsonBehindTheHeaderObject(@TempDir Path dir) throws Exception {
    Path path = write(dir, "{} {}");
    assertThatThrownBy(() -> TensorFile.open(path)).isInstanceOf(GillException.class);
  }

  @Test
  void floatsOfOneByteAreRead(@TempDir Path dir) throws Exception {
    byte[] bits = {0, 1, 0x7f, (byte) 0x80, (byte) 0xff};
    assertThat(floats(dir, "F8_E4M3", bits)).containsExactly(0, 0x1p-9f, Float.NaN, -0f, Float.NaN);
    assertThat(floats(dir, "F8_E5M2", bits)).containsExactly(0, 0x1p-16f, Float.NaN, -0f, Float.NaN);
    assertThat(floats(dir, "F8_E4M3FNUZ", bits)).containsExactly(0, 0x1p-10f, 240, Float.NaN, -240);
    assertThat(floats(dir, "F8_E5M2FNUZ", bits)).containsExactly(0, 0x1p-17f, 57344, Float.NaN, -57344);
    assertThat(floats(dir, "F8_E8M0", bits)).containsExactly(0x1p-127f, 0x1p-126f, 1, 2, Float.NaN);
  }

  private static float[] floats(Path dir, String dtype, byte[] data) throws Exception {
    String header =
        "{\"w\":{\"dtype\":\"" + dtype + "\",\"shape\":[5],\"data_offsets\":[0,5]}}";
    try (TensorFile file = TensorFile.open(write(dir, header, data))) {
      assertThat(file.get("w").dtype().isFloatingPoint()).isTrue();
      return file.get("w").toFloatArray();
    }
  }

  @Test
  void complexNumbersStayBytes(@TempDir Path dir) throws Exception {
    byte[] data = ByteBuffer.allocate(16).putLong(0x0102030405060708L).putLong(9).array();
    Path path = write(dir, "{\"w\":{\"dtype\":\"C64\",\"shape\":[2],\"data_offsets\":[0,16]}}", data);
    try (TensorFile file = TensorFile.open(path)) {
      StoredTensor tensor = file.get("w");
      assertThat(tensor.dtype()).isEqualTo(DType.C64);
      assertThat(tensor.dtype().isFloatingPoint()).isFalse();
      assertThat(tensor.bytes()).isEqualTo(ByteBuffer.wrap(data));
      assertThatThrownBy(tensor::toFloatArray)
          .isInstanceOf(GillException.class)
          .hasMessageStartingWith(path + ": tensor 'w' holds complex numbers (C64)");
      assertThatThrownBy(tensor::toLongArray).isInstanceOf(GillException.class).hasMessageContaining("holds C64");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"F4", "F6_E2M3", "F6_E3M2"})
  void typesSmallerThanAByteAreRefusedByName(String dtype, @TempDir Path dir) throws Exception {
    Path path = write(dir, "{\"w\":{\"dtype\":\"" + dtype + "\",\"shape\":[0],\"data_offsets\":[0,0]}}");
    assertThatThrownBy(() -> TensorFile.open(path))
        .isInstanceOf(GillException.class)
        .hasMessage(
            path + ": tensor 'w' has the dtype " + dtype + ", whose elements share bytes, which is not supported");
  }

  private static Path write(Path dir, String header, byte... data) throws Exception {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length).put(json).put(data);
    return Files.write(dir.resolve("made.safetensors"), bytes.array());
  }
}
