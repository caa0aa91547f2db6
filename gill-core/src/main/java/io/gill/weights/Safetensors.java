package io.gill.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.util.ByteBufferBackedInputStream;
import io.gill.GillException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The safetensors container: an 8-byte little-endian header length, a JSON object that maps tensor names to dtype,
 * shape and byte range, then the data. As in the reference implementation, the ranges must cover the data exactly,
 * without holes, overlaps or trailing bytes.
 */
final class Safetensors {
  /** The limit of the reference implementation. */
  private static final long MAX_HEADER_BYTES = 100_000_000;

  private static final int MAX_RANK = 64;

  /** Floats of 4 and 6 bits. */
  private static final Set<String> SUB_BYTE = Set.of("F4", "F6_E2M3", "F6_E3M2");

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(16).build())
          .build();

  private final MappedFile file;
  private final Map<String, String> metadata = new LinkedHashMap<>();

  private Safetensors(MappedFile file) {
    this.file = file;
  }

  static TensorFile read(MappedFile file) {
    Safetensors safetensors = new Safetensors(file);
    return new NamedTensors(file.path(), safetensors.tensors(), safetensors.metadata, file::close);
  }

  private record Entry(StoredTensor tensor, long begin, long end) {}

  private Map<String, StoredTensor> tensors() {
    if (file.size() < 8) {
      throw bad("has " + file.size() + " bytes, fewer than the 8 of the header length");
    }
    long headerBytes = file.slice(0, 8).getLong();
    if (headerBytes < 0 || headerBytes > MAX_HEADER_BYTES) {
      throw bad("claims a header of " + Long.toUnsignedString(headerBytes) + " bytes, more than " + MAX_HEADER_BYTES);
    }
    if (headerBytes > file.size() - 8) {
      throw bad("claims a header of " + headerBytes + " bytes, but " + (file.size() - 8) + " follow; it is truncated");
    }
    ByteBuffer header = file.slice(8, (int) headerBytes);
    if (headerBytes == 0 || header.get(0) != '{') {
      throw bad("has a header that is not a JSON object");
    }
    ByteRegion data = file.part(8 + headerBytes, file.size() - 8 - headerBytes);
    List<Entry> entries = parse(header, data);
    checkRanges(entries, data.size());
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    for (Entry entry : entries) {
      tensors.put(entry.tensor.name(), entry.tensor);
    }
    return tensors;
  }

  private void checkRanges(List<Entry> entries, long dataBytes) {
    List<Entry> inOrder = new ArrayList<>(entries);
    inOrder.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long expected = 0;
    for (Entry entry : inOrder) {
      if (entry.begin != expected) {
        throw bad(
            "tensor '" + entry.tensor.name() + "' begins at "+ entry.begin + " instead of " + expected
                + ": a hole or an overlap");
      }
      expected = entry.end;
    }
    if (expected != dataBytes) {
      throw bad(
          "has " + dataBytes + " bytes of data where its tensors take " + expected + "; something follows the last");
    }
  }

  private List<Entry> parse(ByteBuffer header, ByteRegion data) {
    Reader reader =
        new InputStreamReader(
            new ByteBufferBackedInputStream(header),
            StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT));
    try (JsonParser json = JSON.createParser(reader)) {
      json.nextToken();
      List<Entry> entries = new ArrayList<>();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        if (name.equals("__metadata__")) {
          readMetadata(json);
        } else {
          entries.add(entry(name, json, data));
        }
      }
      if (json.nextToken() != null) {
        throw bad("has more than one JSON value in its header");
      }
      return entries;
    } catch (CharacterCodingException e) {
      throw new GillException(file.path() + " has a header that is not UTF-8", e);
    } catch (IOException e) {
      throw new GillException(file.path() + " has a header that is not valid JSON: " + firstLine(e), e);
    }
  }

  private void readMetadata(JsonParser json) throws IOException {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw bad("has a __metadata__ that is not an object");
    }
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      if (json.nextToken() != JsonToken.VALUE_STRING) {
        throw bad("has a __metadata__ value that is not a string");
      }
      metadata.put(name, json.getText());
    }
  }

  private Entry entry(String name, JsonParser json, ByteRegion data) throws IOException {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw bad("tensor '" + name + "' is described by something that is not an object");
    }
    @Nullable DType dtype = null;
    long @Nullable [] shape = null;
    long @Nullable [] offsets = null;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String field = json.currentName();
      json.nextToken();
      switch (field) {
        case "dtype" -> dtype = dtype(name, json);
        case "shape" -> shape = naturals(name, field, json);
        case "data_offsets" -> offsets = naturals(name, field, json);
        default -> json.skipChildren();
      }
    }
    if (dtype == null || shape == null || offsets == null) {
      throw bad("tensor '" + name + "' lacks dtype, shape or data_offsets");
    }
    if (offsets.length != 2 || offsets[1] < offsets[0]) {
      throw bad("tensor '" + name + "' has data_offsets that are not a range");
    }
    long bytes = dtype.byteSize();
    try {
      for (long size : shape) {
        bytes = Math.multiplyExact(bytes, size);
      }
    } catch (ArithmeticException e) {
      throw new GillException(file.path() + ": tensor '" + name + "' has a shape too large for any file", e);
    }
    if (bytes != offsets[1] - offsets[0]) {
      throw bad(
          "tensor '" + name + "' needs " + bytes + " bytes by dtype and shape, its data_offsets span "
              + (offsets[1] - offsets[0]));
    }
    if (offsets[1] > data.size()) {
      throw bad("tensor '" + name + "' ends at " + offsets[1] + " of " + data.size() + " bytes; the file is truncated");
    }
    ByteRegion range = data.part(offsets[0], bytes);
    return new Entry(StoredTensor.contiguous(file.path(), name, dtype, shape, range), offsets[0], offsets[1]);
  }

  private DType dtype(String name, JsonParser json) throws IOException {
    String text = json.currentToken() == JsonToken.VALUE_STRING ? json.getText() : "";
    for (DType dtype : DType.values()) {
      if (dtype.name().equals(text)) {
        return dtype;
      }
    }
    if (SUB_BYTE.contains(text)) {
      throw bad("tensor '" + name + "' has the dtype " + text + ", whose elements share bytes, which is not supported");
    }
    throw bad("tensor '" + name + "' has the unknown dtype '" + json.getText() + "'");
  }

  private long[] naturals(String name, String field, JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw bad("tensor '" + name + "' has a " + field + " that is not an array");
    }
    List<Long> values = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (json.currentToken() != JsonToken.VALUE_NUMBER_INT
          || json.getNumberType() == JsonParser.NumberType.BIG_INTEGER
          || json.getLongValue() < 0
          || values.size() == MAX_RANK) {
        throw bad("tensor '" + name + "' has a " + field + " with a bad entry: " + json.getText());
      }
      values.add(json.getLongValue());
    }
    return values.stream().mapToLong(Long::longValue).toArray();
  }

  private GillException bad(String what) {
    return new GillException(file.path() + (what.startsWith("tensor ") ? ": " : " ") + what);
  }

  private static String firstLine(IOException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }
}
