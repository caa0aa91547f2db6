package io.gill.examples.evaluate;

import io.gill.GillException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;

/** An embedding as the text of an outcome: its 32-bit floats, little-endian, in Base64. */
final class EmbeddingText {
  private EmbeddingText() {}

  static String of(float[] embedding) {
    ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * embedding.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(embedding);
    return Base64.getEncoder().encodeToString(bytes.array());
  }

  static float[] of(Outcome outcome) {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(outcome.answer());
    } catch (IllegalArgumentException e) {
      bytes = new byte[0];
    }
    if (bytes.length == 0 || bytes.length % Float.BYTES > 0) {
      throw new GillException("the answer of " + outcome.id() + " is no embedding: use another --output");
    }
    float[] embedding = new float[bytes.length / Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(embedding);
    return embedding;
  }
}
