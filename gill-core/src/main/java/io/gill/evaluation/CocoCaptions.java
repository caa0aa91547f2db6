package io.gill.evaluation;

import io.gill.GillException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** COCO captions: reads the Karpathy split and the official annotations, writes and scores the official result file. */
public final class CocoCaptions {
  /** The text after the picture. */
  public static final String PROMPT = "A picture of";

  private CocoCaptions() {}

  /**
   * A picture and its captions.
   *
   * @param id id of the picture
   * @param file path of the picture within COCO's folder
   * @param captions the captions of people
   */
  public record Picture(long id, String file, List<String> captions) {
    /**
     * Copies the list.
     *
     * @param id id of the picture
     * @param file path of the picture within COCO's folder
     * @param captions the captions of people
     */
    public Picture {
      captions = List.copyOf(captions);
    }
  }

  /**
   * A caption, from which a picture is generated for FID.
   *
   * @param id id of the caption
   * @param imageId id of the picture that it describes
   * @param caption the text
   */
  public record Caption(long id, long imageId, String caption) {}

  /**
   * Reads the pictures of a split from Karpathy's file.
   *
   * @param file {@code dataset_coco.json}
   * @param split {@code "val"} or {@code "test"}
   * @return the pictures, in the order of the file
   * @throws GillException if the file is damaged, has no such split, or two pictures have the same id
   */
  public static List<Picture> karpathy(Path file, String split) {
    Map<Long, Picture> pictures = new LinkedHashMap<>();
    JsonRecords.list(file, "images", item -> {
      if (item.text("split").equals(split)) {
        long id = item.integer("cocoid");
        List<String> captions = item.records("sentences").stream().map(sentence -> sentence.text("raw")).toList();
        if (captions.isEmpty()) {
          throw item.invalid("'sentences' is empty");
        }
        String folder = item.has("filepath") ? item.text("filepath") + "/" : "";
        item.addTo(pictures, id, new Picture(id, folder + item.text("filename"), captions));
      }
    });
    if (pictures.isEmpty()) {
      throw new GillException(file + " has no pictures of the split '" + split + "'");
    }
    return List.copyOf(pictures.values());
  }

  /**
   * Reads all captions from the official annotations.
   *
   * @param file such as {@code captions_val2014.json}
   * @return the captions, in the order of the file
   * @throws GillException if the file is damaged, a caption is blank, or two captions have the same id
   */
  public static List<Caption> captions(Path file) {
    Map<Long, Caption> captions = new LinkedHashMap<>();
    JsonRecords.list(file, "annotations", item -> {
      long id = item.integer("id");
      String caption = item.text("caption");
      if (caption.isBlank()) {
        throw item.invalid("'caption' is blank");
      }
      item.addTo(captions, id, new Caption(id, item.integer("image_id"), caption));
    });
    return List.copyOf(captions.values());
  }

  /**
   * Writes the official result file.
   *
   * @param file path of the file
   * @param captions generated caption by id of the picture
   */
  public static void writeResults(Path file, Map<Long, String> captions) {
    ResultFile.writeList(file, ResultFile.entries("image_id", "caption", captions));
  }

  /**
   * Reads a result file.
   *
   * @param file the official result file
   * @return caption by id of the picture, in the order of the file
   * @throws GillException if the file is damaged, or describes a picture twice
   */
  public static Map<Long, String> results(Path file) {
    Map<Long, String> captions = new LinkedHashMap<>();
    JsonRecords.list(file, "", item -> item.addTo(captions, item.integer("image_id"), item.text("caption")));
    return captions;
  }

  /**
   * Scores a result file, which must describe exactly the pictures.
   *
   * @param results the official result file
   * @param pictures the pictures of a split
   * @return the scores
   * @throws GillException if the file is damaged, or a caption or a picture is missing
   */
  public static CaptionScores score(Path results, List<Picture> pictures) {
    Map<Long, String> captions = results(results);
    List<CaptionItem> items = new ArrayList<>();
    for (Picture picture : pictures) {
      String caption = captions.remove(picture.id());
      if (caption == null) {
        throw new GillException(results + " has no caption of picture " + picture.id()
            + ": check that it is of the same split");
      }
      items.add(new CaptionItem(Long.toString(picture.id()), caption, picture.captions()));
    }
    if (!captions.isEmpty()) {
      throw new GillException(results + " describes picture " + captions.keySet().iterator().next()
          + ", which is not in the split");
    }
    return CaptionMetrics.score(items);
  }

  static String fileName(String split, long imageId) {
    return String.format(Locale.ROOT, "COCO_%s_%012d.jpg", split, imageId);
  }
}
