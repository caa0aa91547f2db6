package io.gill.weights;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.GillException;
import io.gill.testsupport.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** However a file is damaged, reading it yields values or a GillException that names it. */
class DamagedFilesTest {
  @TempDir Path dir;

  @TestFactory
  Stream<DynamicTest> everyGoodFileDamagedEverywhere() throws Exception {
    try (Stream<Path> files = Files.list(Reference.path("golden", "checkpoints", "good"))) {
      return files
          .filter(file -> !file.toString().endsWith(".LICENSE") && !file.toString().endsWith("decision_model.pth.tar"))
          .filter(file -> file.toFile().length() < 6000)
          .sorted()
          .toList()
          .stream()
          .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> damage(file)));
    }
  }

  private void damage(Path good) throws Exception {
    byte[] bytes = Files.readAllBytes(good);
    String name = good.getFileName().toString();
    Random random = new Random(7);
    AtomicInteger made = new AtomicInteger();
    assertThat(refused(name, bytes, made)).isFalse();
    int refusedCuts = 0;
    int cuts = 0;
    for (int length = 0; length < bytes.length; length += 1 + bytes.length / 100) {
      cuts++;
      refusedCuts += refused(name, Arrays.copyOf(bytes, length), made) ? 1 : 0;
    }
    assertThat(refusedCuts).as("a cut file is never taken for whole").isEqualTo(cuts);
    for (int i = 0; i < bytes.length; i += 1 + bytes.length / 200) {
      byte[] flipped = bytes.clone();
      flipped[i] ^= (byte) (1 << random.nextInt(8));
      refused(name, flipped, made);
      flipped[i] = (byte) random.nextInt(256);
      flipped[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      refused(name, flipped, made);
    }
  }

  private boolean refused(String name, byte[] bytes, AtomicInteger made) throws Exception {
    Path file = dir.resolve(made.incrementAndGet() % 8 + "-" + name);
    Files.deleteIfExists(file); // a new file, since the old one is still mapped
    Files.write(file, bytes);
    try {
      if (name.endsWith(".npy")) {
        try (EmbeddingsFile embeddings = EmbeddingsFile.open(file)) {
          for (int i = 0; i < embeddings.size(); i++) {
            embeddings.row(i);
          }
        }
      } else {
        try (TensorFile tensors = TensorFile.open(file)) {
          for (String tensor : tensors.names()) {
            tensors.get(tensor).toFloatArray();
          }
        }
      }
      return false;
    } catch (GillException e) {
      assertThat(e).hasMessageContaining(file.toString());
      return true;
    }
  }
}
