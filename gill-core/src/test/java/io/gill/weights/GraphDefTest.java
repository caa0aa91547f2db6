package io.gill.weights;

import static io.gill.testsupport.GraphDefWriter.FLOAT;
import static io.gill.testsupport.GraphDefWriter.concat;
import static io.gill.testsupport.GraphDefWriter.constant;
import static io.gill.testsupport.GraphDefWriter.field;
import static io.gill.testsupport.GraphDefWriter.listed;
import static io.gill.testsupport.GraphDefWriter.node;
import static io.gill.testsupport.GraphDefWriter.number;
import static io.gill.testsupport.GraphDefWriter.tensor;
import static io.gill.testsupport.GraphDefWriter.text;
import static io.gill.testsupport.GraphDefWriter.varint;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GraphDefTest {
  private static final byte[] SIX = floats(1, 2, 3, 4, 5, 6);

  @TempDir Path dir;

  @Test
  void constantsOfFloatsAreReadByTheNamesOfTheirNodes() throws Exception {
    Path path = write(
        node("input", "Placeholder", field(5, concat(field(1, text("shape")), field(2, number(6, 1))))),
        constant("conv/conv2d_params", tensor(FLOAT, SIX, 1, 2, 3, 1)),
        constant("sizes", tensor(3, new byte[8], 2)),
        node("softmax", "Softmax"),
        constant("epsilon", listed(false, new float[] {0.5f})),
        constant("gamma", listed(true, new float[] {7, 8, 9}, 3)),
        constant("beta", listed(false, new float[] {7, 8, 9}, 3)),
        constant("ones", listed(true, new float[] {1}, 2, 2)),
        constant("none", tensor(FLOAT, new byte[0], 0, 5)),
        field(4, number(1, 8)));
    try (TensorFile file = TensorFile.open(path)) {
      assertThat(file.names()).containsExactly(
          "conv/conv2d_params", "epsilon", "gamma", "beta", "ones", "none");
      StoredTensor kernel = file.get("conv/conv2d_params");
      assertThat(kernel.shape()).containsExactly(1, 2, 3, 1);
      assertThat(kernel.dtype()).isEqualTo(DType.F32);
      assertThat(kernel.isMapped()).isTrue();
      assertThat(kernel.toFloatArray()).containsExactly(1, 2, 3, 4, 5, 6);
      assertThat(file.get("epsilon").shape()).isEmpty();
      assertThat(file.get("epsilon").toFloatArray()).containsExactly(0.5f);
      assertThat(file.get("gamma").toFloatArray()).containsExactly(7, 8, 9);
      assertThat(file.get("beta").toFloatArray()).containsExactly(7, 8, 9);
      assertThat(file.get("ones").toFloatArray()).containsExactly(1, 1, 1, 1);
      assertThat(file.get("none").toFloatArray()).isEmpty();
    }
  }

  @Test
  void aGraphIsRecognisedByItsNameIfItsFirstFieldIsNoNode() throws Exception {
    Path path = Files.write(dir.resolve("graph.PB"),
        concat(field(4, number(1, 8)), constant("w", tensor(FLOAT, SIX, 6))));
    try (TensorFile file = TensorFile.open(path)) {
      assertThat(file.names()).containsExactly("w");
    }
  }

  @Test
  void aFileThatIsReadInsteadOfMappedHasTheSameValues() throws Exception {
    Path path = write(constant("w", tensor(FLOAT, SIX, 2, 3)), constant("b", listed(true, new float[] {7, 8}, 2)));
    try (TensorFile file = TensorFile.withoutMapping(() -> TensorFile.open(path))) {
      assertThat(file.get("w").toFloatArray()).containsExactly(1, 2, 3, 4, 5, 6);
      assertThat(file.get("b").toFloatArray()).containsExactly(7, 8);
    }
  }

  /** A graph that ends between two nodes is valid protobuf: whoever reads it must know which nodes it needs. */
  @Test
  void aCutFileIsRefusedUnlessItEndsBetweenNodes() throws Exception {
    byte[] first = constant("first", tensor(FLOAT, SIX, 6));
    byte[] whole = concat(first, constant("second", tensor(FLOAT, SIX, 6)));
    for (int length = 1; length < whole.length; length++) {
      Path path = Files.write(dir.resolve("cut-" + length + ".pb"), Arrays.copyOf(whole, length));
      if (length != first.length) {
        assertRefused(path);
      }
    }
  }

  @Test
  void anyDamageIsRefusedOrYieldsTensors() throws Exception {
    byte[] whole = concat(constant("first", tensor(FLOAT, SIX, 2, 3)),
        constant("second", listed(true, new float[] {1, 2, 3}, 3)), node("third", "Identity"));
    int read = 0;
    for (int i = 0; i < 8 * whole.length; i++) {
      byte[] damaged = whole.clone();
      damaged[i / 8] ^= (byte) (1 << i % 8);
      Path path = Files.write(dir.resolve("damaged-" + i + ".pb"), damaged);
      try (TensorFile file = TensorFile.open(path)) {
        file.names().forEach(name -> file.get(name).toFloatArray());
        read++;
      } catch (GillException e) {
        assertThat(e).hasMessageContaining(path.toString());
      }
    }
    assertThat(read).as("damage of numbers and of unread nodes").isBetween(1, 8 * whole.length - 1);
  }

  @Test
  void aLengthBeyondTheFileIsRefusedWithTheNode() throws Exception {
    byte[] good = constant("w", tensor(FLOAT, SIX, 6));
    assertRefused(write(concat(new byte[] {0x0a}, varint(1L << 40), good)))
        .hasMessageContaining("the graph claims 1099511627776 bytes");
    assertRefused(write(concat(new byte[] {0x0a}, varint(-1), new byte[] {0x0a, 0})))
        .hasMessageContaining("the graph claims 18446744073709551615 bytes");
    byte[] tensor = concat(number(1, FLOAT), varint(4 << 3 | 2), varint(1000), SIX);
    assertRefused(write(constant("conv", tensor))).hasMessageContaining("node 'conv' claims 1000 bytes");
  }

  @Test
  void aNumberWithoutEndIsRefused() throws Exception {
    byte[] endless = new byte[11];
    Arrays.fill(endless, (byte) 0xff);
    assertRefused(write(constant("w", concat(new byte[] {8}, endless))))
        .hasMessageContaining("node 'w' has a number of more than 10 bytes");
    assertRefused(write(constant("w", concat(new byte[] {8}, Arrays.copyOf(endless, 3)))))
        .hasMessageContaining("node 'w' ends within a number");
  }

  @Test
  void shapesThatTheDataDoesNotFillAreRefusedWithTheNode() throws Exception {
    long huge = Long.MAX_VALUE;
    assertRefused(write(constant("w", tensor(FLOAT, SIX, huge, huge))))
        .hasMessageContaining("node 'w' has 24 bytes of data, which do not make the shape");
    assertRefused(write(constant("w", tensor(FLOAT, SIX, 5)))).hasMessageContaining("node 'w' has 24 bytes");
    assertRefused(write(constant("w", listed(true, new float[] {1, 2}, 3)))).hasMessageContaining("node 'w'");
    assertRefused(write(constant("w", listed(true, new float[] {1}, huge, huge)))).hasMessageContaining("'w'");
    assertRefused(write(constant("w", tensor(FLOAT, SIX, -6)))).hasMessageContaining("node 'w' has a negative size");
    assertRefused(write(constant("w", tensor(FLOAT, floats(1), new long[65]))))
        .hasMessageContaining("more than 64 axes");
  }

  /** One value stands for all elements: four bytes claim any size. */
  @Test
  void aSingleValueDoesNotExpandToAnySize() throws Exception {
    Path path = write(constant("w", listed(true, new float[] {1}, 1 << 20, 1 << 10)));
    try (TensorFile file = TensorFile.open(path)) {
      assertThatThrownBy(() -> file.get("w").toFloatArray())
          .isInstanceOf(GillException.class).hasMessageContaining(path + ": tensor 'w'");
    }
  }

  @Test
  void otherMessagesAndTypesAreRefused() throws Exception {
    assertRefused(write(constant("w", tensor(2, new byte[48], 6)))).hasMessage(
        dir.resolve("graph.pb") + " has no constants of 32-bit floats: it is not a frozen TensorFlow graph");
    byte[] twice = constant("w", tensor(FLOAT, SIX, 6));
    assertRefused(write(twice, twice)).hasMessageContaining("two nodes with the name 'w'");
    assertRefused(write(node("w", "Const"))).hasMessageContaining("node 'w' is a constant without a value");
    assertRefused(write(field(1, number(1, 5)))).hasMessageContaining("node 0 has the field 1 with the wire type 0");
    assertRefused(write(field(1, new byte[] {0x0b}))).hasMessageContaining("node 0 has a field of the wire type 3");
    assertRefused(write(node("n".repeat(70_000), "Const"))).hasMessageContaining("a text of 70000 bytes");
  }

  private AbstractThrowableAssert<?, ?> assertRefused(Path path) {
    return assertThatThrownBy(() -> TensorFile.open(path).close())
        .isInstanceOf(GillException.class).hasMessageContaining(path.toString());
  }

  private Path write(byte[]... fields) throws Exception {
    Path path = dir.resolve("graph.pb");
    Files.deleteIfExists(path); // a new file, since the old one may still be mapped
    return Files.write(path, concat(fields));
  }

  private static byte[] floats(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }
}
