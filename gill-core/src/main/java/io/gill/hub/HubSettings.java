package io.gill.hub;

import io.gill.GillException;
import io.gill.directory.HuggingFaceCache;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the environment variables of huggingface_hub. */
final class HubSettings {
  private static final String ENDPOINT = "https://huggingface.co";
  private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");
  private static final int MAX_TOKEN_BYTES = 10_000;

  private final Map<String, String> environment;
  private final Path home;
  private final HuggingFaceCache cache;

  HubSettings(Map<String, String> environment, Path home) {
    this.environment = environment;
    this.home = home;
    cache = new HuggingFaceCache(environment, home);
  }

  HuggingFaceCache cache() {
    return cache;
  }

  URI endpoint() {
    String value = environment.getOrDefault("HF_ENDPOINT", "");
    return requireEndpoint(value.isBlank() ? ENDPOINT : value.strip());
  }

  static URI requireEndpoint(String value) {
    try {
      URI uri = URI.create(value.replaceFirst("/+$", ""));
      String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
      if ((scheme.equals("http") || scheme.equals("https")) && uri.getHost() != null && uri.getUserInfo() == null
          && uri.getQuery() == null && uri.getFragment() == null) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      // reported below
    }
    throw new IllegalArgumentException("the Hub's address must be like " + ENDPOINT + " without user information");
  }

  boolean offline() {
    return TRUE.contains(environment.getOrDefault("HF_HUB_OFFLINE", "").toUpperCase(Locale.ROOT));
  }

  /** Finds the token in a variable, or in the file that {@code hf auth login} writes. */
  @Nullable String token() {
    for (String variable : new String[] {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
      String value = environment.getOrDefault(variable, "").strip();
      if (!value.isEmpty()) {
        return requireToken(value, variable);
      }
    }
    String named = environment.getOrDefault("HF_TOKEN_PATH", "");
    Path file = named.isBlank() ? folder().resolve("token") : Path.of(named);
    try {
      if (!Files.isRegularFile(file) || Files.size(file) > MAX_TOKEN_BYTES) {
        return null;
      }
      String value = Files.readString(file).strip();
      return value.isEmpty() ? null : requireToken(value, file.toString());
    } catch (IOException e) {
      throw new GillException(file + " cannot be read: " + e, e);
    }
  }

  /** The folder of Hugging Face's tools. */
  private Path folder() {
    String named = environment.getOrDefault("HF_HOME", "");
    if (!named.isBlank()) {
      return Path.of(named);
    }
    String caches = environment.getOrDefault("XDG_CACHE_HOME", "");
    return (caches.isBlank() ? home.resolve(".cache") : Path.of(caches)).resolve("huggingface");
  }

  /** Rejects what is not a header's value, without showing it. */
  static String requireToken(String token, String place) {
    if (!token.matches("[!-~]+")) {
      throw new GillException("the token in " + place + " has spaces or characters that no token has");
    }
    return token;
  }
}
