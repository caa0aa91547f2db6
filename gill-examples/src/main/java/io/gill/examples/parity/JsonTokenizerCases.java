package io.gill.examples.parity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gill.ChatFormat;
import io.gill.Conversation;
import io.gill.Conversation.Content;
import io.gill.Conversation.Role;
import io.gill.Conversation.Spoken;
import io.gill.Conversation.Text;
import io.gill.Conversation.Turn;
import io.gill.GillException;
import io.gill.text.JsonTokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Tokenizers of {@code tokenizer.json}: ids, decoded text with and without the clean-up of spaces, and chats. */
final class JsonTokenizerCases {
  private static final String PART = "tokenizer";

  private JsonTokenizerCases() {}

  static void run(Folder folder, Report report) throws IOException {
    List<String> files =
        Folder.names(folder.golden("tokenizers")).filter(name -> !name.startsWith("tokenizers_")).toList();
    for (String file : files) {
      JsonNode golden = Folder.json(folder.golden("tokenizers", file));
      run(folder.root().resolve(Folder.text(golden, "files")), golden, report);
    }
  }

  private static void run(Path snapshot, JsonNode golden, Report report) {
    String model = String.valueOf(snapshot.getFileName());
    try (Lazy<JsonTokenizer> configured = new Lazy<>(() -> JsonTokenizer.load(snapshot, 0));
        Lazy<JsonTokenizer> cleaning = new Lazy<>(() -> load(snapshot, true));
        Lazy<JsonTokenizer> plain = new Lazy<>(() -> load(snapshot, false))) {
      report.run(PART, model + "/special", check -> special(check, configured.get(), golden));
      for (String kind : List.of("strings", "id_sequences", "chats")) {
        for (int i = 0; i < golden.path(kind).size(); i++) {
          JsonNode one = golden.path(kind).get(i);
          report.run(PART, String.format(Locale.ROOT, "%s/%s/%03d", model, kind, i), check -> {
            if (kind.equals("chats")) {
              chat(check, configured.get(), one);
              return;
            }
            if (kind.equals("strings")) {
              string(check, configured.get(), one);
            }
            int[] ids = Folder.ints(Folder.required(one, "ids"));
            check.same("decode", configured.get().decode(ids, false), Folder.text(one, "decode"));
            check.same("decode_skip", configured.get().decode(ids, true), Folder.text(one, "decode_skip"));
            check.same("decode_no_cleanup", plain.get().decode(ids, false), Folder.text(one, "decode_no_cleanup"));
            check.same("decode_skip_no_cleanup", plain.get().decode(ids, true),
                Folder.text(one, "decode_skip_no_cleanup"));
            check.same("decode_skip_cleanup", cleaning.get().decode(ids, true),
                Folder.text(one, "decode_skip_cleanup"));
          });
        }
      }
    }
  }

  /** Compares a chat. In the recorded ids all markers are tokens; here markers in users' texts are not. */
  private static void chat(Check check, JsonTokenizer tokenizer, JsonNode golden) {
    ChatFormat format = ChatFormat.of(tokenizer)
        .withArgument("add_generation_prompt", Folder.required(golden, "add_generation_prompt").booleanValue());
    for (Map.Entry<String, JsonNode> argument : Folder.required(golden, "template_arguments").properties()) {
      format = format.withArgument(argument.getKey(), argument.getValue().booleanValue());
    }
    List<Turn> turns = new ArrayList<>();
    for (JsonNode message : Folder.required(golden, "messages")) {
      List<Content> contents = List.of(new Text(Folder.text(message, "content")));
      switch (Folder.text(message, "role")) {
        case "system" -> format = format.withSystem(Folder.text(message, "content"));
        case "user" -> turns.add(new Turn(Role.USER, contents));
        default -> turns.add(new Turn(Role.ASSISTANT, contents));
      }
    }
    Conversation conversation = new Conversation(turns);
    if (Folder.has(golden, "error")) {
      String error = Folder.text(golden, "error").replaceFirst("^TemplateError: ", "");
      String message = refusal(format, conversation);
      check.holds("error", message.endsWith("refuses the conversation: " + error), message);
      return;
    }
    String text = Folder.text(golden, "text");
    int[] ids = Folder.ints(Folder.required(golden, "ids"));
    check.same("text", format.text(conversation), text);
    check.same("ids of the text", tokenizer.encodeWithMarkers(text, false), ids);
    int[] written = format.write(conversation).stream()
        .flatMap(content -> ((Spoken) content).tokens().stream()).mapToInt(Integer::intValue).toArray();
    if (Folder.text(golden, "name").equals("special_inside")) {
      String said = Folder.text(Folder.required(golden, "messages").get(0), "content");
      check.holds("decoded ids", tokenizer.decode(written, true).contains(said), "a user's markers are tokens");
      check.holds("recorded ids", !tokenizer.decode(ids, true).contains(said), "the recorded markers are text");
    } else {
      check.same("ids", written, ids);
    }
  }

  private static String refusal(ChatFormat format, Conversation conversation) {
    try {
      return "written: " + format.text(conversation);
    } catch (GillException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static void special(Check check, JsonTokenizer tokenizer, JsonNode golden) {
    // <|image|> follows the last token of the snapshot.
    check.same("vocab_len", tokenizer.vocabularySize() - 1, Folder.required(golden, "vocab_len").intValue());
    check.same("eos", tokenizer.eosId(), Folder.required(golden, "eos").intValue());
    if (Folder.has(golden, "bos")) {
      check.same("bos", tokenizer.bosId(), Folder.required(golden, "bos").intValue());
    }
    if (Folder.has(golden, "pad")) {
      check.same("pad", tokenizer.padId(), Folder.required(golden, "pad").intValue());
    }
  }

  private static void string(Check check, JsonTokenizer tokenizer, JsonNode golden) {
    String text = Folder.text(golden, "text");
    check.same("ids", tokenizer.encodeWithMarkers(text, true), Folder.ints(Folder.required(golden, "ids")));
    check.same("ids_no_special", tokenizer.encodeWithMarkers(text, false),
        Folder.ints(Folder.required(golden, "ids_no_special")));
  }

  /** Loads the snapshot's tokenizer with this setting of the clean-up. */
  private static JsonTokenizer load(Path snapshot, boolean cleansUp) {
    try (FolderCopy copy = FolderCopy.of(snapshot)) {
      Path file = copy.dir().resolve("tokenizer_config.json");
      ObjectNode settings = (ObjectNode) Folder.json(file);
      settings.put("clean_up_tokenization_spaces", cleansUp);
      new ObjectMapper().writeValue(file.toFile(), settings);
      return JsonTokenizer.load(copy.dir(), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
