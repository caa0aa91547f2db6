import de.kherud.llama.InferenceParameters;
import de.kherud.llama.LlamaModel;
import de.kherud.llama.LlamaOutput;
import de.kherud.llama.ModelParameters;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Times llama.cpp, through {@code de.kherud:llama}, on a Llama model with random weights that has as many weights as
 * OPT-1.3b.
 *
 * <pre>
 * java -cp llama.jar:slf4j-api.jar LlamaCpp.java FOLDER Q8_0|Q4_0 THREADS
 * </pre>
 */
final class LlamaCpp {
  private static final int WIDTH = 2048;
  private static final int LAYERS = 24;
  private static final int HEADS = 32;
  private static final int INNER = 5472; // two thirds of OPT's, since there are three matrices in place of two
  private static final int VOCABULARY = 50272;
  private static final int BLOCK = 32;
  private static final int ALIGNMENT = 32; // the format's default
  private static final int PROMPT = 64;
  private static final int DECODED = 32;

  private LlamaCpp() {}

  public static void main(String[] arguments) throws IOException {
    String type = arguments[1];
    Path file = Path.of(arguments[0], "llama-1.3b-" + type + ".gguf");
    if (!Files.exists(file)) {
      Files.createDirectories(file.toAbsolutePath().getParent());
      write(file, type.equals("Q8_0"));
    }
    System.out.printf("llama.cpp, %s, %.2f GB%n", type, Files.size(file) / 1e9);
    ModelParameters parameters = new ModelParameters().setModel(file.toString())
        .setThreads(Integer.parseInt(arguments[2])).setThreadsBatch(Integer.parseInt(arguments[2]))
        .setCtxSize(2 * (PROMPT + DECODED));
    try (LlamaModel model = new LlamaModel(parameters)) {
      double[] prompts = new double[4];
      double[] tokens = new double[4];
      for (int i = 0; i < prompts.length; i++) {
        // Other letters each time, since llama.cpp keeps a common prefix of two prompts. A letter is a token.
        String prompt = Character.toString('a' + i).repeat(PROMPT);
        long start = System.nanoTime();
        long first = 0;
        int count = 0;
        InferenceParameters inference = new InferenceParameters(prompt).setNPredict(DECODED).setIgnoreEos(true)
            .setTemperature(0);
        for (LlamaOutput output : model.generate(inference)) {
          count++;
          first = first == 0 ? System.nanoTime() : first;
        }
        prompts[i] = (first - start) / 1e6;
        tokens[i] = (System.nanoTime() - first) / 1e6 / (count - 1);
      }
      print("prefill, " + PROMPT + " tokens, and first token", prompts);
      print("decode, per token", tokens);
    }
    System.exit(0); // a thread of llama.cpp keeps running
  }

  private static void print(String name, double[] times) {
    double[] sorted = Arrays.copyOfRange(times, 1, times.length); // the first is a warm-up
    Arrays.sort(sorted);
    System.out.printf("%-42s%8.2f ms   (%.2f to %.2f, %d times)%n", name, sorted[sorted.length / 2], sorted[0],
        sorted[sorted.length - 1], sorted.length);
  }

  private static Map<String, long[]> tensors() {
    Map<String, long[]> tensors = new LinkedHashMap<>(); // sizes of rows first
    tensors.put("token_embd.weight", new long[] {WIDTH, VOCABULARY}); // also the output layer
    tensors.put("output_norm.weight", new long[] {WIDTH});
    for (int i = 0; i < LAYERS; i++) {
      String layer = "blk." + i + ".";
      tensors.put(layer + "attn_norm.weight", new long[] {WIDTH});
      for (String name : new String[] {"attn_q", "attn_k", "attn_v", "attn_output"}) {
        tensors.put(layer + name + ".weight", new long[] {WIDTH, WIDTH});
      }
      tensors.put(layer + "ffn_norm.weight", new long[] {WIDTH});
      tensors.put(layer + "ffn_gate.weight", new long[] {WIDTH, INNER});
      tensors.put(layer + "ffn_up.weight", new long[] {WIDTH, INNER});
      tensors.put(layer + "ffn_down.weight", new long[] {INNER, WIDTH});
    }
    return tensors;
  }

  /** Writes GGUF 3: matrices in blocks of 32 weights with a 16-bit scale, vectors in 32 bits. */
  private static void write(Path file, boolean eightBits) throws IOException {
    Map<String, long[]> tensors = tensors();
    Gguf head = new Gguf();
    head.bytes("GGUF".getBytes(StandardCharsets.US_ASCII)).u32(3).u64(tensors.size()).u64(14);
    head.text("general.architecture", "llama").text("general.name", "random");
    head.u32("llama.context_length", 2048).u32("llama.embedding_length", WIDTH).u32("llama.block_count", LAYERS)
        .u32("llama.feed_forward_length", INNER).u32("llama.attention.head_count", HEADS)
        .f32("llama.attention.layer_norm_rms_epsilon", 1e-5f);
    head.text("tokenizer.ggml.model", "llama");
    head.array("tokenizer.ggml.tokens", 8, VOCABULARY);
    for (int i = 0; i < VOCABULARY; i++) {
      head.string(token(i));
    }
    head.array("tokenizer.ggml.scores", 6, VOCABULARY);
    for (int i = 0; i < VOCABULARY; i++) {
      head.f32(-i);
    }
    head.array("tokenizer.ggml.token_type", 5, VOCABULARY);
    for (int i = 0; i < VOCABULARY; i++) {
      head.u32(i == 0 ? 2 : i < 3 ? 3 : i < 259 ? 6 : 1); // unknown, control, byte, normal
    }
    head.u32("tokenizer.ggml.bos_token_id", 1).u32("tokenizer.ggml.eos_token_id", 2);
    int blockBytes = eightBits ? 2 + BLOCK : 2 + BLOCK / 2;
    long offset = 0;
    for (Map.Entry<String, long[]> tensor : tensors.entrySet()) {
      long[] shape = tensor.getValue();
      head.string(tensor.getKey()).u32(shape.length);
      for (long size : shape) {
        head.u64(size);
      }
      head.u32(shape.length == 1 ? 0 : eightBits ? 8 : 2).u64(offset); // F32, Q8_0, Q4_0
      offset = aligned(offset + bytes(shape, blockBytes));
    }
    SplittableRandom random = new SplittableRandom(1);
    try (OutputStream out = Files.newOutputStream(file)) {
      byte[] header = head.out.toByteArray();
      out.write(Arrays.copyOf(header, (int) aligned(header.length)));
      for (long[] shape : tensors.values()) {
        long length = bytes(shape, blockBytes);
        long written = 0;
        ByteBuffer part = ByteBuffer.allocate(blockBytes * 4096).order(ByteOrder.LITTLE_ENDIAN);
        while (written < length) {
          part.clear();
          while (part.hasRemaining() && written + part.position() < length) {
            if (shape.length == 1) {
              part.putFloat(1);
              continue;
            }
            part.putShort((short) (eightBits ? 0x0800 : 0x1800)); // about 1/32 divided by the largest integer
            for (int i = 2; i < blockBytes; i++) {
              part.put((byte) random.nextInt());
            }
          }
          out.write(part.array(), 0, part.position());
          written += part.position();
        }
        out.write(new byte[(int) (aligned(length) - length)]);
      }
    }
  }

  private static String token(int id) {
    if (id < 3) {
      return new String[] {"<unk>", "<s>", "</s>"}[id];
    }
    return id < 259 ? String.format("<0x%02X>", id - 3) : "\u2581token" + id;
  }

  private static long bytes(long[] shape, int blockBytes) {
    return shape.length == 1 ? 4 * shape[0] : shape[0] * shape[1] / BLOCK * blockBytes;
  }

  private static long aligned(long length) {
    return (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /** The header of a file. */
  private static final class Gguf {
    final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Gguf bytes(byte[] bytes) {
      out.writeBytes(bytes);
      return this;
    }

    Gguf u32(int value) {
      return bytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    }

    Gguf u64(long value) {
      return bytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
    }

    Gguf f32(float value) {
      return u32(Float.floatToRawIntBits(value));
    }

    Gguf string(String text) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      return u64(utf8.length).bytes(utf8);
    }

    Gguf text(String key, String value) {
      return string(key).u32(8).string(value);
    }

    Gguf u32(String key, int value) {
      return string(key).u32(4).u32(value);
    }

    Gguf f32(String key, float value) {
      return string(key).u32(6).f32(value);
    }

    Gguf array(String key, int type, int count) {
      return string(key).u32(9).u32(type).u64(count);
    }
  }
}
