package io.gill.examples;

import io.gill.Precision;
import io.gill.Quantization;
import io.gill.torch.RowwiseFormat;
import io.gill.weights.DType;
import io.gill.weights.TensorWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** An OPT snapshot of a published shape with random weights: as expensive as the real one, with meaningless output. */
record SyntheticOpt(String name, int hiddenSize, int layers, int heads, int wordEmbedProjDim) {
  private static final List<SyntheticOpt> PUBLISHED = List.of(
      new SyntheticOpt("125m", 768, 12, 12, 768),
      new SyntheticOpt("350m", 1024, 24, 16, 512),
      new SyntheticOpt("1.3b", 2048, 24, 32, 2048),
      new SyntheticOpt("2.7b", 2560, 32, 32, 2560),
      new SyntheticOpt("6.7b", 4096, 32, 32, 4096));
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
          .orElseThrow(() -> new TypeConversionException(
              "unknown shape '" + value + "': use 125m, 350m, 1.3b, 2.7b or 6.7b"));
    }
  }

  int vocabulary() {
    return VOCABULARY;
  }

  private boolean preNorm() {
    return wordEmbedProjDim == hiddenSize; // only the 350m is post-norm and has projections
  }

  /** Returns whether the file has 16-bit numbers, as all published ones; the small shapes have 32, to be mapped. */
  private boolean half() {
    return hiddenSize > 2048;
  }

  /** Bytes read per token: every weight except the position table; the embeddings count once, as the output layer. */
  double bytes(Precision precision, Quantization quantization) {
    double each = switch (quantization) {
      case NONE -> precision == Precision.FLOAT32 ? 4 : 2;
      case INT8 -> (double) RowwiseFormat.INT8.shape(1, 1)[2] / RowwiseFormat.GROUP;
      case INT4 -> (double) RowwiseFormat.INT4.shape(1, 1)[2] / RowwiseFormat.GROUP;
    };
    long numbers = tensors().entrySet().stream()
        .filter(tensor -> !tensor.getKey().contains("embed_positions"))
        .mapToLong(tensor -> count(tensor.getValue()))
        .sum();
    return numbers * each;
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
    Map<String, TensorWriter.Stream> streams = new LinkedHashMap<>();
    SplittableRandom random = new SplittableRandom(1);
    tensors.forEach((name, sizes) -> streams.put(name, new TensorWriter.Stream(
        half() ? DType.F16 : DType.F32, sizes, out -> write(out, count(sizes), random))));
    TensorWriter.stream(folder.resolve(WEIGHTS), streams, Map.of());
  }

  /** Writes random numbers up to 1/32. */
  private void write(WritableByteChannel out, long count, SplittableRandom random) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    for (long left = count; left > 0;) {
      block.clear();
      for (; left > 0 && block.hasRemaining(); left--) {
        if (half()) {
          block.putShort((short) (random.nextInt() & 0xa7ff)); // sign, lowest bits of the exponent, mantissa
        } else {
          block.putFloat((random.nextInt() >> 8) * 0x1p-28f);
        }
      }
      TensorWriter.writeFully(out, block.flip());
    }
  }

  /** Deletes the files that {@link #write} wrote. */
  void delete(Path folder) throws IOException {
    Files.deleteIfExists(folder.resolve(WEIGHTS));
    Files.deleteIfExists(folder.resolve(CONFIG));
    Files.deleteIfExists(folder);
  }
}
