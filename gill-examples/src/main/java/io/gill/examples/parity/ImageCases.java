package io.gill.examples.parity;

import com.fasterxml.jackson.databind.JsonNode;
import io.gill.image.ImageProcessor;
import io.gill.image.ImageProcessorConfig;
import io.gill.image.ImageProcessorConfig.Normalization;
import io.gill.image.ImageProcessorConfig.ShortestEdge;
import io.gill.image.ImageProcessorConfig.Size;
import io.gill.image.Images;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Decoding, resizing and preprocessing. All of it is exact: the transforms, upsampling and colours of JPEG and WebP and
 * the fixed-point resampling are Pillow's.
 */
final class ImageCases {
  private static final String PART = "image";

  /** CLIP's normalisation, the default of the feature extractor. */
  private static final Normalization NORMALIZATION = new Normalization(
      List.of(0.48145466, 0.4578275, 0.40821073), List.of(0.26862954, 0.26130258, 0.27577711));

  /** One level of 255 after normalisation, in the channel with the smallest deviation. */
  static final double LEVEL = 1 / 255.0 / 0.26;

  private static final int BICUBIC = 3;
  private static final Pattern EVERY = Pattern.compile("every_(\\d+)(?:st|nd|rd|th)");

  private final Path dir;
  private final Golden golden;

  private ImageCases(Path dir, Golden golden) {
    this.dir = dir;
    this.golden = golden;
  }

  static void run(Folder folder, Report report) throws IOException {
    Path dir = folder.golden("images");
    if (!Files.exists(dir.resolve("preprocess.json"))) {
      return;
    }
    try (Golden golden = Golden.open(dir.resolve("preprocess.safetensors"))) {
      ImageCases cases = new ImageCases(dir, golden);
      for (JsonNode image : Folder.required(Folder.json(dir.resolve("preprocess.json")), "images")) {
        String file = Folder.text(image, "file");
        report.run(PART, file, check -> cases.compare(check, file, image));
      }
      golden.reportUnread(report, PART, "tensors");
    }
  }

  private void compare(Check check, String file, JsonNode description) throws IOException {
    BufferedImage image = Pictures.read(dir.resolve(file));
    boolean quirk = description.has("quirk");
    String prefix = file.substring(file.lastIndexOf('/') + 1) + ".";
    for (String name : golden.names()) {
      if (!name.startsWith(prefix)) {
        continue;
      }
      String what = name.substring(prefix.length());
      int step = step(what);
      if (what.startsWith("rgb")) {
        Pictures.compare(check, what, Pictures.rgb(image, step), bytes(name), 0);
      } else if (what.startsWith("retrieved_")) {
        int size = number(what, "retrieved_(\\d+)");
        byte[] actual = Pictures.rgb(Images.resize(image, size, size), step);
        Pictures.compare(check, what, actual, bytes(name), 0);
      } else if (what.startsWith("pixel_values.")) {
        int size = number(what, "pixel_values\\.(\\d+)");
        float[] actual = Pictures.everyNth(processor(size).pixelValues(image), size, size, step);
        float[] recorded = golden.floats(name);
        if (quirk) { // the original mistakes the height for the channels
          check.same(what + " count", actual.length, recorded.length);
        } else {
          check.within(what, actual, recorded, 0);
        }
      } else {
        check.fail(what, "unknown kind of image data");
      }
    }
    if (quirk) {
      check.same("works", processor(32).pixelValues(image).length, 3 * 32 * 32);
    }
  }

  private static int step(String what) {
    Matcher every = EVERY.matcher(what);
    return every.find() ? Integer.parseInt(every.group(1)) : 1;
  }

  private static int number(String what, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(what);
    if (!matcher.find()) {
      throw new IllegalArgumentException("no size in the name of '" + what + "'");
    }
    return Integer.parseInt(matcher.group(1));
  }

  private static ImageProcessor processor(int size) {
    return ImageProcessor.of(new ImageProcessorConfig(
        new ShortestEdge(size), new Size(size, size), BICUBIC, 1 / 255.0, NORMALIZATION));
  }

  private byte[] bytes(String name) {
    ByteBuffer buffer = golden.get(name).bytes();
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }
}
