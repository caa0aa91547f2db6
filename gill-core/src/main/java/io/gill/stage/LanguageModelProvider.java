package io.gill.stage;

import java.nio.file.Path;

/** Loads a family of language models with their tokenizers. */
public interface LanguageModelProvider extends StageProvider<LanguageModelPlan> {
  /**
   * Loads the tokenizer of a snapshot. It has the tokens {@code <|image|>}, [IMG0], [IMG1]… behind its own.
   *
   * @param snapshot the folder
   * @param imageTokens number of [IMG] tokens
   * @return the tokenizer, which the caller closes
   * @throws io.gill.GillException if files are missing or malformed
   */
  Tokenizer tokenizer(Path snapshot, int imageTokens);
}
