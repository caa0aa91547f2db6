package io.gill.clip;

import io.gill.Device;
import io.gill.GillException;
import io.gill.Precision;
import io.gill.concurrent.Closing;
import io.gill.stage.OutputCheck;
import io.gill.text.ClipTokenizer;
import io.gill.torch.ModelMemory;
import io.gill.torch.Torch;
import io.gill.torch.Weights;
import io.gill.weights.Snapshot;
import io.gill.weights.TensorFile;
import java.nio.file.Path;
import java.util.List;

/**
 * The text tower of CLIP (Radford et al. 2021, arXiv 2103.00020) with its projection and tokenizer, loaded from a
 * Hugging Face snapshot of the full model or of {@code CLIPTextModelWithProjection}. Thread-safe.
 */
public final class ClipTextModel implements AutoCloseable {
  private static final String PROJECTION = "text_projection.weight";

  private final ClipTextEncoder encoder;
  private final ClipTokenizer tokenizer;
  private final OutputCheck outputs;
  private final ModelMemory memory;

  private ClipTextModel(
      ClipTextEncoder encoder, ClipTokenizer tokenizer, Precision precision, ModelMemory memory) {
    this.encoder = encoder;
    this.tokenizer = tokenizer;
    this.outputs = new OutputCheck("text encoder", precision);
    this.memory = memory;
  }

  /**
   * Loads a snapshot. The vision tower of a full CLIP model is skipped.
   *
   * @param dir a folder with {@code config.json}, the weights and the tokenizer's files
   * @param device device to compute on
   * @param precision precision to compute in
   * @return the model, to be closed by the caller
   * @throws GillException if files are missing or damaged, do not fit each other, or have no projection
   */
  public static ClipTextModel load(Path dir, Device device, Precision precision) {
    ClipTextConfig config = ClipTextConfig.read(dir.resolve("config.json"));
    ClipTokenizer tokenizer = ClipTokenizer.load(dir);
    try {
      if (tokenizer.maxLength() > config.maxPositionEmbeddings()) {
        throw new GillException(dir + ": model_max_length of the tokenizer is " + tokenizer.maxLength()
            + ", but the text tower has " + config.maxPositionEmbeddings() + " positions");
      }
      TensorFile file = Snapshot.open(dir);
      if (!file.names().contains(PROJECTION)) {
        file.close();
        throw new GillException(dir + " has no " + PROJECTION
            + ": use a snapshot of the full CLIP model, or of CLIPTextModelWithProjection");
      }
      return ModelMemory.load("text encoder", file, memory -> {
        Torch.require(device);
        Weights weights = Weights.of(file, memory.owner(), device, precision);
        weights.ignore(key -> key.startsWith("vision_model.") || key.equals("visual_projection.weight")
            || key.equals("logit_scale"));
        return new ClipTextModel(ClipTextEncoder.withProjection(config, weights), tokenizer, precision, memory);
      });
    } catch (RuntimeException | Error e) {
      Closing.closeAfter(e, List.of(tokenizer));
      throw e;
    }
  }

  /**
   * Embeds texts: {@code get_text_features}.
   *
   * @param texts any texts; longer ones are truncated to the tower's positions
   * @return one row per text, not normalised
   * @throws GillException if an embedding is NaN or infinite
   */
  public float[][] embed(List<String> texts) {
    memory.checkOpen();
    return memory.use(() -> outputs.finite("text features",
        texts.stream().map(text -> encoder.project(tokenizer.encode(text))).toArray(float[][]::new)));
  }

  @Override
  public void close() {
    memory.close();
    tokenizer.close();
  }
}
