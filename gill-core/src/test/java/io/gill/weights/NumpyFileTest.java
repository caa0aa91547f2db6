package io.gill.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import io.gill.testsupport.Reference;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumpyFileTest {
  private static final float[][] MATRIX = {{1, -2, 0.5f}, {4, 5, 6}};

  @TempDir Path folder;

  @Test
  void aFileOfTheReferenceDataIsReadAndWrittenAlike() throws IOException {
    Path published = Reference.path("model-a", "train", "clip_embs", "t00.png.npy");
    float[][] rows = NumpyFile.readMatrix(published);
    assertThat(rows).hasDimensions(77, 24);
    Path copy = folder.resolve("copy.npy");
    NumpyFile.writeMatrix(copy, rows);
    assertThat(Files.mismatch(published, copy)).isEqualTo(-1);
  }

  @ParameterizedTest
  @CsvSource({"<f2,False", "<f4,False", "<f8,False", "<f4,True", "<f2,True"})
  void everyKindOfFloatIsRead(String type, String byColumns) throws IOException {
    assertThat(NumpyFile.readMatrix(write(type, byColumns, "(2, 3)", data(type, byColumns.equals("True")))))
        .isEqualTo(MATRIX);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '%', value = {
    ">f4%(2, 3)%24%little-endian",
    "<i4%(2, 3)%24%little-endian",
    "<c8%(2, 3)%48%little-endian",
    "<f16%(2, 3)%96%16 bytes",
    "|O%(2, 3)%24%matrix of numbers",
    "<f4%(6,)%24%matrix of numbers",
    "<f4%(1, 2, 3)%24%matrix of numbers",
    "<f4%(2, 4)%24%do not fill",
    "<f4%(2, 2)%24%do not fill",
    "<f4%(0, 3)%0%do not fill",
    "<f4%(4611686018427387904, 4)%24%matrix of numbers",
    "<f4%(999999999, 999999999)%24%do not fill"
  })
  void anythingElseIsRefused(String type, String shape, int bytes, String message) throws IOException {
    Path file = write(type, "False", shape, new byte[bytes]);
    assertThatThrownBy(() -> NumpyFile.readMatrix(file)).isInstanceOf(GillException.class)
        .hasMessageContaining("x.npy").hasMessageContaining(message);
  }

  @Test
  void damagedFilesAreRefused() throws IOException {
    Path file = write("<f4", "False", "(2, 3)", data("<f4", false));
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> NumpyFile.readMatrix(file)).as("%d bytes", length).isInstanceOf(GillException.class);
    }
    whole[6] = 9; // the version
    Files.write(file, whole);
    assertThatThrownBy(() -> NumpyFile.readMatrix(file)).hasMessageContaining("version 9");
    assertThatThrownBy(() -> NumpyFile.readMatrix(folder.resolve("none.npy"))).hasMessageContaining("none.npy");
  }

  private static byte[] data(String type, boolean byColumns) {
    ByteBuffer out = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN);
    short[] halves = {0x3c00, (short) 0xc000, 0x3800, 0x4400, 0x4500, 0x4600};
    for (int i = 0; i < 6; i++) {
      int at = byColumns ? i % 2 * 3 + i / 2 : i; // row-major index of the i-th stored number
      float value = MATRIX[at / 3][at % 3];
      switch (type) {
        case "<f2" -> out.putShort(halves[at]);
        case "<f4" -> out.putFloat(value);
        default -> out.putDouble(value);
      }
    }
    return Arrays.copyOf(out.array(), out.position());
  }

  private Path write(String type, String byColumns, String shape, byte[] data) throws IOException {
    String header =
        "{'descr': '" + type + "', 'fortran_order': " + byColumns + ", 'shape': " + shape + ", }";
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) (header.length() + 1), 0});
    out.writeBytes((header + "\n").getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(data);
    return Files.write(folder.resolve("x.npy"), out.toByteArray());
  }
}
