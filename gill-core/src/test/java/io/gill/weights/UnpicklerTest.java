package io.gill.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnpicklerTest {
  private static final Path ORIGIN = Path.of("made.pkl");

  @Test
  void stackGlobalIsRefusedByName() {
    assertThatThrownBy(() -> read("\u0080\u0004\u008c\u0005posix\u008c\u0006system\u0093\u008c\u0002id\u0085R."))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("posix.system")
        .hasMessageContaining("made.pkl");
  }

  @Test
  void aNameAssembledFromTheMemoIsRefusedToo() {
    assertThatThrownBy(() -> read("\u0080\u0004\u008c\u0002os\u0094\u008c\u0006system\u0094h\u0000h\u0001\u0093."))
        .hasMessageContaining("os.system");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cbuiltins\neval\n.", "c__builtin__\nexec\n.", "cbuiltins\ngetattr\n.", "csubprocess\nPopen\n.",
        "ctorch\nload\n.", "ctorch.storage\n_load_from_bytes.__globals__\n.", "ctorch._utils\n_rebuild_tensor_v2 \n.",
        "ctorch.hub\nload\n.", "cnumpy\nload\n.", "cnumpy.core.multiarray\nfromfile\n.", "c_codecs\ndecode\n.",
        "ccollections\nOrderedDict.update\n.", "cargparse\nNamespace\n.", "cjava.lang.Runtime\nexec\n."
      })
  void everyNameOffTheListIsRefused(String pickle) {
    assertThatThrownBy(() -> read("\u0080\u0002" + pickle))
        .isInstanceOf(GillException.class)
        .hasMessageContaining(pickle.substring(1, pickle.indexOf('\n')))
        .hasMessageContaining("nothing was executed");
  }

  @Test
  void objectsAreNotConstructed() {
    assertThatThrownBy(() -> read("\u0080\u0002ccollections\nOrderedDict\n)\u0081."))
        .isInstanceOf(GillException.class);
    assertThatThrownBy(() -> read("(ccollections\nOrderedDict\no.")).isInstanceOf(GillException.class);
    assertThatThrownBy(() -> read("}X\u0009\u0000\u0000\u0000__class__NsN}b0."))
        .isInstanceOf(GillException.class);
  }

  @Test
  void attributesOfAStateDictAreDropped() {
    assertThat(read("ccollections\nOrderedDict\n)R}X\u0009\u0000\u0000\u0000_metadataNsb.")).isEqualTo(Map.of());
    assertThatThrownBy(() -> read("ccollections\nOrderedDict\n)R}X\u0009\u0000\u0000\u0000__class__Nsb."))
        .hasMessageContaining("refused");
  }

  @Test
  void aListThatHoldsItselfIsReadWithoutRecursion() {
    List<?> list = (List<?>) read("]q\u0000h\u0000a.");
    assertThat(list == list.get(0)).isTrue();
  }

  @Test
  void nestedKeysAreRefusedBeforeTheyAreHashed() {
    byte[] deep = new byte[100_000];
    Arrays.fill(deep, (byte) 0x85);
    String tuples = new String(deep, StandardCharsets.ISO_8859_1);
    assertThatThrownBy(() -> read("})" + tuples + "Ns.")).isInstanceOf(GillException.class);
    assertThatThrownBy(() -> read("\u008f()" + tuples + "\u0090.")).isInstanceOf(GillException.class);
    assertThat(read("}K\u0001K\u0002\u0086K\u0003s.")).isEqualTo(Map.of(List.of(1L, 2L), 3L));
  }

  @Test
  void aStackOfMillionsIsRefused() {
    byte[] lists = new byte[3_000_000];
    Arrays.fill(lists, (byte) '}');
    lists[lists.length - 1] = '.';
    assertThatThrownBy(() -> read(new String(lists, StandardCharsets.ISO_8859_1))).hasMessageContaining("stack");
    Arrays.fill(lists, (byte) '(');
    lists[lists.length - 1] = '.';
    assertThatThrownBy(() -> read(new String(lists, StandardCharsets.ISO_8859_1))).hasMessageContaining("stack");
  }

  /** A list of 100,000 entries, a function, and 100,000 calls of the function with the list. */
  @ParameterizedTest
  @CsvSource(delimiter = ' ', value = {
    "torch Size N", "collections OrderedDict K\u0001N\u0086", "builtins set K\u0001", "builtins frozenset N"})
  void aCallOfTheSameListAgainAndAgainIsRefused(String module, String name, String element) {
    String list = "](" + element.repeat(100_000) + "eq\u00000";
    String pickle = list + "c" + module + "\n" + name + "\nq\u00010]" + "(h\u0001h\u0000\u0085Re".repeat(100_000) + ".";
    assertThatThrownBy(() -> read(pickle))
        .isInstanceOf(GillException.class)
        .hasMessageStartingWith("made.pkl has a pickle that unfolds " + pickle.length() + " bytes into more than ");
  }

  /** A text of a million characters that a few bytes each copy, hash or keep in a name. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "c_codecs\nencode\nq\u00010](h\u0001h\u0000X\u0006\u0000\u0000\u0000latin1\u0086Re.",
        "ctorch\ndevice\nq\u00010](h\u0001h\u0000K\u0001\u0086Re.",
        "}h\u0000Ns.",
        "\u008f(h\u0000\u0090.",
        "}h\u0000\u0085Ns.",
        "ccollections\nOrderedDict\nq\u00010](h\u0001]h\u0000N\u0086a\u0085Re."
      })
  void aCallWithTheSameTextAgainAndAgainIsRefused(String calls) {
    String text = "X\u0000\u0000\u0010\u0000" + "a".repeat(1 << 20) + "q\u00000";
    int repeated = calls.contains("](") ? calls.lastIndexOf("](") + 1 : 1;
    String head = calls.substring(0, repeated);
    String call = calls.substring(repeated, calls.length() - 1);
    assertThat(read(text + head + call + ".")).isNotNull();
    assertThatThrownBy(() -> read(text + head + call.repeat(1000) + "."))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("which is refused");
  }

  @Test
  void attributesThatADictGetsAgainAndAgainAreRefused() {
    StringBuilder pickle = new StringBuilder("}q\u0000(");
    for (int i = 0; i < 10_000; i++) {
      pickle.append("X\u0004\u0000\u0000\u0000").append("%04d".formatted(i)).append('N');
    }
    pickle.append("u0}").append("h\u0000b".repeat(10_000)).append('.');
    assertThatThrownBy(() -> read(pickle.toString())).hasMessageContaining("which is refused");
  }

  @Test
  void oneCheckpointWithinAnotherIsReadOnTheBudgetOfTheOther() {
    String storage = "\u0080\u0002\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\u0019.\u0080\u0002M\u00e9\u0003."
        + "\u0080\u0002}X\r\u0000\u0000\u0000little_endian\u0088s.\u0080\u0002"
        + "(X\u0007\u0000\u0000\u0000storagectorch\nByteStorage\nX\u0001\u0000\u0000\u00000"
        + "X\u0003\u0000\u0000\u0000cpuK\u0001NtQ.\u0080\u0002]X\u0001\u0000\u0000\u00000a."
        + "\u0001\u0000\u0000\u0000\u0000\u0000\u0000\u0000*";
    String load = "ctorch.storage\n_load_from_bytes\nq\u0001C" + (char) storage.length() + storage + "q\u0000";
    assertThat(read(load + "\u0085R.")).isInstanceOf(Unpickler.Storage.class);
    String calls = load + "\u0085R" + "0h\u0001h\u0000\u0085R".repeat(100_000) + ".";
    assertThatThrownBy(() -> read(calls)).hasMessageContaining("which is refused");
    String deeper = load.replace("q\u0001", "").replace("q\u0000", "") + "\u0085R.";
    String within = "ctorch.storage\n_load_from_bytes\nB" + (char) (deeper.length() & 0xff)
        + (char) (deeper.length() >> 8) + "\u0000\u0000" + deeper + "\u0085R.";
    assertThatThrownBy(() -> read(within)).hasMessageContaining("a checkpoint within a checkpoint");
  }

  @Test
  void placesThatNeedATextTakeNothingElse() {
    for (String call : List.of("ctorch\ndevice\n]q\u0000h\u0000aK\u0001\u0086R.", "ctorch\ndevice\nN\u0085R.",
        "c_codecs\nencode\nX\u0001\u0000\u0000\u0000a]q\u0000h\u0000a\u0086R.",
        "cnumpy\ndtype\n]q\u0000h\u0000a\u0089\u0088\u0087R.")) {
      assertThatThrownBy(() -> read(call)).isInstanceOf(GillException.class).hasMessageContaining("a text belongs");
    }
    assertThat(read("ctorch\ndevice\nX\u0004\u0000\u0000\u0000cudaK\u0001\u0086R.")).isEqualTo("cuda:1");
  }

  /** 20,000 pairs with equal hashes: comparing all pairs would take seconds, so they are ordered. */
  @Test
  void keysOfOneHashAreOrdered() {
    StringBuilder pickle = new StringBuilder("}(");
    for (int i = 0; i < 20_000; i++) {
      pickle.append(integer(i)).append(integer(0x40000000 - 31 * i)).append("\u0086K\u0001");
    }
    Map<?, ?> map = (Map<?, ?>) read(pickle + "u.");
    assertThat(map).hasSize(20_000);
    assertThat(map.keySet().stream().map(Object::hashCode).distinct()).hasSize(1);
    Tuple key = new Tuple(7L, 0x40000000L - 31 * 7);
    assertThat(map.containsKey(key)).isTrue();
    assertThat(key.compareTo(new Tuple(7L, 0x40000000L - 31 * 7))).isZero();
    assertThat(key.compareTo(new Tuple(8L, 0L))).isNegative();
    assertThat(key.compareTo(new Tuple(1L, 1L, 1L))).isNegative();
    assertThat(key.compareTo(new Tuple(7L, 0L))).isPositive();
    assertThat(new Tuple(7L, "a").compareTo(key)).isEqualTo(-key.compareTo(new Tuple(7L, "a"))).isNotZero();
    assertThat(new Tuple(7L, null).compareTo(key)).isNegative();
  }

  /** Keys of different classes have no common order: searching one among many is charged to the budget. */
  @Test
  void manyKeysOfSeveralClassesAreRefused() {
    StringBuilder few = new StringBuilder("}(NN");
    StringBuilder many = new StringBuilder("}(");
    for (int i = 0; i < 50_000; i++) {
      String entries = integer(i) + "NG" + "?%07d".formatted(i) + "N";
      few.append(i < 1000 ? entries : "");
      many.append(entries);
    }
    assertThat((Map<?, ?>) read(few + "u.")).hasSize(2001);
    assertThatThrownBy(() -> read(many + "u.")).hasMessageContaining("which is refused");
  }

  private static String integer(int value) {
    StringBuilder opcode = new StringBuilder("J");
    for (int shift = 0; shift < 32; shift += 8) {
      opcode.append((char) (value >>> shift & 0xff));
    }
    return opcode.toString();
  }

  @Test
  void everyCutAndEveryFlippedByteEndsInAValueOrOneErrorType() {
    byte[] pickle =
        bytes(
            "\u0080\u0002}q\u0000(X\u0001\u0000\u0000\u0000aK\u0005X\u0001\u0000\u0000\u0000b]q\u0001(K\u0001G"
                + "?\u00f0\u0000\u0000\u0000\u0000\u0000\u0000h\u0000\u008a\u0001\u00ffNe"
                + "X\u0001\u0000\u0000\u0000ccnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nX\u0002\u0000\u0000\u0000f8"
                + "K\u0000K\u0001\u0087R(K\u0003X\u0001\u0000\u0000\u0000<NNNJ\u00ff\u00ff\u00ff\u00ffJ\u00ff\u00ff"
                + "\u00ff\u00ffK\u0000tbc_codecs\nencode\nX\u0009\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000"
                + "\u00c3\u00b0?X\u0006\u0000\u0000\u0000latin1\u0086R\u0086Ru.");
    Map<?, ?> whole = (Map<?, ?>) read(pickle);
    assertThat(whole.get("c")).isEqualTo(1.0);
    int refused = 0;
    for (int i = 0; i < pickle.length; i++) {
      refused += refused(Arrays.copyOf(pickle, i)) ? 1 : 0;
      for (int bit = 0; bit < 8; bit++) {
        byte[] damaged = pickle.clone();
        damaged[i] ^= (byte) (1 << bit);
        refused(damaged);
      }
    }
    assertThat(refused).isEqualTo(pickle.length);
  }

  private static boolean refused(byte[] pickle) {
    try {
      Unpickler.read(ORIGIN, ByteRegion.of(ByteBuffer.wrap(pickle)), 0, Unpickler.noStorages(ORIGIN));
      return false;
    } catch (GillException e) {
      return true;
    }
  }

  @Test
  void aTensorViewsOnlyItsOwnStorage() {
    Unpickler.Storages storages =
        (dtype, key, elements, view) ->
            new Unpickler.Storage(dtype, ByteRegion.of(ByteBuffer.allocateDirect((int) elements * dtype.byteSize())));
    String head =
        "ctorch._utils\n_rebuild_tensor_v2\n((X\u0007\u0000\u0000\u0000storagectorch\nFloatStorage\n"
            + "X\u0001\u0000\u0000\u00000X\u0006\u0000\u0000\u0000cuda:0K\u0006tQ";
    StoredTensor inside = (StoredTensor) read(bytes(head + "K\u0001K\u0005\u0085K\u0001\u0085\u0089NtR."), storages);
    assertThat(inside.shape()).containsExactly(5);
    for (String view : List.of("K\u0002K\u0005\u0085K\u0001\u0085", "K\u0000K\u0004\u0085K\u0002\u0085",
        "K\u0000K\u0004\u0085K\u0001K\u0001\u0086", "K\u0000J\u00ff\u00ff\u00ff\u00ff\u0085K\u0001\u0085",
        "K\u0000\u008a\u0008\u0000\u0000\u0000\u0000\u0000\u0000\u0000@\u008a\u0008\u0000\u0000\u0000\u0000"
            + "\u0000\u0000\u0000@\u0086K\u0001K\u0001\u0086")) {
      assertThatThrownBy(() -> read(bytes(head + view + "\u0089NtR."), storages))
          .isInstanceOf(GillException.class)
          .hasMessageContaining("made.pkl");
    }
  }

  private static Object read(String pickle) {
    return read(bytes(pickle));
  }

  private static Object read(byte[] pickle) {
    return read(pickle, Unpickler.noStorages(ORIGIN));
  }

  private static Object read(byte[] pickle, Unpickler.Storages storages) {
    return Objects.requireNonNull(
        Unpickler.read(ORIGIN, ByteRegion.of(ByteBuffer.wrap(pickle)), 0, storages).value());
  }

  /** One byte per character. */
  private static byte[] bytes(String text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    text.chars().forEach(out::write);
    return out.toByteArray();
  }
}
