package io.gill.examples.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Conversation;
import io.gill.GillException;
import io.gill.examples.evaluate.Item.AnyPicture;
import io.gill.parquet.ParquetTable;
import io.gill.testsupport.Reference;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

/** The data that benchmarks read, without a model. */
class BenchmarkDataTest {
  /** A picture of 110 by 70 pixels whose EXIF orientation makes it one of 70 by 110. */
  private static final Path TURNED = Reference.path("golden", "images", "src", "exif_rot6_110x70.jpg");

  @TempDir static Path shared;

  @TempDir Path folder;

  /** Writes all benchmarks and replaces each picture. */
  @BeforeAll
  static void prepare() throws IOException {
    int code = new CommandLine(new WorldBenchmarks()).setOut(new PrintWriter(new StringWriter())).execute(
        "--output", shared.toString(), "--count", "1");
    assertThat(code).isZero();
    byte[] turned = Files.readAllBytes(TURNED);
    List<Path> pictures;
    try (Stream<Path> files = Files.walk(shared)) {
      pictures = files.filter(file -> file.toString().endsWith(".png")).toList();
    }
    for (Path picture : pictures) {
      Files.write(picture, turned);
    }
    Path table = shared.resolve("mmbench/MMBench_DEV_EN.tsv");
    Files.writeString(table, Files.readString(table)
        .replaceAll("\t[A-Za-z0-9+/=]{65,}\t", "\t" + Base64.getEncoder().encodeToString(turned) + "\t"));
    ParquetTable.write(shared.resolve("mmmu/World/validation-00000-of-00001.parquet"),
        "id VARCHAR, question VARCHAR, options VARCHAR, answer VARCHAR, question_type VARCHAR, "
            + "image_1 STRUCT(bytes BLOB, path VARCHAR)",
        "?, ?, ?, ?, ?, {'bytes': ?::BLOB, 'path': ?::VARCHAR}",
        List.of(List.of("validation_Art_1", "<image 1> Who?", "['a', 'b']", "A", "multiple-choice", turned, "1.jpg")));
  }

  /** The published scripts open pictures with Pillow, which does not apply the orientation. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = {"DECISIONS", "VISDIAL_ANSWERS"}) // no pictures; squashed ones
  void picturesAreReadAsStored(Kind kind) {
    DataFolder data = new DataFolder(shared.resolve(kind.folder()));
    Style style = kind.isDialogue() ? Style.PUBLISHED : Style.DIALOGUE; // the published one squashes pictures
    List<Item> items = kind.open(data, kind.split(), kind.contexts(), style).items();
    assertThat(items.stream().flatMap(item -> pictures(item).stream())).isNotEmpty().allSatisfy(picture -> {
      assertThat(picture.getWidth()).isEqualTo(110);
      assertThat(picture.getHeight()).isEqualTo(70);
    });
  }

  /** Returns the pictures that the model reads, and the wanted one. */
  private static List<BufferedImage> pictures(Item item) {
    Stream<BufferedImage> wanted =
        item.request() instanceof AnyPicture ? Stream.of(item.wantedPicture()) : Stream.empty();
    return Stream.concat(wanted, item.prompt().turns().stream().flatMap(List::stream)
        .filter(Conversation.Image.class::isInstance).map(content -> ((Conversation.Image) content).image())).toList();
  }

  @Test
  void denseAnnotationsOfAnotherSplitAreNamedWithTheirFolder() throws IOException {
    Files.copy(shared.resolve("visdial/visdial_1.0_val.json"), folder.resolve("visdial_1.0_val.json"));
    Path dense = Files.writeString(folder.resolve("visdial_1.0_val_dense_annotations.json"),
        "[{\"image_id\":987,\"round_id\":1,\"gt_relevance\":[0,1]}]");
    assertThatThrownBy(() -> Kind.VISDIAL_ANSWERS.open(new DataFolder(folder), "val", List.of(), Style.PUBLISHED))
        .isInstanceOf(GillException.class).hasMessageStartingWith(dense + " judges 2 candidate answers of round 987/");
  }
}
