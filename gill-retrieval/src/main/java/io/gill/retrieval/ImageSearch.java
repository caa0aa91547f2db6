package io.gill.retrieval;

import io.gill.GillException;
import io.gill.GillModel;
import io.gill.stage.ImageRetriever.Hit;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Searches an index by text or by image, outside a conversation. Texts are embedded as in the paper's retrieval
 * training and evaluation (section 3.2): [IMG0] follows the text, and {@code ret_text_hidden_fcs} maps its hidden
 * state. Thread-safe.
 */
public final class ImageSearch {
  private final GillModel model;
  private final ImageIndex index;
  private final PictureEmbedder embedder;

  /**
   * Creates a search.
   *
   * @param model the model that embedded the images of the index; stays open
   * @param index stays open
   * @throws GillException if the model cannot embed texts and images
   */
  public ImageSearch(GillModel model, ImageIndex index) {
    this.model = model;
    this.index = index;
    this.embedder = PictureEmbedder.of(model);
    if (model.stages().query().isEmpty()) {
      throw new GillException("the model cannot embed texts: load it with ret_text_hidden_fcs");
    }
  }

  /**
   * Embeds a text.
   *
   * @param text a caption, or a dialogue in the model's training format
   * @return (E), L2-normalised
   * @throws IllegalArgumentException if the text is blank
   * @throws GillException if the text has more tokens than the model has positions
   */
  public float[] embed(String text) {
    return model.embed(text);
  }

  /**
   * Embeds an image.
   *
   * @param image any size
   * @return (E)
   */
  public float[] embed(BufferedImage image) {
    return embedder.embed(List.of(image)).get(0);
  }

  /**
   * Returns the images that match a text best.
   *
   * @param text a caption, or a dialogue in the model's training format
   * @param k maximum number of hits, at least 1
   * @param filter accepts the images to search
   * @return best first
   */
  public List<Hit> byText(String text, int k, ImageFilter filter) {
    return index.search(embed(text), k, filter, Set.of());
  }

  /**
   * Returns the images most similar to an image.
   *
   * @param image any size
   * @param k maximum number of hits, at least 1
   * @param filter accepts the images to search
   * @return best first; includes the image itself if the index contains it
   */
  public List<Hit> byImage(BufferedImage image, int k, ImageFilter filter) {
    return index.search(embed(image), k, filter, Set.of());
  }

  /**
   * A caption of an image.
   *
   * @param id of the image in the index
   * @param text describes the image
   */
  public record Caption(String id, String text) {}

  /**
   * Retrieval metrics.
   *
   * @param captions number of captions
   * @param recall recall@k by k: the fraction of captions whose image is among the first k hits
   * @param meanReciprocalRank mean of 1 / rank, with 0 for an image that is not among the hits of the largest k
   */
  public record Metrics(int captions, Map<Integer, Double> recall, double meanReciprocalRank) {
    /**
     * Copies the map.
     *
     * @param captions number of captions
     * @param recall recall@k by k
     * @param meanReciprocalRank mean of 1 / rank
     */
    public Metrics {
      recall = new TreeMap<>(recall);
    }
  }

  /**
   * Searches for every image by its caption and computes the retrieval metrics.
   *
   * @param captions at least one
   * @param limits the values of k, each at least 1
   * @return the metrics
   */
  public Metrics evaluate(List<Caption> captions, int... limits) {
    if (captions.isEmpty() || limits.length == 0) {
      throw new IllegalArgumentException("captions and limits must not be empty");
    }
    int[] distinct = Arrays.stream(limits).distinct().toArray();
    int deepest = Arrays.stream(limits).max().orElseThrow();
    Map<Integer, Double> recall = new TreeMap<>();
    double reciprocal = 0;
    for (Caption caption : captions) {
      List<String> found = byText(caption.text, deepest, ImageFilter.EVERY).stream().map(Hit::id).toList();
      int rank = found.indexOf(caption.id) + 1;
      reciprocal += rank == 0 ? 0 : 1.0 / rank;
      for (int limit : distinct) {
        recall.merge(limit, rank > 0 && rank <= limit ? 1.0 / captions.size() : 0, Double::sum);
      }
    }
    return new Metrics(captions.size(), recall, reciprocal / captions.size());
  }

  /**
   * Reads captions from a text file. Each line holds an image's id, a tab and a caption.
   *
   * @param file encoded in UTF-8
   * @return the captions
   * @throws GillException if the file cannot be read or a line has no id and tab; the message gives the line number
   */
  public static List<Caption> captions(Path file) {
    List<Caption> captions = new ArrayList<>();
    try {
      List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
      for (int i = 0; i < lines.size(); i++) {
        int tab = lines.get(i).indexOf('\t');
        if (tab < 1) {
          throw new GillException(file + ": line " + (i + 1) + " must be an image's id, a tab and a caption");
        }
        captions.add(new Caption(lines.get(i).substring(0, tab), lines.get(i).substring(tab + 1)));
      }
    } catch (MalformedInputException e) {
      throw new GillException(file + " is not valid UTF-8: convert it to UTF-8", e);
    } catch (IOException e) {
      throw new GillException(file + " cannot be read: " + e.getMessage(), e);
    }
    return captions;
  }
}
