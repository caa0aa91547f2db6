package org.example.parrot;

import io.gill.stage.LanguageContext;
import io.gill.stage.LanguageInput;
import io.gill.stage.LanguageModel;
import io.gill.stage.LanguageModelPlan;
import io.gill.stage.LanguageModelProvider;
import io.gill.stage.LanguageOutput;
import io.gill.stage.Problems;
import io.gill.stage.StageSettings;
import io.gill.stage.Tokenizer;
import io.gill.stage.Width;
import io.gill.testing.FakeLanguageModel;
import io.gill.testing.FakeTokenizer;
import io.gill.weights.ConfigFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A family that only a test knows: it says what its config.json says. */
public final class ParrotProvider implements LanguageModelProvider {
  @Override
  public String family() {
    return "parrot";
  }

  @Override
  public Set<String> types() {
    return Set.of("parrot");
  }

  @Override
  public Tokenizer tokenizer(Path snapshot, int imageTokens) {
    return new FakeTokenizer(imageTokens);
  }

  @Override
  public Optional<LanguageModelPlan> plan(Path snapshot, Problems problems) {
    ConfigFile config = problems.attempt(() -> ConfigFile.read(snapshot.resolve("config.json")));
    Integer width = config == null ? null : problems.attempt(() -> config.count("width"));
    return width == null ? Optional.empty() : Optional.of(new Plan(config, width));
  }

  private record Plan(ConfigFile config, int width) implements LanguageModelPlan {
    @Override
    public Width embeddingWidth() {
      return new Width(config.path() + ": width", width);
    }

    @Override
    public LanguageModel load(StageSettings settings, int vocabularySize, float[][] imageTokenRows) {
      String says = config.text("says", "");
      return new Parrot(new FakeLanguageModel(new FakeTokenizer(imageTokenRows.length), read -> says), width);
    }

    @Override
    public void close() {}
  }

  private record Parrot(FakeLanguageModel small, int width) implements LanguageModel {
    @Override
    public int vocabularySize() {
      return small.vocabularySize();
    }

    @Override
    public int embeddingSize() {
      return width;
    }

    @Override
    public int maxPositions() {
      return small.maxPositions();
    }

    @Override
    public float[][] embeddings(int[] ids) {
      return widened(small.embeddings(ids));
    }

    private float[][] widened(float[][] rows) {
      return Arrays.stream(rows).map(row -> Arrays.copyOf(row, width)).toArray(float[][]::new);
    }

    @Override
    public LanguageContext open() {
      LanguageContext context = small.open();
      return new LanguageContext() {
        @Override
        public int length() {
          return context.length();
        }

        @Override
        public LanguageOutput append(List<LanguageInput> inputs) {
          LanguageOutput output = context.append(inputs);
          return new LanguageOutput(widened(output.hidden()), output.logits());
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
      };
    }

    @Override
    public void close() {}
  }
}
