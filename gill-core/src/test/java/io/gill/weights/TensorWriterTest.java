package io.gill.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.gill.GillException;
import io.gill.testsupport.Reference;
import io.gill.testsupport.TestTensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorWriterTest {
  private static final Map<String, TensorData> TENSORS = tensors();

  @TempDir Path folder;

  private static Map<String, TensorData> tensors() {
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    tensors.put("z.weight", TensorData.of(new float[] {1, -2.5f, 3, 4, Float.MIN_VALUE, 1e30f}, 2, 3));
    tensors.put("a", TensorData.of(new float[] {0.07f}));
    tensors.put("empty", TensorData.of(new float[0], 0, 5));
    tensors.put("\u00e9\u4e2d", TensorData.of(new float[] {7}, 1, 1, 1));
    return tensors;
  }

  @Test
  void aSafetensorsFileReadsBackAsWritten() {
    Path file = folder.resolve("new/folder/file.safetensors");
    TensorWriter.safetensors(file, TENSORS, Map.of("step", "12", "note", "\"quoted\""));
    assertHolds(file);
    assertThat(TestTensors.read(file).get("z.weight").floats())
        .containsExactly(1, -2.5f, 3, 4, Float.MIN_VALUE, 1e30f);
  }

  @Test
  void aCheckpointReadsBackAsWritten() {
    Path file = folder.resolve("file.pth.tar");
    TensorWriter.pyTorch(file, TENSORS);
    assertHolds(file);
    try (PyTorchFile checkpoint = PyTorchFile.open(file)) {
      assertThat(checkpoint.hasStateDict()).isTrue();
      assertThat(checkpoint.root().keySet()).hasToString("[state_dict]");
    }
  }

  @Test
  void aCheckpointHoldsComplexNumbers() {
    Path file = folder.resolve("complex.pth");
    ByteBuffer numbers = ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
    TensorWriter.pyTorch(file, Map.of("w", new TensorData(DType.C64, new long[] {2}, numbers)));
    try (TensorFile read = TensorFile.open(file)) {
      assertThat(read.get("w").dtype()).isEqualTo(DType.C64);
      assertThat(read.get("w").bytes()).isEqualTo(numbers);
    }
  }

  @Test
  void aPublishedCheckpointIsWrittenWithTheSameTensors() {
    Map<String, TensorData> copy = new LinkedHashMap<>();
    try (TensorFile published = TensorFile.open(Reference.path("model-a", "pretrained_ckpt.pth.tar"))) {
      for (String name : published.names()) {
        StoredTensor tensor = published.get(name);
        copy.put(name, new TensorData(tensor.dtype(), tensor.shape(), tensor.bytes()));
      }
      Path file = folder.resolve("copy.pth.tar");
      TensorWriter.pyTorch(file, copy);
      try (TensorFile written = TensorFile.open(file)) {
        assertThat(written.names()).containsExactlyElementsOf(published.names());
        for (String name : published.names()) {
          assertThat(written.get(name).dtype()).isEqualTo(published.get(name).dtype());
          assertThat(written.get(name).shape()).isEqualTo(published.get(name).shape());
          assertThat(written.get(name).bytes()).isEqualTo(published.get(name).bytes());
        }
      }
    }
  }

  @Test
  void theSameTensorsGiveTheSameBytes() throws IOException {
    Path one = folder.resolve("one.pth.tar");
    Path other = folder.resolve("other.pth.tar");
    TensorWriter.pyTorch(one, TENSORS);
    TensorWriter.pyTorch(other, TENSORS);
    assertThat(Files.mismatch(one, other)).isEqualTo(-1);
  }

  @Test
  void aFullDiskLeavesTheFileThatWasThereAndNothingElse() throws IOException {
    Configuration small = Configuration.unix().toBuilder().setMaxSize(64 << 10).setBlockSize(512).build();
    try (FileSystem disk = Jimfs.newFileSystem(small)) {
      Path file = disk.getPath("/models/file.safetensors");
      TensorWriter.safetensors(file, TENSORS, Map.of());
      byte[] before = Files.readAllBytes(file);
      Map<String, TensorData> large = Map.of("large", TensorData.of(new float[1 << 15], 1 << 15));
      assertThatThrownBy(() -> TensorWriter.safetensors(file, large, Map.of()))
          .isInstanceOf(GillException.class)
          .hasMessageContaining("/models/file.safetensors could not be written")
          .hasMessageContaining("unchanged");
      assertThatThrownBy(() -> TensorWriter.pyTorch(file, large)).isInstanceOf(GillException.class);
      assertThat(Files.readAllBytes(file)).isEqualTo(before);
      try (Stream<Path> all = Files.list(file.getParent())) {
        assertThat(all.map(Path::getFileName).map(Path::toString)).isEqualTo(List.of("file.safetensors"));
      }
    }
  }

  @Test
  void aFolderThatCannotBeMadeIsNamed() throws IOException {
    Path notAFolder = Files.writeString(folder.resolve("file"), "");
    assertThatThrownBy(() -> TensorWriter.safetensors(notAFolder.resolve("x.safetensors"), TENSORS, Map.of()))
        .isInstanceOf(GillException.class).hasMessageContaining("x.safetensors could not be written");
  }

  @Test
  void theBytesMustFillTheShape() {
    assertThatThrownBy(() -> TensorData.of(new float[5], 2, 3)).isInstanceOf(IllegalArgumentException.class);
  }

  private static void assertHolds(Path file) {
    try (TensorFile read = TensorFile.open(file)) {
      assertThat(read.names()).containsExactlyElementsOf(TENSORS.keySet());
      TENSORS.forEach((name, tensor) -> {
        assertThat(read.get(name).shape()).isEqualTo(tensor.shape());
        assertThat(read.get(name).dtype()).isEqualTo(DType.F32);
        assertThat(read.get(name).bytes()).isEqualTo(tensor.bytes());
      });
    }
  }

  @Test
  void aFileThatNoDiskHoldsIsRefusedBeforeItIsWritten(@TempDir Path dir) {
    Path file = dir.resolve("new").resolve("model.safetensors");
    TensorWriter.Stream huge = new TensorWriter.Stream(DType.U8, new long[] {1L << 60}, out -> {
      throw new AssertionError("written");
    });
    assertThatThrownBy(() -> TensorWriter.stream(file, Map.of("w", huge), Map.of())).isInstanceOf(GillException.class)
        .hasMessageStartingWith(file + " needs 1152921504.6 GB of disk space, but ")
        .hasMessageContaining(" GB are free in " + dir + ": ");
    assertThat(dir).isEmptyDirectory();
  }
}
