package io.gill.evaluation;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.gill.weights.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes result files with the bytes that Python's {@code json.dump} writes. */
final class ResultFile {
  private static final JsonMapper MAPPER = JsonMapper.builder()
      .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
      .disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE)
      .build();
  private static final ObjectWriter JSON = MAPPER.writer(new PythonStyle()).with(new PythonEscapes());
  private static final ObjectWriter INDENTED = MAPPER.writer(new IndentedPythonStyle()).with(new PythonEscapes());

  private ResultFile() {}

  /**
   * Returns one entry per answer: the id of its item under one key, the answer under another.
   *
   * @param answers answer by id of the item
   */
  static List<Map<String, Object>> entries(String idKey, String answerKey, Map<?, String> answers) {
    List<Map<String, Object>> entries = new ArrayList<>();
    answers.forEach((id, answer) -> {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put(idKey, id);
      entry.put(answerKey, answer);
      entries.add(entry);
    });
    return entries;
  }

  /** Writes a list or an object over many lines, as {@code json.dump(…, indent=4)} does. */
  static void writeIndented(Path file, Object value) {
    write(file, json(INDENTED, value));
  }

  /** Writes one list. */
  static void writeList(Path file, List<Map<String, Object>> entries) {
    write(file, json(entries));
  }

  /** Writes one entry per line. */
  static void writeLines(Path file, List<Map<String, Object>> entries) {
    write(file, entries.stream().map(entry -> json(entry) + "\n").collect(Collectors.joining()));
  }

  static String json(Object value) {
    return json(JSON, value);
  }

  private static String json(ObjectWriter style, Object value) {
    try {
      return style.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
    }
  }

  private static void write(Path file, String text) {
    AtomicFile.write(file, StandardCharsets.UTF_8.encode(text));
  }

  /** Also escapes U+007F, which is an ASCII character but a control character. */
  private static final class PythonEscapes extends CharacterEscapes {
    private static final long serialVersionUID = 1L;
    private static final int DELETE = 0x7f;

    private final int[] codes = standardAsciiEscapesForJSON();

    PythonEscapes() {
      codes[DELETE] = ESCAPE_STANDARD;
    }

    @Override
    public int[] getEscapeCodesForAscii() {
      return codes.clone();
    }

    @Override
    public @Nullable SerializableString getEscapeSequence(int character) {
      return null; // none of its own
    }
  }

  /** One line, with a space after commas and colons. */
  private static final class PythonStyle extends DefaultPrettyPrinter {
    private static final long serialVersionUID = 1L;

    PythonStyle() {
      super(Separators.createDefaultInstance().withObjectFieldValueSpacing(Separators.Spacing.AFTER));
      indentArraysWith(NopIndenter.instance);
      indentObjectsWith(NopIndenter.instance);
    }

    @Override
    public DefaultPrettyPrinter createInstance() {
      return new PythonStyle();
    }

    @Override
    public void writeObjectEntrySeparator(JsonGenerator out) throws IOException {
      out.writeRaw(", ");
    }

    @Override
    public void writeArrayValueSeparator(JsonGenerator out) throws IOException {
      out.writeRaw(", ");
    }

    @Override
    public void writeEndObject(JsonGenerator out, int entries) throws IOException {
      out.writeRaw('}');
    }

    @Override
    public void writeEndArray(JsonGenerator out, int values) throws IOException {
      out.writeRaw(']');
    }
  }

  /** Four spaces for each level. */
  private static final class IndentedPythonStyle extends DefaultPrettyPrinter {
    private static final long serialVersionUID = 1L;
    private static final DefaultIndenter INDENTER = new DefaultIndenter("    ", "\n");

    IndentedPythonStyle() {
      super(Separators.createDefaultInstance().withObjectFieldValueSpacing(Separators.Spacing.AFTER));
      indentArraysWith(INDENTER);
      indentObjectsWith(INDENTER);
    }

    @Override
    public DefaultPrettyPrinter createInstance() {
      return new IndentedPythonStyle();
    }

    @Override
    public void writeEndArray(JsonGenerator out, int values) throws IOException {
      if (values > 0) {
        super.writeEndArray(out, values);
      } else {
        _nesting--;
        out.writeRaw(']');
      }
    }

    @Override
    public void writeEndObject(JsonGenerator out, int entries) throws IOException {
      if (entries > 0) {
        super.writeEndObject(out, entries);
      } else {
        _nesting--;
        out.writeRaw('}');
      }
    }
  }
}
