package io.gill.lm;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gill.GillException;
import io.gill.Quantization;
import io.gill.torch.RowwiseFormat;
import io.gill.torch.RowwiseWriter;
import io.gill.torch.Scope;
import io.gill.torch.Weights;
import io.gill.weights.AtomicFile;
import io.gill.weights.DType;
import io.gill.weights.Snapshot;
import io.gill.weights.StoredTensor;
import io.gill.weights.TensorFile;
import io.gill.weights.TensorWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Writes quantised language models: a snapshot whose matrices are stored as {@link RowwiseFormat} describes. Loading
 * maps them, unless this CPU multiplies 8-bit matrices faster in another layout; a model takes the memory of its file.
 */
public final class QuantizedSnapshot {
  /** Files that hold or list dense weights, which a quantised snapshot replaces. */
  private static final Pattern WEIGHTS =
      Pattern.compile(".*\\.(safetensors|bin|pt|pth|h5|msgpack|onnx)|.*\\.index(\\.fp16)?\\.json");

  private static final int PIECE = 1 << 22;

  private QuantizedSnapshot() {}

  /**
   * Quantises a language model of any decoder family. One matrix block is in memory at a time.
   *
   * @param from the snapshot
   * @param to the new folder, which must not exist; if writing fails, nothing remains there
   * @param quantization storage of the matrices; not {@link Quantization#NONE}
   * @param progress receives each tensor's name before it is written
   * @throws GillException if the snapshot cannot be read or is quantised already, or the folder exists or cannot be
   *     written
   */
  public static void write(Path from, Path to, Quantization quantization, Consumer<String> progress) {
    RowwiseFormat format = RowwiseFormat.of(quantization)
        .orElseThrow(() -> new IllegalArgumentException("quantization is NONE: use INT8 or INT4"));
    DecoderSnapshot snapshot = DecoderSnapshot.of(from);
    try (TensorFile file = Snapshot.open(from)) {
      Map<String, RowwiseFormat> matrices = plan(snapshot, file, quantization);
      AtomicFile.folder(to, draft -> {
        copyOthers(from, draft);
        Map<String, TensorWriter.Stream> tensors = new LinkedHashMap<>();
        for (String name : file.names()) {
          RowwiseFormat chosen = matrices.get(name);
          if (chosen == null) {
            tensors.put(name, dense(file.get(name), progress));
          } else {
            tensors.put(chosen.key(name), quantized(file, name, chosen, progress));
          }
        }
        TensorWriter.stream(draft.resolve("model.safetensors"), tensors, Map.of("format", "pt"));
        config(from.resolve("config.json"), draft.resolve("config.json"), format);
      });
    }
  }

  private static TensorWriter.Stream dense(StoredTensor tensor, Consumer<String> progress) {
    return new TensorWriter.Stream(tensor.dtype(), tensor.shape(), out -> {
      progress.accept(tensor.name());
      ByteBuffer piece = ByteBuffer.allocateDirect((int) Math.min(PIECE, tensor.byteSize()));
      for (long offset = 0; offset < tensor.byteSize(); offset += piece.capacity()) {
        tensor.read(offset, piece.clear().limit((int) Math.min(piece.capacity(), tensor.byteSize() - offset)));
        TensorWriter.writeFully(out, piece.flip());
      }
    });
  }

  private static TensorWriter.Stream quantized(
      TensorFile file, String name, RowwiseFormat format, Consumer<String> progress) {
    long[] shape = file.get(name).shape();
    return new TensorWriter.Stream(DType.U8, format.shape(shape[0], shape[1]), out -> {
      progress.accept(name);
      RowwiseWriter.write(file, name, format, out);
    });
  }

  private static Map<String, RowwiseFormat> plan(
      DecoderSnapshot snapshot, TensorFile file, Quantization quantization) {
    try (Scope owner = Scope.owner()) {
      Weights weights = Weights.plan(file, owner, quantization);
      Quantization stored = RowwiseFormat.quantization(file.names());
      if (stored != Quantization.NONE) {
        throw new GillException(snapshot.folder() + " is already quantised (" + stored
            + "): quantise the model it was made from");
      }
      Scope.compute("listing the matrices", () -> snapshot.network(weights));
      return weights.planned();
    }
  }

  private static void copyOthers(Path from, Path to) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(from)) {
      files = all.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      String name = file.getFileName().toString();
      if (!WEIGHTS.matcher(name).matches() && !name.startsWith(".")) {
        AtomicFile.copy(file, to.resolve(name));
      }
    }
  }

  private static void config(Path from, Path to, RowwiseFormat format) throws IOException {
    JsonMapper mapper = JsonMapper.builder().build();
    ObjectNode config;
    try {
      config = (ObjectNode) mapper.readTree(from.toFile());
    } catch (JacksonException e) {
      throw new GillException(from + " is damaged (" + e.getOriginalMessage() + ")", e);
    }
    config.putObject("quantization_config")
        .put("quant_method", QuantizationConfig.METHOD)
        .put("bits", format.bits())
        .put("group_size", RowwiseFormat.GROUP);
    AtomicFile.write(to, StandardCharsets.UTF_8.encode(config.toPrettyString() + "\n"));
  }
}
