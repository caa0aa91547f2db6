package io.gill.testsupport;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads the reference data's safetensors files independently of the library's reader, so that neither hides faults of
 * the other.
 */
@SuppressWarnings("ArrayRecordComponent") // plain carriers of numbers, never compared
public final class TestTensors {
  private TestTensors() {}

  /**
   * One stored array, row-major.
   *
   * @param dtype type as named in safetensors: F32, F64, F16, BF16, I64, I32, U8, BOOL
   * @param shape the dimensions; empty for a scalar
   * @param data the bytes, little-endian
   */
  public record Tensor(String dtype, int[] shape, byte[] data) {
    /** Returns the number of elements. */
    public int size() {
      return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }

    /** Returns the bytes of a U8 or BOOL tensor. */
    public byte[] bytes() {
      if (!dtype.equals("U8") && !dtype.equals("BOOL")) {
        throw new IllegalStateException("not bytes: " + dtype);
      }
      return data.clone();
    }

    /** Returns the elements of any type as float. */
    public float[] floats() {
      float[] result = new float[size()];
      ByteBuffer in = buffer();
      for (int i = 0; i < result.length; i++) {
        result[i] = switch (dtype) {
          case "F32" -> in.getFloat(4 * i);
          case "F64" -> (float) in.getDouble(8 * i);
          case "F16" -> half(in.getShort(2 * i));
          case "BF16" -> Float.intBitsToFloat(in.getShort(2 * i) << 16);
          default -> (float) integer(in, i);
        };
      }
      return result;
    }

    /** Returns the elements of an integer tensor. */
    public long[] longs() {
      long[] result = new long[size()];
      ByteBuffer in = buffer();
      Arrays.setAll(result, i -> integer(in, i));
      return result;
    }

    private ByteBuffer buffer() {
      return ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
    }

    private long integer(ByteBuffer in, int i) {
      return switch (dtype) {
        case "I64" -> in.getLong(8 * i);
        case "I32" -> in.getInt(4 * i);
        case "U8", "BOOL" -> in.get(i) & 0xff;
        default -> throw new IllegalStateException("not integers: " + dtype);
      };
    }

    private static float half(short bits) {
      int exponent = bits >> 10 & 0x1f;
      int mantissa = bits & 0x3ff;
      float magnitude = switch (exponent) {
        case 0 -> mantissa * 0x1p-24f;
        case 31 -> mantissa == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
        default -> (1024 + mantissa) * (float) Math.scalb(1.0, exponent - 25);
      };
      return bits < 0 ? -magnitude : magnitude;
    }
  }

  /** Returns every tensor of a safetensors file, in header order. */
  public static Map<String, Tensor> read(Path file) {
    try {
      ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
      int headerLength = Math.toIntExact(in.getLong());
      byte[] header = new byte[headerLength];
      in.get(header);
      int start = in.position();
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> entry : new ObjectMapper().readTree(header).properties()) {
        if (entry.getKey().equals("__metadata__")) {
          continue;
        }
        JsonNode node = entry.getValue();
        int[] shape = new int[node.get("shape").size()];
        Arrays.setAll(shape, i -> node.get("shape").get(i).intValue());
        int from = node.get("data_offsets").get(0).intValue();
        byte[] data = new byte[node.get("data_offsets").get(1).intValue() - from];
        in.get(start + from, data);
        tensors.put(entry.getKey(), new Tensor(node.get("dtype").textValue(), shape, data));
      }
      return tensors;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
