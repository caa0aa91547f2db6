package io.gill.examples;

import io.gill.Precision;
import io.gill.weights.AtomicFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** An OPT snapshot of a published shape with random weights: as expensive as the real one, with meaningless output. */
record SyntheticOpt(String name, int hiddenSize, int layers, int heads, int wordEmbedProjDim) {
  private static final List<SyntheticOpt> PUBLISHED = List.of(
      new SyntheticOpt("125m", 768, 12, 12, 768),
      new SyntheticOpt("350m", 1024, 24, 16, 512),
      new SyntheticOpt("1.3b", 2048, 24, 32, 2048));
  private static final int VOCABULARY = 50272;
  private static final int POSITIONS = 2048;
  private static final String WEIGHTS = "model.safetensors";
  private static final String CONFIG = "config.json";

  static final class Converter implements ITypeConverter<SyntheticOpt> {
    @Override
    public SyntheticOpt convert(String value) {
      return PUBLISHED.stream()
          .filter(shape -> shape.name.equalsIgnoreCase(value))
          .findFirst()
          .orElseThrow(() -> new TypeConversionException("unknown shape '" + value + "': use 125m, 350m or 1.3b"));
    }
  }

  int vocabulary() {
    return VOCABULARY;
  }

  private boolean preNorm() {
    return wordEmbedProjDim == hiddenSize; // only the 350m is post-norm and has projections
  }

  /** Bytes read per token: every weight except the position table; the embeddings count once, as the output layer. */
  long bytes(Precision precision) {
    long numbers = tensors().entrySet().stream()
        .filter(tensor -> !tensor.getKey().contains("embed_positions"))
        .mapToLong(tensor -> count(tensor.getValue()))
        .sum();
    return numbers * (precision == Precision.FLOAT32 ? 4 : 2);
  }

  private Map<String, long[]> tensors() {
    Map<String, long[]> tensors = new LinkedHashMap<>();
    String decoder = "model.decoder.";
    tensors.put(decoder + "embed_tokens.weight", new long[] {VOCABULARY, wordEmbedProjDim});
    tensors.put(decoder + "embed_positions.weight", new long[] {POSITIONS + 2, hiddenSize});
    if (preNorm()) {
      vectorPair(tensors, decoder + "final_layer_norm", hiddenSize);
    } else {
      tensors.put(decoder + "project_in.weight", new long[] {hiddenSize, wordEmbedProjDim});
      tensors.put(decoder + "project_out.weight", new long[] {wordEmbedProjDim, hiddenSize});
    }
    for (int i = 0; i < layers; i++) {
      String layer = decoder + "layers." + i + ".";
      for (String projection : List.of("q_proj", "k_proj", "v_proj", "out_proj")) {
        linear(tensors, layer + "self_attn." + projection, hiddenSize, hiddenSize);
      }
      vectorPair(tensors, layer + "self_attn_layer_norm", hiddenSize);
      linear(tensors, layer + "fc1", hiddenSize, 4 * hiddenSize);
      linear(tensors, layer + "fc2", 4 * hiddenSize, hiddenSize);
      vectorPair(tensors, layer + "final_layer_norm", hiddenSize);
    }
    return tensors;
  }

  private static void linear(Map<String, long[]> tensors, String name, int in, int out) {
    tensors.put(name + ".weight", new long[] {out, in});
    tensors.put(name + ".bias", new long[] {out});
  }

  private static void vectorPair(Map<String, long[]> tensors, String name, int size) {
    tensors.put(name + ".weight", new long[] {size});
    tensors.put(name + ".bias", new long[] {size});
  }

  private static long count(long[] shape) {
    long count = 1;
    for (long size : shape) {
      count *= size;
    }
    return count;
  }

  /** Writes the snapshot. */
  void write(Path folder) throws IOException {
    Output.text(folder.resolve(CONFIG), String.format(Locale.ROOT, """
        {"model_type": "opt", "hidden_size": %d, "ffn_dim": %d, "num_hidden_layers": %d, "num_attention_heads": %d,
         "max_position_embeddings": %d, "vocab_size": %d, "word_embed_proj_dim": %d, "do_layer_norm_before": %b}
        """, hiddenSize, 4 * hiddenSize, layers, heads, POSITIONS, VOCABULARY, wordEmbedProjDim, preNorm()));
    Map<String, long[]> tensors = tensors();
    long[] offset = new long[1];
    String header = tensors.entrySet().stream()
        .map(tensor -> {
          long begin = offset[0];
          offset[0] += 4 * count(tensor.getValue());
          return String.format(Locale.ROOT, "\"%s\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[%d,%d]}",
              tensor.getKey(), Arrays.toString(tensor.getValue()), begin, offset[0]);
        })
        .collect(Collectors.joining(",", "{", "}"));
    byte[] json = (header + " ".repeat(7 - (header.length() + 7) % 8)).getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(folder.resolve(WEIGHTS), file -> {
      // Closing is the writer's.
      OutputStream out = new BufferedOutputStream(Channels.newOutputStream(file), 1 << 20);
      out.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).array());
      out.write(json);
      SplittableRandom random = new SplittableRandom(1);
      ByteBuffer block = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
      for (long left = offset[0]; left > 0; left -= block.capacity()) {
        block.clear();
        while (block.hasRemaining()) {
          block.putFloat((random.nextInt() >> 8) * 0x1p-28f); // ±1/32
        }
        out.write(block.array(), 0, (int) Math.min(left, block.capacity()));
      }
      out.flush();
    });
  }

  /** Deletes the files that {@link #write} wrote. */
  void delete(Path folder) throws IOException {
    Files.deleteIfExists(folder.resolve(WEIGHTS));
    Files.deleteIfExists(folder.resolve(CONFIG));
    Files.deleteIfExists(folder);
  }
}
