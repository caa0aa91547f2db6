package io.gill.retrieval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.Lists;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The mapping, documents and queries of an OpenSearch index in JSON. */
final class OpenSearchJson {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String EMBEDDING = "embedding";

  /** Separates an attribute's name and value in one term, so that new names do not enlarge the mapping. */
  private static final char IS = '\0';

  /** Maximum number of terms in a clause, {@code index.max_terms_count}. */
  private static final int MAX_TERMS = 65_536;

  private OpenSearchJson() {}

  /** Settings and mapping of a new index, with the metadata that {@link Meta} reads. */
  static ObjectNode index(OpenSearchOptions options, Meta meta) {
    ObjectNode body = JSON.createObjectNode();
    body.putObject("settings").putObject("index").put("knn", true)
        .put("number_of_shards", options.shards()).put("number_of_replicas", options.replicas());
    ObjectNode mappings = body.putObject("mappings").put("dynamic", "strict");
    mappings.putObject("_meta").put("gill_dimension", meta.dimension)
        .put("gill_logit_scale", Float.toString(meta.logitScale)).put("gill_maker", meta.maker);
    ObjectNode properties = mappings.putObject("properties");
    properties.putObject("id").put("type", "keyword");
    properties.putObject("uri").put("type", "keyword").put("index", false).put("doc_values", false);
    properties.putObject("attributes").put("type", "keyword").put("doc_values", false);
    ObjectNode method = properties.putObject(EMBEDDING).put("type", "knn_vector").put("dimension", meta.dimension)
        .putObject("method").put("name", "hnsw").put("engine", "lucene").put("space_type", "cosinesimil");
    method.putObject("parameters").put("m", 32).put("ef_construction", 100);
    return body;
  }

  /**
   * Metadata of an index.
   *
   * @param dimension width of the embeddings
   * @param logitScale the model's {@code logit_scale}
   * @param maker identifies the call that created the index
   */
  record Meta(int dimension, float logitScale, String maker) {
    /** Reads the metadata from a response to {@code GET _mapping}; null if gill did not create the index. */
    static @Nullable Meta of(JsonNode mappings, String name) {
      JsonNode meta = mappings.path(name).path("mappings").path("_meta");
      if (!meta.path("gill_dimension").isInt()) {
        return null;
      }
      return new Meta(meta.get("gill_dimension").asInt(), Float.parseFloat(meta.path("gill_logit_scale").asText()),
          meta.path("gill_maker").asText());
    }
  }

  /** A search for the nearest {@code k} images. */
  static ObjectNode search(float[] unit, int k, ImageFilter filter, Set<String> excluded) {
    ObjectNode body = JSON.createObjectNode().put("size", k);
    body.putArray("_source").add("uri");
    ObjectNode knn = body.putObject("query").putObject("knn").putObject(EMBEDDING).put("k", k);
    knn.set("vector", numbers(unit));
    if (!filter.equals(ImageFilter.EVERY) || !excluded.isEmpty()) {
      ObjectNode bool = knn.putObject("filter").putObject("bool");
      bool.putArray("filter").add(query(filter));
      ArrayNode ids = bool.putArray("must_not").addObject().putObject("ids").putArray("values");
      excluded.forEach(ids::add);
    }
    return body;
  }

  private static JsonNode query(ImageFilter filter) {
    ObjectNode query = JSON.createObjectNode();
    if (filter instanceof ImageFilter.Is is) {
      query.putObject("term").put("attributes", is.name() + IS + is.value());
    } else if (filter instanceof ImageFilter.All all) {
      ObjectNode bool = query.putObject("bool");
      ArrayNode parts = bool.putArray("filter");
      parts.addObject().putObject("match_all");
      List<ImageFilter> refused = new ArrayList<>();
      for (ImageFilter part : all.filters()) {
        if (part instanceof ImageFilter.Not not) {
          refused.add(not.filter());
        } else {
          parts.add(query(part));
        }
      }
      bool.putArray("must_not").add(query(new ImageFilter.Any(refused)));
    } else if (filter instanceof ImageFilter.Any any && any.filters().isEmpty()) {
      query.putObject("match_none");
    } else if (filter instanceof ImageFilter.Any any) {
      ArrayNode parts = query.putObject("bool").put("minimum_should_match", 1).putArray("should");
      List<ImageFilter.Is> terms = new ArrayList<>(); // OpenSearch limits the number of clauses
      for (ImageFilter part : any.filters()) {
        if (part instanceof ImageFilter.Is is) {
          terms.add(is);
        } else {
          parts.add(query(part));
        }
      }
      for (List<ImageFilter.Is> some : Lists.partition(terms, MAX_TERMS)) {
        ArrayNode values = parts.addObject().putObject("terms").putArray("attributes");
        some.forEach(is -> values.add(is.name() + IS + is.value()));
      }
    } else if (filter instanceof ImageFilter.Not not) {
      query.putObject("bool").putArray("must_not").add(query(not.filter()));
    }
    return query;
  }

  /** A request for documents by their ids, with or without their sources. */
  static ObjectNode documents(List<String> ids, boolean sources) {
    ObjectNode body = JSON.createObjectNode();
    ArrayNode docs = body.putArray("docs");
    for (String id : ids) {
      ObjectNode doc = docs.addObject().put("_id", id);
      if (!sources) {
        doc.put("_source", false);
      }
    }
    return body;
  }

  /** A page of the images at a point in time, ordered by id, after the last id of the previous page. */
  static ObjectNode page(String point, String keepAlive, int size, @Nullable String last) {
    ObjectNode body = JSON.createObjectNode().put("size", size);
    body.putObject("pit").put("id", point).put("keep_alive", keepAlive);
    body.putArray("sort").addObject().put("id", "asc");
    if (last != null) {
      body.putArray("search_after").add(last);
    }
    return body;
  }

  /** Releases a point in time. */
  static ObjectNode release(String point) {
    ObjectNode body = JSON.createObjectNode();
    body.putArray("pit_id").add(point);
    return body;
  }

  /** Lines of a bulk that writes images. */
  static String writing(List<IndexedImage> images) {
    StringBuilder lines = new StringBuilder();
    for (IndexedImage image : images) {
      ObjectNode action = JSON.createObjectNode();
      action.putObject("index").put("_id", image.id());
      ObjectNode document = JSON.createObjectNode().put("id", image.id()).put("uri", image.uri());
      ArrayNode attributes = document.putArray("attributes");
      image.attributes().forEach((attribute, value) -> attributes.add(attribute + IS + value));
      document.set(EMBEDDING, numbers(image.embedding()));
      lines.append(action).append('\n').append(document).append('\n');
    }
    return lines.toString();
  }

  /** Lines of a bulk that deletes images. */
  static String deleting(List<String> ids) {
    StringBuilder lines = new StringBuilder();
    for (String id : ids) {
      ObjectNode action = JSON.createObjectNode();
      action.putObject("delete").put("_id", id);
      lines.append(action).append('\n');
    }
    return lines.toString();
  }

  /** Reads an image from the source of its document. */
  static IndexedImage image(JsonNode source, int dimension) {
    Map<String, String> attributes = new HashMap<>();
    for (JsonNode attribute : source.path("attributes")) {
      String text = attribute.asText();
      attributes.put(text.substring(0, text.indexOf(IS)), text.substring(text.indexOf(IS) + 1));
    }
    float[] embedding = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      embedding[i] = (float) source.path(EMBEDDING).path(i).asDouble();
    }
    return new IndexedImage(source.path("id").asText(), source.path("uri").asText(), attributes, embedding);
  }

  private static ArrayNode numbers(float[] values) {
    ArrayNode numbers = JSON.createArrayNode();
    for (float value : values) {
      numbers.add(value);
    }
    return numbers;
  }
}
