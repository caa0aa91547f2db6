package io.gill.retrieval;

import io.gill.GillException;
import io.gill.GillModel;
import io.gill.stage.ImageRetriever.Hit;
import io.gill.stage.LanguageContext;
import io.gill.stage.LanguageInput;
import io.gill.stage.LanguageModel;
import io.gill.stage.QueryEmbedder;
import io.gill.stage.Stages;
import io.gill.stage.Tokenizer;
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
 * Search in an index by a text or by an image, beside the dialogue. A text is embedded as the paper's retrieval is
 * trained and measured (section 3.2): the text, then [IMG0], whose hidden state goes through
 * {@code ret_text_hidden_fcs}. Thread-safe.
 */
public final class ImageSearch {
  private final Stages stages;
  private final ImageIndex index;
  private final PictureEmbedder embedder;
  private final QueryEmbedder queries;

  /**
   * A search.
   *
   * @param model whose embeddings the index holds; not closed here
   * @param index not closed here
   * @throws GillException if the model cannot embed texts and images
   */
  public ImageSearch(GillModel model, ImageIndex index) {
    this.stages = model.stages();
    this.index = index;
    this.embedder = PictureEmbedder.of(model);
    this.queries = stages.query()
        .orElseThrow(() -> new GillException("the model embeds no texts: load it with ret_text_hidden_fcs"));
  }

  /**
   * What a text describes.
   *
   * @param text a caption, or a dialogue as the model was trained on
   * @return (E)
   * @throws IllegalArgumentException if the text has more tokens than the model has positions
   */
  public float[] embed(String text) {
    Tokenizer tokenizer = stages.tokenizer();
    LanguageModel languageModel = stages.languageModel();
    int[] words = tokenizer.encode(text, true);
    int[] ids = Arrays.copyOf(words, words.length + 1);
    ids[words.length] = tokenizer.imageTokenIds()[0];
    try (LanguageContext context = languageModel.open()) {
      float[][] hidden = context.append(List.of(new LanguageInput.Tokens(ids))).hidden();
      return queries.embed(hidden[words.length]);
    }
  }

  /**
   * What an image shows.
   *
   * @param image any size
   * @return (E)
   */
  public float[] embed(BufferedImage image) {
    return embedder.embed(List.of(image)).get(0);
  }

  /**
   * The images that suit a text best.
   *
   * @param text as {@link #embed(String)}
   * @param k how many at most
   * @param filter which images
   * @return best first
   */
  public List<Hit> byText(String text, int k, ImageFilter filter) {
    return index.search(embed(text), k, filter, Set.of());
  }

  /**
   * The images that are most like one.
   *
   * @param image any size
   * @param k how many at most
   * @param filter which images
   * @return best first, the image itself among them if it is in the index
   */
  public List<Hit> byImage(BufferedImage image, int k, ImageFilter filter) {
    return index.search(embed(image), k, filter, Set.of());
  }

  /**
   * A text and the image it belongs to.
   *
   * @param id of the image in the index
   * @param text what it shows
   */
  public record Caption(String id, String text) {}

  /**
   * How well texts find their images.
   *
   * @param captions how many texts were asked
   * @param recall by k: the share of the texts whose image is among the first k
   * @param meanReciprocalRank the mean of 1 / rank; 0 for an image that is not among the first of the largest k
   */
  public record Metrics(int captions, Map<Integer, Double> recall, double meanReciprocalRank) {
    /**
     * Copies the map.
     *
     * @param captions as above
     * @param recall as above
     * @param meanReciprocalRank as above
     */
    public Metrics {
      recall = new TreeMap<>(recall);
    }
  }

  /**
   * Asks for every image by its text.
   *
   * @param captions at least one
   * @param limits the values of k, each at least 1
   * @return how well they are found
   */
  public Metrics evaluate(List<Caption> captions, int... limits) {
    if (captions.isEmpty() || limits.length == 0) {
      throw new IllegalArgumentException("there must be a caption and a limit");
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
   * Reads captions: in every line of the file an image's id, a tab and a text.
   *
   * @param file UTF-8
   * @return the captions
   * @throws GillException if it cannot be read or a line has no tab, with its number
   */
  public static List<Caption> captions(Path file) {
    List<Caption> captions = new ArrayList<>();
    try {
      List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
      for (int i = 0; i < lines.size(); i++) {
        int tab = lines.get(i).indexOf('\t');
        if (tab < 1) {
          throw new GillException(file + ": line " + (i + 1) + " is not an image's id, a tab and a text");
        }
        captions.add(new Caption(lines.get(i).substring(0, tab), lines.get(i).substring(tab + 1)));
      }
    } catch (MalformedInputException e) {
      throw new GillException(file + " is not UTF-8", e);
    } catch (IOException e) {
      throw new GillException(file + " cannot be read: " + e.getMessage(), e);
    }
    return captions;
  }
}
