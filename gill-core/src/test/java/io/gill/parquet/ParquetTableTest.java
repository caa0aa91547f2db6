package io.gill.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParquetTableTest {
  @TempDir
  Path folder;

  @Test
  void readsWhatItWrote() throws SQLException {
    Path file = folder.resolve("new/it's.parquet");
    ParquetTable.write(file, "id VARCHAR, bytes BLOB", "?, ?", List.of(List.of("a", new byte[] {1, -1})));
    try (ParquetTable table = ParquetTable.open(file);
        var statement = table.statement("SELECT id, bytes" + ParquetTable.FROM);
        var rows = statement.executeQuery()) {
      assertThat(rows.next()).isTrue();
      assertThat(rows.getString(1)).isEqualTo("a");
      assertThat(rows.getBytes(2)).containsExactly(1, -1);
      assertThat(rows.next()).isFalse();
    }
  }

  @Test
  void leavesNothingWhereTheFileCannotBeReplaced() throws Exception {
    Path used = Files.createDirectories(folder.resolve("used.parquet"));
    Files.createFile(used.resolve("inside"));
    assertThatThrownBy(() -> ParquetTable.write(used, "id VARCHAR", "?", List.of(List.of("a"))))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("used.parquet cannot be written");
    try (var left = Files.list(folder)) {
      assertThat(left).containsExactly(used);
    }
  }

  @Test
  void keepsTheFileIfARowDoesNotFit() throws Exception {
    Path file = folder.resolve("table.parquet");
    ParquetTable.write(file, "id INTEGER", "?", List.of(List.of("1")));
    byte[] before = Files.readAllBytes(file);
    assertThatThrownBy(() -> ParquetTable.write(file, "id INTEGER", "?", List.of(List.of("not a number"))))
        .isInstanceOf(GillException.class);
    assertThat(file).hasBinaryContent(before);
    try (var left = Files.list(folder)) {
      assertThat(left).containsExactly(file);
    }
  }
}
