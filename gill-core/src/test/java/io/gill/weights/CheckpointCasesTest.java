package io.gill.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import io.gill.testsupport.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Cases beyond the parity program, which reads every file of golden/checkpoints. */
class CheckpointCasesTest {
  private static final Path DIR = Reference.path("golden", "checkpoints");

  @Test
  void tuplesAreNotLists() {
    try (TensorFile file = TensorFile.open(DIR.resolve("good/scalars_and_nesting_proto2.pth"))) {
      Map<?, ?> root = (Map<?, ?>) ((PyTorchFile) file).root();
      assertThat(root.get("t")).isInstanceOf(Tuple.class);
      assertThat(root.get("flags")).isInstanceOf(List.class).isNotInstanceOf(Tuple.class);
    }
  }

  /** {@code malicious_stack_global.pth} also claims too long a frame, which is detected first; see UnpicklerTest. */
  @ParameterizedTest
  @ValueSource(strings = {
    "os_system.pth", "eval.pth", "getattr_chain.pth", "build_setstate.pth", "inst_opcode.pth", "legacy.bin",
    "embeddings.npy"
  })
  void hostileFilesAreRefusedWithTheFunctionThatTheyName(String name) {
    assertRefused("malicious_" + name)
        .message().containsAnyOf("os.system", "posix.system", "builtins.eval", "builtins.getattr");
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "numel_claim", "out_of_bounds", "offset_out", "negative_offset", "negative_stride", "negative_size", "expand_bomb"
  })
  void impossibleTensorsAreRefusedByName(String name) {
    assertRefused("tensor_" + name + ".pth").message().containsAnyOf("'w'", "data/0");
  }

  /** Files that the published implementation may read. */
  @ParameterizedTest
  @ValueSource(strings = {
    "zip_crc_mismatch", "bomb_billion_laughs", "bomb_deep_nesting", "bomb_deep_tuples", "bomb_memo_index"
  })
  void doubtfulFilesAreRefused(String name) {
    assertRefused(name + ".pth");
  }

  private static AbstractThrowableAssert<?, ?> assertRefused(String name) {
    Path file = DIR.resolve("bad").resolve(name);
    return assertThatThrownBy(() -> readAll(file)).isInstanceOf(GillException.class).hasMessageContaining(name);
  }

  private static void readAll(Path file) {
    if (file.toString().endsWith(".npy")) {
      EmbeddingsFile.open(file).close();
      return;
    }
    try (TensorFile opened = TensorFile.open(file)) {
      for (String name : opened.names()) {
        opened.get(name).bytes();
        opened.get(name).toFloatArray();
      }
    }
  }

  @Test
  void impostorsAreCalledByTheirNames() {
    assertThatThrownBy(() -> TensorFile.open(DIR.resolve("bad/lfs_pointer.pth"))).hasMessageContaining("git lfs pull");
    assertThatThrownBy(() -> TensorFile.open(DIR.resolve("bad/not_a_checkpoint.pth"))).hasMessageContaining("web page");
    assertThatThrownBy(() -> TensorFile.open(DIR.resolve("bad/empty.pth"))).hasMessageContaining("empty");
    assertThatThrownBy(() -> TensorFile.open(DIR.resolve("bad/no_such_file.pth")))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("does not exist");
    assertThat(Files.isDirectory(DIR)).isTrue();
    assertThatThrownBy(() -> TensorFile.open(DIR)).isInstanceOf(GillException.class).hasMessageContaining("folder");
  }
}
