package io.gill.examples.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.http.MultiPartConfig;
import org.eclipse.jetty.http.MultiPartFormData;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.content.ByteBufferContentSource;
import org.eclipse.jetty.util.Attributes;

/**
 * A {@code multipart/form-data} body, held in memory.
 *
 * @param fields texts, with those of numbers and flags as such
 * @param files files by name
 */
record Form(Fields fields, Map<String, byte[]> files) {
  private static final String FORM = "multipart/form-data";
  private static final int MOST_PARTS = 64;
  private static final Set<String> NUMBERS = Set.of("n", "seed", "partial_images");
  private static final Set<String> FLAGS = Set.of("stream");

  static Form read(Call call, int most) {
    String type = String.valueOf(call.header(HttpHeader.CONTENT_TYPE));
    byte[] body = call.body();
    if (!type.regionMatches(true, 0, FORM, 0, FORM.length())) {
      throw ApiException.bad(null, "the body must be multipart/form-data");
    }
    MultiPartConfig config = new MultiPartConfig.Builder()
        .maxParts(MOST_PARTS).maxSize(most).maxPartSize(most).maxMemoryPartSize(-1).build(); // never on disk
    try (MultiPartFormData.Parts parts = MultiPartFormData.getParts(
        new ByteBufferContentSource(ByteBuffer.wrap(body)), new Attributes.Mapped(), type, config)) {
      ObjectNode texts = Json.object();
      Map<String, byte[]> files = new HashMap<>();
      for (MultiPart.Part part : parts) {
        byte[] content;
        try (InputStream in = Content.Source.asInputStream(part.getContentSource())) {
          content = in.readAllBytes();
        }
        String name = String.valueOf(part.getName());
        if (part.getFileName() != null) {
          if (files.putIfAbsent(name, content) != null) {
            throw ApiException.bad(name, "the form has two files of one name: send one image and at most one mask");
          }
        } else {
          put(texts, name, new String(content, StandardCharsets.UTF_8));
        }
      }
      return new Form(new Fields(texts, ""), files);
    } catch (ApiException e) {
      throw e;
    } catch (IOException | RuntimeException e) { // the parser fails in several ways
      throw ApiException.bad(null, "the body is not valid multipart/form-data with at most " + MOST_PARTS + " parts");
    }
  }

  private static void put(ObjectNode texts, String name, String text) {
    if (NUMBERS.contains(name) && text.matches("-?\\d{1,18}")) {
      texts.put(name, Long.parseLong(text));
    } else if (FLAGS.contains(name) && text.matches("true|false")) {
      texts.put(name, Boolean.parseBoolean(text));
    } else if (name.equals("gill")) {
      texts.set(name, object(name, text));
    } else {
      texts.put(name, text);
    }
  }

  private static ObjectNode object(String name, String text) {
    try {
      return Json.read(text.getBytes(StandardCharsets.UTF_8)).node();
    } catch (ApiException e) {
      throw ApiException.bad(name, e.code(), e.text().replace("the body", name));
    }
  }

  Optional<byte[]> file(String name) {
    return Optional.ofNullable(files.get(name));
  }
}
