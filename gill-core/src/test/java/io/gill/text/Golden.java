package io.gill.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gill.testsupport.Reference;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.StreamSupport;

/** Recorded output of the published tokenizers, in the version that GILL pins. */
final class Golden {
  private Golden() {}

  static JsonNode pinned() {
    try {
      return new ObjectMapper()
          .readTree(Reference.path("golden", "tokenizers", "tokenizers_pinned.json").toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static int[] ints(JsonNode array) {
    if (!array.isArray()) {
      throw new IllegalArgumentException("not an array: " + array);
    }
    return StreamSupport.stream(array.spliterator(), false).mapToInt(JsonNode::intValue).toArray();
  }

  /** Copies the tokenizer files of a reference folder. */
  static Path copy(Path from, Path to) throws IOException {
    for (String name : new String[] {"vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json"}) {
      Files.copy(from.resolve(name), to.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }
    return to;
  }
}
