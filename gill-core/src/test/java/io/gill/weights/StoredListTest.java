package io.gill.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class StoredListTest {
  private static final byte[] BYTES = "no\u00e9one..".getBytes(StandardCharsets.UTF_8);

  private final ByteRegion file = ByteRegion.of(ByteBuffer.wrap(BYTES));
  private final StoredList list = new StoredList(file, new PickleBudget(Path.of("f"), BYTES.length));

  @Test
  void textsAreReadWhereTheyLie() {
    list.add(new PickleStack.Located("not looked at", 4, 3));
    list.add(new PickleStack.Located("nor this", 0, 4));
    assertThat(list).isEqualTo(List.of("one", "no\u00e9"));
    assertThatThrownBy(() -> list.get(2)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void tensorsOfOneShapeAreReadWhereTheyLie() {
    for (int i = 0; i < 40; i++) {
      list.add(tensor(DType.U8, i % 5, 2));
    }
    assertThat(list).hasSize(40);
    assertThat(((StoredTensor) list.get(36)).toLongArray()).containsExactly(BYTES[1], BYTES[2] & 0xff);
  }

  @Test
  void whatDoesNotGoTogetherIsKeptAsItIs() {
    StoredTensor elsewhere = StoredTensor.contiguous(
        Path.of("f"), "t", DType.U8, new long[] {2}, ByteRegion.of(ByteBuffer.wrap(new byte[] {7, 8})));
    list.add(new PickleStack.Located("", 4, 3));
    list.add(5L);
    list.add(new PickleStack.Located("as read", 0, 2));
    list.add(null);
    assertThat(list).containsExactly("one", 5L, "as read", null);

    for (StoredTensor other : List.of(elsewhere, tensor(DType.U8, 0, 3), tensor(DType.I8, 0, 2))) {
      StoredList tensors = new StoredList(file, new PickleBudget(Path.of("f"), BYTES.length));
      tensors.add(tensor(DType.U8, 4, 2));
      tensors.add(other);
      assertThat(((StoredTensor) tensors.get(0)).toLongArray()).containsExactly('o', 'n');
      assertThat(tensors.get(1)).isSameAs(other);
    }
    StoredList mixed = new StoredList(file, new PickleBudget(Path.of("f"), BYTES.length));
    mixed.add(tensor(DType.U8, 4, 2));
    mixed.add(new PickleStack.Located("text", 4, 3));
    assertThat(mixed.get(1)).isEqualTo("text");
    assertThat(((StoredTensor) mixed.get(0)).shape()).containsExactly(2);
  }

  @Test
  void whatLiesInOnePlaceIsOneObject() {
    for (int i = 0; i < 1000; i++) {
      list.add(new PickleStack.Located("one", 4, 3));
    }
    assertThat(list.isOf(String.class)).isTrue();
    assertThat(list.isOf(StoredTensor.class)).isFalse();
    list.add(1L);
    assertThat(list.get(999)).isSameAs(list.get(0)).isEqualTo("one");
    assertThat(list.isOf(String.class)).isFalse();
  }

  /**
   * Lists share entries at the same position as long as these stay in the file. Other entries are charged to the
   * budget.
   */
  @Test
  void whatManyListsHaveIsNotMadeForEachForNothing() {
    PickleBudget budget = new PickleBudget(Path.of("shared.npy"), BYTES.length);
    byte[] text = new byte[1 << 20];
    ByteRegion large = ByteRegion.of(ByteBuffer.wrap(text));
    assertThatThrownBy(
        () -> {
          for (int i = 0; i < 1000; i++) {
            StoredList shared = new StoredList(large, budget);
            shared.add(new PickleStack.Located("made once", 0, text.length));
            shared.add(1L);
          }
        })
        .isInstanceOf(GillException.class)
        .hasMessageContaining("shared.npy");
  }

  private StoredTensor tensor(DType type, int start, int length) {
    return StoredTensor.contiguous(Path.of("f"), "t", type, new long[] {length}, file.part(start, length));
  }
}
