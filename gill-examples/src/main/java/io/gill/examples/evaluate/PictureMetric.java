package io.gill.examples.evaluate;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.evaluation.ClipSimilarity;
import io.gill.evaluation.Lpips;
import io.gill.examples.ModelFingerprint;
import io.gill.examples.world.Scene;
import io.gill.examples.world.SceneReader;
import io.gill.examples.world.SceneScore;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToDoubleBiFunction;

/**
 * Compares a generated picture with the wanted one, or with the words that ask for it.
 *
 * @param name name of the metric
 * @param scorer identifies what computes it
 * @param higherIsBetter whether equal pictures have the highest value
 * @param compares returns the value of a generated picture and its item
 * @param release frees what the metric has loaded
 */
record PictureMetric(
    String name, String scorer, boolean higherIsBetter, ToDoubleBiFunction<BufferedImage, Item> compares,
    Runnable release)
    implements AutoCloseable {
  /** The published size of pictures that LPIPS compares. */
  private static final int LPIPS_SIDE = 256;

  private static final String SCENES_VERSION = "1";

  /** The cosine of CLIP's embeddings. */
  static PictureMetric clip(Path snapshot, Device device) {
    String files = ModelFingerprint.of(snapshot);
    ClipSimilarity clip = ClipSimilarity.load(snapshot, device, Precision.FLOAT32);
    return new PictureMetric("CLIP similarity", files, true,
        (made, item) -> clip.score(List.of(made), List.of(item.wantedPicture())).value(), clip::close);
  }

  /** The cosine of CLIP's embeddings of the picture and the words that ask for it, such as its caption. */
  static PictureMetric clipText(Path snapshot, Device device) {
    String files = ModelFingerprint.of(snapshot);
    ClipSimilarity clip = ClipSimilarity.loadWithTexts(snapshot, device, Precision.FLOAT32);
    return new PictureMetric("CLIP similarity to the words", files, true,
        (made, item) -> clip.scoreTexts(List.of(words(item)), List.of(made)).value(), clip::close);
  }

  /** Returns the words that ask for a picture: without those about other pictures of the same story or examples. */
  static String words(Item item) {
    if (item.request() instanceof Item.AnyPicture picture) {
      return picture.words();
    }
    throw new IllegalArgumentException("item " + item.id() + " does not ask for a picture");
  }

  /** LPIPS of pictures of 256 by 256 pixels. */
  static PictureMetric lpips(Path alexNet, Path heads, Device device) {
    String files = ModelFingerprint.of(alexNet) + ModelFingerprint.of(heads);
    Lpips lpips = Lpips.load(alexNet, heads, device);
    return new PictureMetric("LPIPS", files, false,
        (made, item) -> lpips.distance(made, item.wantedPicture(), LPIPS_SIDE), lpips::close);
  }

  /**
   * The share of right attributes, for pictures of the bundled model's world. Its version changes with what
   * {@link SceneReader} and {@link SceneScore} compute, so that kept scores of an earlier one do not count.
   */
  static PictureMetric scenes() {
    return new PictureMetric("attributes right", SCENES_VERSION, true, (made, item) -> {
      Scene scene = SceneReader.read(item.wantedPicture()).scene()
          .orElseThrow(() -> new GillException("the wanted picture shows no scene of the bundled model's world"));
      return SceneScore.of(scene, SceneReader.read(made)).accuracy();
    }, () -> {});
  }

  @Override
  public void close() {
    release.run();
  }
}
