package io.gill.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gill.GillException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The Hub's answer about a revision of a repository.
 *
 * @param commit the revision's commit
 * @param license the licence that the model card names; "not stated" if it names none
 * @param files name, length and content of each file, in the Hub's order
 */
record HubListing(String commit, String license, Map<String, Entry> files) {
  static final String NO_LICENSE = "not stated";

  /** Published models have up to a few thousand files. */
  private static final int MAX_FILES = 100_000;

  /** Beyond any file system, and small enough to be added up. */
  private static final long MAX_SIZE = 1L << 46;

  private static final int MAX_LICENSE = 100;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Length and content of a file; the content's identity is not checked yet. */
  record Entry(long size, String id) {}

  /**
   * Reads the answer.
   *
   * @param repository the repository, for messages
   * @param json body of the response
   * @throws GillException if it is not such an answer
   */
  static HubListing parse(String repository, byte[] json) {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new GillException("the Hub's answer about " + repository + " is not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new GillException("the Hub's answer about " + repository + " is not JSON: " + e, e);
    }
    String commit = root.path("sha").asText();
    JsonNode siblings = root.path("siblings");
    if (!commit.matches("[0-9a-f]{40}") || !siblings.isArray()) {
      throw new GillException("the Hub's answer about " + repository + " names no commit or no files");
    }
    if (siblings.size() > MAX_FILES) {
      throw new GillException(repository + " has more than " + MAX_FILES + " files");
    }
    Map<String, Entry> files = new LinkedHashMap<>();
    for (JsonNode sibling : siblings) {
      JsonNode large = sibling.path("lfs");
      JsonNode size = sibling.path("size");
      files.put(sibling.path("rfilename").asText(), new Entry(
          size.canConvertToLong() ? size.longValue() : -1,
          large.isObject() ? large.path("sha256").asText() : sibling.path("blobId").asText()));
    }
    return new HubListing(commit, license(root.path("cardData")), files);
  }

  /** Returns a file that can be checked when it is fetched. */
  Entry require(String repository, String name) {
    RepositoryPath.require("file", name);
    Entry entry = files.get(name);
    if (entry == null || entry.size < 0 || entry.size > MAX_SIZE) {
      throw new GillException("the Hub does not say how long " + repository + "/" + name + " is");
    }
    return entry;
  }

  private static String license(JsonNode card) {
    List<String> names = new ArrayList<>();
    JsonNode license = card.path("license");
    (license.isArray() ? license : List.of(license)).forEach(one -> names.add(one.asText()));
    names.add(card.path("license_name").asText());
    names.removeIf(String::isBlank);
    String text = names.isEmpty() ? NO_LICENSE : String.join(", ", names);
    return text.length() > MAX_LICENSE ? text.substring(0, MAX_LICENSE) + "…" : text;
  }
}
