package io.gill.evaluation;

import io.gill.GillException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Visual Storytelling (VIST) as GILL evaluates it: the model reads a story's captions, and the pictures before the
 * last one, and generates the last picture.
 */
public final class Vist {
  private Vist() {}

  /**
   * A story.
   *
   * @param id id of the story
   * @param frames its pictures with their sentences, in order
   */
  public record Story(String id, List<Frame> frames) {
    /**
     * Copies the list.
     *
     * @param id id of the story
     * @param frames its pictures with their sentences, in order
     */
    public Story {
      frames = List.copyOf(frames);
    }

    /**
     * Returns what the model reads: the last captions, each but the last followed by its picture if pictures are used.
     *
     * @param captions number of captions, counted from the end: 1 or 5 in the paper
     * @param pictures whether the pictures are used
     * @return the parts, in order
     * @throws IllegalArgumentException if the story has fewer captions, or the number is below 1
     */
    public List<PromptPart> prompt(int captions, boolean pictures) {
      if (captions < 1 || captions > frames.size()) {
        throw new IllegalArgumentException(
            "story " + id + " has " + frames.size() + " captions; " + captions + " cannot be used");
      }
      List<PromptPart> parts = new ArrayList<>();
      for (int i = frames.size() - captions; i < frames.size(); i++) {
        parts.add(new PromptPart.Text(frames.get(i).caption()));
        if (pictures && i < frames.size() - 1) {
          parts.add(new PromptPart.Picture(frames.get(i).imageId()));
        }
      }
      return parts;
    }

    /**
     * Returns the id of the picture that the model's picture is compared with and named after.
     *
     * @return the id
     */
    public String target() {
      return frames.get(frames.size() - 1).imageId();
    }
  }

  /**
   * A picture of a story.
   *
   * @param caption the sentence
   * @param imageId id of the picture
   */
  public record Frame(String caption, String imageId) {}

  /**
   * Reads stories.
   *
   * @param file the frames by story that GILL's script writes, {@code val_formatted.json}, or the file that it reads,
   *     {@code val.story-in-sequence.json}
   * @return the stories, in the order of the file; frames are ordered by their index
   * @throws GillException if the file is damaged, or two frames of a story have the same index
   */
  public static List<Story> stories(Path file) {
    Map<String, Map<Long, Frame>> stories = new LinkedHashMap<>();
    JsonRecords.lists(file, "annotations", (name, records) -> {
      for (JsonRecord record : records) {
        boolean raw = name.isEmpty();
        Map<Long, Frame> frames =
            stories.computeIfAbsent(raw ? record.id("story_id") : name, story -> new TreeMap<>());
        long index = record.integer(raw ? "worker_arranged_photo_order" : "sequence_index");
        Frame frame = raw ? new Frame(record.text("text"), record.id("photo_flickr_id"))
            : new Frame(record.text("caption"), record.id("image_id"));
        if (frames.put(index, frame) != null) {
          throw record.invalid("a second frame with the index " + index);
        }
      }
    });
    return stories.entrySet().stream()
        .map(story -> new Story(story.getKey(), List.copyOf(story.getValue().values())))
        .toList();
  }
}
