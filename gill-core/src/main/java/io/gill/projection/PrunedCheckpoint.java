package io.gill.projection;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.weights.StoredTensor;
import io.gill.weights.TensorData;
import io.gill.weights.TensorFile;
import io.gill.weights.TensorWriter;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The trained parts of a checkpoint without the frozen models, as the published {@code prune_model_ckpt.py} writes
 * them: a checkpoint of several GB becomes one of some 200 MB.
 */
public final class PrunedCheckpoint {
  private static final String IMAGE_TOKENS = "model.input_embeddings.weight";

  private PrunedCheckpoint() {}

  /**
   * Writes a checkpoint's trained parts. The [IMG] tokens' rows are the last ones of the embedding table. Names lose
   * the prefix of distributed training. Types and numbers stay as they are.
   *
   * @param checkpoint path of the checkpoint
   * @param args the model's arguments
   * @param target path of the new file: a safetensors file if its name says so, otherwise a PyTorch file in the layout
   *     of {@code pretrained_ckpt.pth.tar}
   * @throws GillException if the checkpoint cannot be used with the arguments, or the file cannot be written; an
   *     existing file is then unchanged
   */
  public static void write(Path checkpoint, ModelArgs args, Path target) {
    Projections.load(checkpoint, args, Device.CPU, Precision.FLOAT32).close(); // names everything that is wrong
    try (TensorFile file = TensorFile.open(checkpoint)) {
      Map<String, TensorData> kept = new LinkedHashMap<>();
      for (String key : file.names()) {
        String name = Projections.withoutPrefix(key);
        if (!Projections.isFrozen(name)) {
          kept.put(name, name.equals(IMAGE_TOKENS) ? lastRows(file.get(key), args.numTokens()) : whole(file.get(key)));
        }
      }
      if (String.valueOf(target.getFileName()).endsWith(".safetensors")) {
        TensorWriter.safetensors(target, kept, Map.of("format", "pt"));
      } else {
        TensorWriter.pyTorch(target, kept);
      }
    }
  }

  private static TensorData whole(StoredTensor tensor) {
    return new TensorData(tensor.dtype(), tensor.shape(), tensor.bytes());
  }

  private static TensorData lastRows(StoredTensor table, int count) {
    long[] shape = table.shape();
    long bytes = table.byteSize() / shape[0] * count;
    shape[0] = count;
    ByteBuffer rows = table.slice(table.byteSize() - bytes, Math.toIntExact(bytes));
    return new TensorData(table.dtype(), shape, rows);
  }
}
