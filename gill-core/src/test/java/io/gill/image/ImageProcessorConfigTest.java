package io.gill.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import io.gill.image.ImageProcessorConfig.Normalization;
import io.gill.image.ImageProcessorConfig.ShortestEdge;
import io.gill.image.ImageProcessorConfig.Size;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageProcessorConfigTest {
  @TempDir private Path folder;

  private Path write(String json) throws IOException {
    return Files.writeString(folder.resolve("preprocessor_config.json"), json);
  }

  private ImageProcessorConfig parse(String json) throws IOException {
    return ImageProcessorConfig.read(write(json));
  }

  @Test
  void absentKeysHaveClipsDefaults() throws IOException {
    ImageProcessorConfig config = parse("{}");

    assertThat(config.resize()).isEqualTo(new ShortestEdge(224));
    assertThat(config.crop()).isEqualTo(new Size(224, 224));
    assertThat(config.resample()).isEqualTo(3);
    assertThat(config.rescaleFactor()).isEqualTo(1 / 255.0);
    assertThat(config.normalization()).isEqualTo(new Normalization(
        List.of(0.48145466, 0.4578275, 0.40821073), List.of(0.26862954, 0.26130258, 0.27577711)));
  }

  @Test
  void aHeightAndAWidthResizeBoth() throws IOException {
    ImageProcessor processor = ImageProcessor.of(parse("""
        {"size": {"height": 3, "width": 5}, "do_center_crop": false, "do_normalize": false, "do_rescale": false,
         "resample": 0}"""));
    BufferedImage image = new BufferedImage(10, 6, BufferedImage.TYPE_BYTE_GRAY);
    for (int x = 0; x < 10; x++) {
      for (int y = 0; y < 6; y++) {
        image.getRaster().setSample(x, y, 0, 10 * y + x);
      }
    }

    float[] values = processor.pixelValues(image);

    assertThat(values).hasSize(3 * 3 * 5);
    assertThat(values[0]).isEqualTo(11);
    assertThat(values[14]).isEqualTo(59);
  }

  @Test
  void aPictureSmallerThanTheCropIsPaddedWithBlack() throws IOException {
    ImageProcessor processor = ImageProcessor.of(parse("""
        {"do_resize": false, "crop_size": {"height": 4, "width": 3}, "do_normalize": false, "do_rescale": false}"""));
    BufferedImage image = new BufferedImage(5, 1, BufferedImage.TYPE_BYTE_GRAY);
    for (int x = 0; x < 5; x++) {
      image.getRaster().setSample(x, 0, 0, 1 + x);
    }

    // NumPy: rows (4 - 1 + 1) / 2 = 2 above, columns cut from 1 on.
    assertThat(processor.pixelValues(image)).startsWith(0, 0, 0, 0, 0, 0, 2, 3, 4, 0, 0, 0);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "{'size': 'big'} | : size is \"big\", but it must be a positive integer",
    "{'size': {'longest_edge': 3}} | lacks the key size.height",
    "{'size': 0} | : size is 0, but it must be a positive integer",
    "{'size': 1.5} | : size is 1.5, but it must be a positive integer",
    "{'size': 99999999999} | : size is 99999999999, but it must be a positive integer",
    "{'crop_size': {'height': 100000, 'width': 1}} | : height is 100000: use 1 to 8192",
    "{'crop_size': {'shortest_edge': 3}} | lacks the key crop_size.height",
    "{'resample': 9} | : resample must be in 0..5: 9",
    "{'do_resize': 1} | : do_resize is 1, but it must be true or false",
    "{'do_convert_rgb': 'no'} | : do_convert_rgb is \"no\", but it must be true or false",
    "{'image_mean': [1, 2]} | : image_mean is [1,2], but it must be one number or 3",
    "{'image_std': [1, 0, 1]} | : image_std must be three numbers other than 0",
    "{'rescale_factor': 'x'} | : rescale_factor is \"x\", but it must be a number",
    "{'do_center_crop': false} | : images would differ in size",
    "[] | is not a JSON object",
    "{ | is not valid JSON"
  })
  void badValuesAreNamed(String json, String message) throws IOException {
    Path file = write(json.replace('\'', '"'));

    assertThatThrownBy(() -> ImageProcessorConfig.read(file)).isInstanceOf(GillException.class)
        .hasMessageStartingWith(file + (message.startsWith(":") ? "" : " ") + message);
  }

  @Test
  void aMissingFileIsNamed() {
    Path file = folder.resolve("absent.json");

    assertThatThrownBy(() -> ImageProcessor.of(file)).isInstanceOf(GillException.class)
        .hasMessageStartingWith(file + " does not exist");
  }
}
