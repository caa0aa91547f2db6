package io.gill.examples.parity;

import io.gill.stage.LanguageContext;
import io.gill.stage.LanguageInput;
import io.gill.stage.LanguageModel;
import io.gill.stage.LanguageOutput;
import java.util.ArrayList;
import java.util.List;

/** Records the input embeddings and the hidden states of a language model. */
final class RecordingLanguageModel implements LanguageModel {
  private final LanguageModel model;
  private final List<float[]> read = new ArrayList<>();
  private final List<float[]> hidden = new ArrayList<>();

  RecordingLanguageModel(LanguageModel model) {
    this.model = model;
  }

  /** Returns the embeddings of all positions that were read. */
  List<float[]> read() {
    return read;
  }

  /** Returns the last hidden states of the same positions. */
  List<float[]> hidden() {
    return hidden;
  }

  @Override
  public int vocabularySize() {
    return model.vocabularySize();
  }

  @Override
  public int embeddingSize() {
    return model.embeddingSize();
  }

  @Override
  public int maxPositions() {
    return model.maxPositions();
  }

  @Override
  public float[][] embeddings(int[] ids) {
    return model.embeddings(ids);
  }

  @Override
  public LanguageContext open() {
    return new Context(model.open());
  }

  /** The recorded model stays open. */
  @Override
  public void close() {}

  private final class Context implements LanguageContext {
    private final LanguageContext context;

    Context(LanguageContext context) {
      this.context = context;
    }

    @Override
    public int length() {
      return context.length();
    }

    @Override
    public LanguageOutput append(List<LanguageInput> inputs) {
      LanguageOutput output = context.append(inputs);
      for (LanguageInput input : inputs) {
        if (input instanceof LanguageInput.Tokens tokens) {
          read.addAll(List.of(model.embeddings(tokens.ids())));
        } else if (input instanceof LanguageInput.Embeddings embeddings) {
          read.addAll(List.of(embeddings.rows()));
        }
      }
      hidden.addAll(List.of(output.hidden()));
      return output;
    }

    @Override
    public float[] score(int[] ids) {
      return context.score(ids);
    }

    @Override
    public void truncate(int length) {
      context.truncate(length);
    }

    @Override
    public void close() {
      context.close();
    }
  }
}
