package io.gill.langchain4j;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.scoring.ScoringModel;
import io.gill.Conversation;
import io.gill.GillModel;
import io.gill.PromptFormat;
import java.util.List;
import java.util.Objects;

/**
 * A gill model as langchain4j's scoring model. The score of a segment is the mean natural log-probability per token
 * that the model answers the query with it, at most 0; see {@link GillModel#scoreAnswers}. The query is read once.
 */
public final class GillScoringModel implements ScoringModel {
  private final GillModel model;
  private final PromptFormat format;

  /**
   * Creates a scoring model that asks in the format of {@link PromptFormat#questionAnswer()}.
   *
   * @param model scores; not closed by this object
   */
  public GillScoringModel(GillModel model) {
    this(model, PromptFormat.questionAnswer());
  }

  /**
   * Creates a scoring model.
   *
   * @param model scores; not closed by this object
   * @param format the prompt format
   */
  public GillScoringModel(GillModel model, PromptFormat format) {
    this.model = Objects.requireNonNull(model, "model");
    this.format = Objects.requireNonNull(format, "format");
  }

  @Override
  public Response<List<Double>> scoreAll(List<TextSegment> segments, String query) {
    if (segments.isEmpty()) {
      return Response.from(List.of());
    }
    List<String> answers = segments.stream().map(TextSegment::text).toList();
    return Response.from(Failures.translated(
        () -> model.scoreAnswers(Conversation.of(query), answers, format).stream()
            .map(GillModel.AnswerScore::mean).toList()));
  }
}
