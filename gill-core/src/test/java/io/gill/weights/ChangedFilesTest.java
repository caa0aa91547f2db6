package io.gill.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.image.Images;
import io.gill.projection.DecisionClassifier;
import io.gill.testsupport.MappedPages;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Weight files that change while a model uses them, and paths that are not files. */
@DisabledOnOs(OS.WINDOWS) // Windows allows no changes to mapped files
class ChangedFilesTest {
  private static final int WIDTH = 16;

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void aDecisionModel() {
    file = folder.resolve("decision.safetensors");
    write(file, 1);
  }

  private static void write(Path to, float bias) {
    TensorWriter.safetensors(to, Map.of("1.weight", TensorData.of(new float[2 * WIDTH], 2, WIDTH),
        "1.bias", TensorData.of(new float[] {bias, 2}, 2)), Map.of());
  }

  private DecisionClassifier load(Precision precision) {
    return DecisionClassifier.load(file, WIDTH, Device.CPU, precision);
  }

  private static float[] answer(DecisionClassifier model) {
    return model.logits(new float[WIDTH]);
  }

  private static void truncate(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.truncate(0);
    }
  }

  /** Without the check the JVM would end with SIGBUS. */
  @Test
  void aFileThatIsCutShortIsNamed() throws IOException {
    try (DecisionClassifier model = load(Precision.FLOAT32)) {
      truncate(file);
      assertThatThrownBy(() -> answer(model)).isInstanceOf(GillException.class)
          .hasMessageStartingWith(file + " was modified while its weights were in use")
          .hasMessageContaining("load the model again");
    }
  }

  @Test
  void aFileThatIsOverwrittenIsNamed() throws IOException {
    try (DecisionClassifier model = load(Precision.FLOAT32)) {
      Files.setLastModifiedTime(file, FileTime.fromMillis(1));
      assertThatThrownBy(() -> answer(model)).isInstanceOf(GillException.class).hasMessageContaining("was modified");
    }
  }

  @Test
  void aFileThatIsReplacedOrDeletedStaysAsItWas() throws IOException {
    try (DecisionClassifier model = load(Precision.FLOAT32)) {
      write(folder.resolve("other"), 7);
      Files.move(folder.resolve("other"), file, StandardCopyOption.ATOMIC_MOVE);
      assertThat(answer(model)).containsExactly(1, 2);
      Files.delete(file);
      assertThat(answer(model)).containsExactly(1, 2);
    }
  }

  @Test
  void aFileThatIsReplacedBeforeItIsConvertedStaysAsItWas() throws IOException {
    try (TensorFile opened = TensorFile.open(file)) {
      write(folder.resolve("other"), 7);
      Files.move(folder.resolve("other"), file, StandardCopyOption.ATOMIC_MOVE);
      assertThat(read(opened)).isEqualTo(1);
      Files.delete(file);
      assertThat(read(opened)).isEqualTo(1);
    }
  }

  @Test
  void anInterruptedThreadReads() {
    try (TensorFile opened = TensorFile.open(file)) {
      Thread.currentThread().interrupt();
      assertThat(read(opened)).isEqualTo(1);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  private static float read(TensorFile opened) {
    ByteBuffer bytes = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
    opened.get("1.bias").read(0, bytes);
    return bytes.getFloat(0);
  }

  @Test
  void aLargeFileIsMappedOnce() throws IOException {
    long size = (3L << 30) + 5;
    Path large = folder.resolve("large"); // sparse: takes no space
    try (RandomAccessFile out = new RandomAccessFile(large.toFile(), "rw")) {
      out.setLength(size);
    }
    try (MappedFile mapped = MappedFile.open(large)) {
      assertThat(mapped.size()).isEqualTo(size);
      assertThat(MappedPages.mapped(large)).isEqualTo((size + 4095) / 4096 * 4096);
    }
  }

  @Test
  void convertedAndPrivateCopiesDoNotCare() throws IOException {
    DecisionClassifier copy = TensorFile.withoutMapping(() -> load(Precision.FLOAT32));
    try (copy; DecisionClassifier converted = load(Precision.BFLOAT16)) {
      truncate(file);
      assertThat(answer(copy)).containsExactly(1, 2);
      assertThat(answer(converted)).containsExactly(1, 2);
    }
  }

  @Test
  void whatIsCutShortWhileItIsReadIsNamed() throws IOException {
    try (TensorFile opened = TensorFile.withoutMapping(() -> TensorFile.open(file))) {
      truncate(file);
      assertThatThrownBy(() -> opened.get("1.bias").toFloatArray()).isInstanceOf(GillException.class)
          .hasMessage(file + " was truncated while it was read");
    }
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void pipesAndDevicesAreRefusedAndNotWaitedFor() throws Exception {
    Path pipe = folder.resolve("pipe");
    assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0);
    List<Consumer<Path>> readers = List.of(TensorFile::open, PyTorchFile::open, EmbeddingsFile::open, NumpyFile::open,
        ConfigFile::read, Images::read);
    for (Path path : List.of(pipe, Path.of("/dev/zero"))) {
      for (Consumer<Path> reader : readers) {
        assertThatThrownBy(() -> reader.accept(path)).isInstanceOf(GillException.class)
            .hasMessage(path + " cannot be read: it is a pipe or a device, not a file");
      }
    }
  }
}
