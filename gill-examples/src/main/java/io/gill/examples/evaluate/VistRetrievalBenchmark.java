package io.gill.examples.evaluate;

import io.gill.Conversation.Content;
import io.gill.GillException;
import io.gill.evaluation.Recall;
import io.gill.evaluation.Vist;
import io.gill.examples.evaluate.Item.PictureEmbedding;
import io.gill.examples.evaluate.Item.QueryEmbedding;
import io.gill.examples.evaluate.Item.Shown;
import io.gill.examples.evaluate.Scores.Scored;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * VIST retrieval: the model reads a story and looks for its last picture among the pictures of all stories. Each
 * picture is an item of the run, so that a resumed run does not embed it again.
 */
final class VistRetrievalBenchmark implements Benchmark {
  private static final String PICTURE = "picture/";

  private final Map<String, Vist.Story> stories = new LinkedHashMap<>();
  private final List<Item> items = new ArrayList<>();

  VistRetrievalBenchmark(DataFolder data, List<String> contexts, Style style) {
    List<Vist.Story> all = Vist.stories(data.file("val_formatted.json", "val.story-in-sequence.json"));
    Set<String> pictures = new LinkedHashSet<>();
    all.forEach(story -> story.frames().forEach(frame -> pictures.add(frame.imageId())));
    for (String id : pictures) {
      items.add(new Item(PICTURE + id, "", "",
          () -> List.of(List.of(Content.of(PictureBenchmark.shown(picture(data, id), style)))),
          new PictureEmbedding(), new Shown("[picture]", "", () -> data.optionalPicture("images/" + id))));
    }
    for (String context : contexts) {
      StoryContext part = StoryContext.of(context);
      for (Vist.Story story : all) {
        stories.put(story.id(), story);
        items.add(new Item(context + "/" + story.id(), story.id(), context,
            () -> Turns.of(part.prompt(story), id -> PictureBenchmark.shown(picture(data, id), style), style),
            new QueryEmbedding(),
            new Shown(part.text(story), "", () -> data.optionalPicture("images/" + story.target()))));
      }
    }
  }

  private static Path picture(DataFolder data, String id) {
    return data.picture("images/" + id);
  }

  @Override
  public List<Item> items() {
    return items;
  }

  @Override
  public Scores score(List<Finished> finished, Scoring scoring) {
    Map<String, float[]> pictures = new LinkedHashMap<>();
    for (Finished one : finished) {
      if (one.item().request() instanceof PictureEmbedding) {
        pictures.put(one.item().id().substring(PICTURE.length()), EmbeddingText.of(one.outcome()));
      }
    }
    List<float[]> embeddings = List.copyOf(pictures.values());
    Map<String, Integer> indexes = new HashMap<>();
    pictures.keySet().forEach(id -> indexes.put(id, indexes.size()));
    List<Scored> ranks = new ArrayList<>();
    int missing = 0;
    for (Finished one : finished) {
      if (one.item().request() instanceof QueryEmbedding) {
        Vist.Story story = Objects.requireNonNull(stories.get(one.item().group()));
        Integer target = indexes.get(story.target());
        if (target == null) {
          missing++;
          continue;
        }
        float[] scores = similarities(EmbeddingText.of(one.outcome()), embeddings);
        for (String seen : StoryContext.of(one.item().category()).seen(story)) {
          Integer index = indexes.get(seen);
          if (index != null) {
            scores[index] = Float.NEGATIVE_INFINITY; // the model was shown it, and is not asked for it
          }
        }
        ranks.add(new Scored(one.item(), one.outcome(), Recall.rank(scores, target)));
      }
    }
    List<String> notes = new ArrayList<>(List.of("The collection has " + indexes.size()
        + " pictures. Those that the model was shown are not retrieved."));
    if (missing > 0) {
      notes.add(missing + " stories are not scored: their last picture is not in the collection.");
    }
    return new Scores("MRR", Ranks.reciprocal(ranks), Ranks.measures(ranks, scoring.seed()), notes);
  }

  private static float[] similarities(float[] query, List<float[]> pictures) {
    float[] scores = new float[pictures.size()];
    for (int i = 0; i < scores.length; i++) {
      float[] picture = pictures.get(i);
      if (picture.length != query.length) {
        throw new GillException("embeddings have " + query.length + " and " + picture.length + " dimensions: use "
            + "another --output");
      }
      for (int j = 0; j < query.length; j++) {
        scores[i] += query[j] * picture[j];
      }
    }
    return scores;
  }
}
