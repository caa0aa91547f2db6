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

  private static Path write(Path dir, String header) throws Exception {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 + json.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length).put(json);
    return Files.write(dir.resolve("made.safetensors"), bytes.array());
  }
}
