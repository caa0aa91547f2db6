package io.gill.examples.parity;

import com.fasterxml.jackson.databind.JsonNode;
import io.gill.text.ClipTokenizer;
import io.gill.text.OptTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/** Token ids, decoded text and padding of the tokenizers in the version that the published model pins. */
final class TokenizerCases {
  private static final String PART = "tokenizer";

  private final Folder folder;
  private final Report report;

  private TokenizerCases(Folder folder, Report report) {
    this.folder = folder;
    this.report = report;
  }

  static void run(Folder folder, Report report) throws IOException {
    Path file = folder.golden("tokenizers", "tokenizers_pinned.json");
    if (!Files.exists(file)) {
      return;
    }
    TokenizerCases cases = new TokenizerCases(folder, report);
    for (Map.Entry<String, JsonNode> kind : Folder.json(file).properties()) {
      switch (kind.getKey()) {
        case "opt" -> {
          for (Map.Entry<String, JsonNode> count : kind.getValue().properties()) {
            cases.opt(count.getKey(), count.getValue());
          }
        }
        case "clip" -> cases.clip(kind.getValue());
        case "transformers" -> {} // a version
        default -> report.fail(PART, kind.getKey(), "an unknown kind of tokenizer");
      }
    }
  }

  /** Returns the files of the first model; all models of a kind have the same ones. */
  private Path files(String... more) throws IOException {
    for (String model : Folder.names(folder.root()).toList()) {
      Path dir = folder.root().resolve(Path.of(model, more));
      if (Files.isDirectory(dir)) {
        return dir;
      }
    }
    throw new IOException("no model here has the folder " + String.join("/", more));
  }

  private static String numbered(String name, int index) {
    return String.format(Locale.ROOT, "%s/%03d", name, index);
  }

  // ---- OPT

  private void opt(String imageTokens, JsonNode golden) throws IOException {
    String name = "opt/" + imageTokens;
    Path dir = files("opt");
    try (Lazy<OptTokenizer> tokenizer = new Lazy<>(() -> OptTokenizer.load(dir, Integer.parseInt(imageTokens)))) {
      report.run(PART, name + "/special", check -> special(check, tokenizer.get(), golden));
      for (Map.Entry<String, JsonNode> entry : golden.properties()) {
        if (!entry.getValue().isArray() || entry.getValue().path(0).isNumber()) {
          continue; // compared above
        }
        for (int i = 0; i < entry.getValue().size(); i++) {
          JsonNode one = entry.getValue().get(i);
          report.run(PART, numbered(name + "/" + entry.getKey(), i), check -> {
            switch (entry.getKey()) {
              case "strings" -> string(check, tokenizer.get(), one);
              case "id_sequences" -> sequence(check, tokenizer.get(), one);
              case "padded_captions" -> padded(check, tokenizer.get(), one);
              default -> check.fail("kind", "unknown kind of tokenizer case: " + entry.getKey());
            }
          });
        }
      }
    }
  }

  private static void special(Check check, OptTokenizer tokenizer, JsonNode golden) {
    check.same("vocab_len", tokenizer.vocabularySize(), Folder.required(golden, "vocab_len").intValue());
    check.same("bos", tokenizer.bosId(), Folder.required(golden, "bos").intValue());
    check.same("eos", tokenizer.eosId(), Folder.required(golden, "eos").intValue());
    check.same("pad", tokenizer.padId(), Folder.required(golden, "pad").intValue());
    check.same("img_ids", tokenizer.imageTokenIds(), Folder.ints(Folder.required(golden, "img_ids")));
    check.same("newline", tokenizer.encodeWithMarkers("\n", false), Folder.ints(Folder.required(golden, "newline")));
    check.same("cls", tokenizer.encodeWithMarkers("<|image|>", false),
        new int[] {Folder.required(golden, "cls").intValue()});
  }

  private static void string(Check check, OptTokenizer tokenizer, JsonNode golden) {
    String text = Folder.text(golden, "text");
    int[] ids = Folder.ints(Folder.required(golden, "ids"));
    check.same("ids", tokenizer.encodeWithMarkers(text, true), ids);
    check.same("ids_no_special", tokenizer.encodeWithMarkers(text, false),
        Folder.ints(Folder.required(golden, "ids_no_special")));
    check.same("decode_cleanup", tokenizer.decode(ids, false), Folder.text(golden, "decode_cleanup"));
    check.same("decode_skip_cleanup", tokenizer.decode(ids, true), Folder.text(golden, "decode_skip_cleanup"));
    check.same("decode_default", tokenizer.decode(ids, true), Folder.text(golden, "decode_default"));
  }

  private static void sequence(Check check, OptTokenizer tokenizer, JsonNode golden) {
    int[] ids = Folder.ints(Folder.required(golden, "ids"));
    check.same("decode_cleanup", tokenizer.decode(ids, false), Folder.text(golden, "decode_cleanup"));
    check.same("decode_skip_cleanup", tokenizer.decode(ids, true), Folder.text(golden, "decode_skip_cleanup"));
    check.same("batch_decode_skip", tokenizer.decode(ids, true), Folder.text(golden, "batch_decode_skip"));
  }

  private static void padded(Check check, OptTokenizer tokenizer, JsonNode golden) {
    int[] ids = tokenizer.encodeWithMarkers(Folder.text(golden, "text"), true);
    int length = Folder.required(golden, "max_length").intValue();
    int[] padded = Arrays.copyOf(ids, length);
    int[] mask = new int[length];
    int used = Math.min(ids.length, length);
    Arrays.fill(padded, used, length, tokenizer.padId());
    Arrays.fill(mask, 0, used, 1);
    check.same("ids", padded, Folder.ints(Folder.required(golden, "ids")));
    check.same("attention_mask", mask, Folder.ints(Folder.required(golden, "attention_mask")));
  }

  // ---- CLIP

  private void clip(JsonNode golden) throws IOException {
    Path dir = files("sd", "tokenizer");
    int pad = Folder.required(golden, "pad").intValue();
    int maxLength = Folder.required(golden, "model_max_length").intValue();
    int eos = Folder.required(golden, "eos").intValue();
    try (Lazy<ClipTokenizer> tokenizer = new Lazy<>(() -> ClipTokenizer.load(dir))) {
      report.run(PART, "clip/special", check -> {
        check.same("pad", tokenizer.get().padId(), pad);
        check.same("model_max_length", tokenizer.get().maxLength(), maxLength);
      });
      for (Map.Entry<String, JsonNode> entry : golden.properties()) {
        if (!entry.getValue().isArray()) {
          continue; // compared above, or a setting
        }
        for (int i = 0; i < entry.getValue().size(); i++) {
          JsonNode one = entry.getValue().get(i);
          report.run(PART, numbered("clip/" + entry.getKey(), i), check -> {
            if (entry.getKey().equals("strings")) {
              clipString(check, tokenizer.get(), one, eos);
            } else {
              check.fail("kind", "unknown kind of tokenizer case: " + entry.getKey());
            }
          });
        }
      }
    }
  }

  /** Compares a string. The recorded ids are not truncated; ids truncated for the model end with the end token. */
  private static void clipString(Check check, ClipTokenizer tokenizer, JsonNode golden, int eos) {
    String text = Folder.text(golden, "text");
    int[] ids = Folder.ints(Folder.required(golden, "ids"));
    if (ids.length > tokenizer.maxLength()) {
      ids = Arrays.copyOf(ids, tokenizer.maxLength());
      ids[ids.length - 1] = eos;
    }
    check.same("ids", tokenizer.encode(text), ids);
    int[] padded = Arrays.copyOf(ids, tokenizer.maxLength());
    Arrays.fill(padded, ids.length, padded.length, tokenizer.padId());
    check.same("padded ids", tokenizer.encodePadded(text), padded);
    golden.properties().forEach(entry -> {
      if (entry.getKey().startsWith("ids_") && entry.getValue().isArray()) {
        check.same(entry.getKey(), tokenizer.encodePadded(text), Folder.ints(entry.getValue()));
      }
    });
  }
}
