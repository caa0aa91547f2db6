package io.gill.evaluation;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.clip.ClipTextModel;
import io.gill.clip.ClipVisionModel;
import io.gill.concurrent.Closing;
import io.gill.weights.Snapshot;
import io.gill.weights.StoredTensor;
import io.gill.weights.TensorFile;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Similarity of pictures, and of texts and pictures: the cosine of their CLIP embeddings ({@code get_image_features},
 * {@code get_text_features}). The paper uses {@code openai/clip-vit-large-patch14}. Thread-safe.
 */
public final class ClipSimilarity implements AutoCloseable {
  private static final String PROJECTION = "visual_projection.weight";

  private final ClipVisionModel tower;
  private final float[] projection; // (E, C), row-major
  private final int width; // C
  private final @Nullable ClipTextModel texts;

  private ClipSimilarity(
      ClipVisionModel tower, float[] projection, int width, @Nullable ClipTextModel texts) {
    this.tower = tower;
    this.texts = texts;
    this.projection = projection;
    this.width = width;
  }

  /**
   * Loads a snapshot that has CLIP's visual projection, to compare pictures.
   *
   * @param snapshot a Hugging Face snapshot of the full model, or of the vision tower with its projection
   * @param device device to compute on
   * @param precision precision to compute in
   * @return the metric, to be closed by the caller
   * @throws GillException if the files are missing or damaged, or have no projection
   */
  public static ClipSimilarity load(Path snapshot, Device device, Precision precision) {
    return load(snapshot, device, precision, null);
  }

  /**
   * Loads a snapshot of the full model, to compare pictures, and texts with pictures.
   *
   * @param snapshot a Hugging Face snapshot of the full model, with its tokenizer
   * @param device device to compute on
   * @param precision precision to compute in
   * @return the metric, to be closed by the caller
   * @throws GillException if files are missing or damaged, or a tower or a projection is missing
   */
  public static ClipSimilarity loadWithTexts(Path snapshot, Device device, Precision precision) {
    ClipTextModel texts = ClipTextModel.load(snapshot, device, precision);
    try {
      return load(snapshot, device, precision, texts);
    } catch (RuntimeException | Error e) {
      Closing.closeAfter(e, List.of(texts));
      throw e;
    }
  }

  private static ClipSimilarity load(
      Path snapshot, Device device, Precision precision, @Nullable ClipTextModel texts) {
    float[] projection;
    long[] shape;
    try (TensorFile file = Snapshot.open(snapshot)) {
      if (!file.names().contains(PROJECTION)) {
        throw new GillException(snapshot + " has no " + PROJECTION
            + ": use a snapshot of the full CLIP model, or of CLIPVisionModelWithProjection");
      }
      StoredTensor tensor = file.get(PROJECTION);
      shape = tensor.shape();
      if (shape.length != 2) {
        throw new GillException(snapshot + ": " + PROJECTION + " is not a matrix");
      }
      projection = tensor.toFloatArray();
    }
    return new ClipSimilarity(
        ClipVisionModel.load(snapshot, device, precision), projection, Math.toIntExact(shape[1]), texts);
  }

  /**
   * Embeds pictures.
   *
   * @param pictures the pictures
   * @return one row per picture, not normalised
   * @throws GillException if an embedding is NaN or infinite, or its width does not fit the projection
   */
  public float[][] embed(List<BufferedImage> pictures) {
    return Arrays.stream(tower.encode(pictures)).map(this::project).toArray(float[][]::new);
  }

  /**
   * Embeds texts.
   *
   * @param said the texts; the tower truncates long ones, to 77 tokens in published models
   * @return one row per text, as wide as a picture's, not normalised
   * @throws IllegalStateException if the metric was loaded without texts
   * @throws GillException if an embedding is NaN or infinite
   */
  public float[][] embedTexts(List<String> said) {
    if (texts == null) {
      throw new IllegalStateException("the text tower was not loaded: use loadWithTexts");
    }
    return texts.embed(said);
  }

  /**
   * Compares texts and pictures in pairs. The CLIP score of Hessel et al. (2021, arXiv 2104.08718) is 2.5 times the
   * positive part of such a cosine.
   *
   * @param said texts
   * @param pictures as many pictures
   * @return the cosine of each pair, from −1 to 1, and the mean
   * @throws IllegalArgumentException if the lists are empty or differ in length
   * @throws IllegalStateException if the metric was loaded without texts
   * @throws GillException if an embedding is zero, NaN or infinite
   */
  public MetricScore scoreTexts(List<String> said, List<BufferedImage> pictures) {
    Items.requireSome(said);
    if (said.size() != pictures.size()) {
      throw new IllegalArgumentException(
          said.size() + " texts cannot be compared in pairs with " + pictures.size() + " pictures");
    }
    return paired(embedTexts(said), embed(pictures));
  }

  /**
   * Compares pictures in pairs.
   *
   * @param first pictures
   * @param second as many pictures
   * @return the cosine of each pair, from −1 to 1, and the mean
   * @throws IllegalArgumentException if the lists are empty or differ in length
   * @throws GillException if an embedding is zero, NaN or infinite
   */
  public MetricScore score(List<BufferedImage> first, List<BufferedImage> second) {
    Items.requireSome(first);
    if (first.size() != second.size()) {
      throw new IllegalArgumentException(
          first.size() + " pictures cannot be compared in pairs with " + second.size());
    }
    return paired(embed(first), embed(second));
  }

  private static MetricScore paired(float[][] a, float[][] b) {
    return MetricScore.mean(IntStream.range(0, a.length).mapToObj(i -> cosine(a[i], b[i])).toList());
  }

  /**
   * Returns the cosine of two embeddings.
   *
   * @param a an embedding
   * @param b another of the same width
   * @return the cosine, from −1 to 1
   * @throws IllegalArgumentException if the widths differ
   * @throws GillException if an embedding is zero, NaN or infinite
   */
  public static double cosine(float[] a, float[] b) {
    if (a.length != b.length) {
      throw new IllegalArgumentException("embeddings of widths " + a.length + " and " + b.length
          + " cannot be compared");
    }
    double product = 0;
    double squareA = 0;
    double squareB = 0;
    for (int i = 0; i < a.length; i++) {
      product += (double) a[i] * b[i];
      squareA += (double) a[i] * a[i];
      squareB += (double) b[i] * b[i];
    }
    double cosine = product / Math.sqrt(squareA * squareB);
    if (!Double.isFinite(cosine)) {
      throw new GillException("an embedding is zero, NaN or infinite");
    }
    return Math.max(-1, Math.min(1, cosine));
  }

  private float[] project(float[] pooled) {
    if (pooled.length != width) {
      throw new GillException(
          "the vision tower has width " + pooled.length + ", but " + PROJECTION + " has " + width + " columns");
    }
    float[] embedding = new float[projection.length / width];
    for (int row = 0; row < embedding.length; row++) {
      double sum = 0;
      for (int i = 0; i < width; i++) {
        sum += (double) projection[row * width + i] * pooled[i];
      }
      embedding[row] = (float) sum;
    }
    return embedding;
  }

  @Override
  public void close() {
    tower.close();
    if (texts != null) {
      texts.close();
    }
  }
}
