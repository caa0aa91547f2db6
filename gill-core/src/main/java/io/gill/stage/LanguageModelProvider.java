package io.gill.stage;

import java.nio.file.Path;

/** Loads a family of language models with their tokenizers. */
public interface LanguageModelProvider extends StageProvider<LanguageModelPlan> {
  /**
   * Loads the tokenizer of a snapshot and adds the tokens {@code <|image|>}, [IMG0], [IMG1]… after its own.
   *
   * @param snapshot the snapshot folder
   * @param imageTokens number of [IMG] tokens
   * @return the tokenizer, to be closed by the caller
   * @throws io.gill.GillException if files are missing or malformed
   */
  Tokenizer tokenizer(Path snapshot, int imageTokens);
}
