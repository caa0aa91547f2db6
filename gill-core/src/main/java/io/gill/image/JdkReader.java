package io.gill.image;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.IOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.stream.ImageInputStream;

/**
 * A reader of the JDK itself, whatever others an application has registered: decoding must not depend on the class
 * path. Input comes from memory, so ImageIO's disk cache is never used.
 */
final class JdkReader {
  static final JdkReader PNG = new JdkReader("png");
  static final JdkReader JPEG = new JdkReader("jpeg");
  static final JdkReader GIF = new JdkReader("gif");
  static final JdkReader BMP = new JdkReader("bmp");

  private final ImageReaderSpi provider;

  private JdkReader(String format) {
    provider = find(format);
  }

  private static ImageReaderSpi find(String format) {
    Iterator<ImageReaderSpi> all = IIORegistry.getDefaultInstance().getServiceProviders(ImageReaderSpi.class, false);
    while (all.hasNext()) {
      ImageReaderSpi spi = all.next();
      if (spi.getClass().getModule() == ImageReaderSpi.class.getModule()
          && Arrays.asList(spi.getFormatNames()).contains(format)) {
        return spi;
      }
    }
    throw new IllegalStateException("this Java runtime has no " + format + " reader in module java.desktop");
  }

  BufferedImage image(EncodedBytes data) throws IOException {
    return with(data, reader -> reader.read(0));
  }

  /**
   * Returns the samples as stored, without colour conversion.
   *
   * @param warned set if the decoder recovered from damage
   */
  Raster raster(EncodedBytes data, AtomicBoolean warned) throws IOException {
    return with(data, reader -> {
      reader.addIIOReadWarningListener((source, warning) -> warned.set(true));
      return reader.readRaster(0, null);
    });
  }

  private interface Use<T> {
    T apply(ImageReader reader) throws IOException;
  }

  private <T> T with(EncodedBytes data, Use<T> use) throws IOException {
    ImageReader reader = provider.createReaderInstance();
    try (ImageInputStream in = data.input()) {
      reader.setInput(in, true, true);
      return use.apply(reader);
    } finally {
      reader.dispose();
    }
  }
}
