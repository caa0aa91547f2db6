package io.gill.hub;

import io.gill.GillException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Identity of a file's content, which is also its name in the cache: the SHA-256 of a file in large-file storage (LFS),
 * or git's SHA-1 of any other file.
 *
 * @param hex lower-case hexadecimal digits: 64 or 40
 */
record BlobId(String hex) {
  private static final int SHA256_DIGITS = 64;

  BlobId {
    if (!hex.matches("[0-9a-f]{64}|[0-9a-f]{40}")) {
      throw new GillException("'" + hex + "' is neither a SHA-256 nor a SHA-1");
    }
  }

  private boolean isSha256() {
    return hex.length() == SHA256_DIGITS;
  }

  /** Name of the checksum, for messages. */
  String algorithm() {
    return isSha256() ? "SHA-256" : "git SHA-1";
  }

  /** Starts the checksum of a file of this length. */
  MessageDigest digest(long size) {
    try {
      if (isSha256()) {
        return MessageDigest.getInstance("SHA-256");
      }
      MessageDigest digest = MessageDigest.getInstance("SHA-1");
      digest.update(("blob " + size + "\0").getBytes(StandardCharsets.US_ASCII)); // the header of git's objects
      return digest;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has both
    }
  }
}
