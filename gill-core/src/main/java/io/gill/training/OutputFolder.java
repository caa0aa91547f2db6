package io.gill.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gill.GillException;
import io.gill.torch.Parameters;
import io.gill.weights.AtomicFile;
import io.gill.weights.ConfigFile;
import io.gill.weights.TensorData;
import io.gill.weights.TensorFile;
import io.gill.weights.TensorWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What training writes:
 *
 * <pre>
 * last/, best/                model_args.json, pretrained_ckpt.pth.tar, gill.safetensors: with opt/ and clip/ a model
 * training.json               the options and the sizes of the data
 * training-state.safetensors  parameters and optimiser, from which training goes on
 * steps.csv, validation.csv   what was measured
 * skipped.tsv                 what was left out, and why
 * </pre>
 *
 * <p>Every file but the tables is written whole or not at all.
 */
final class OutputFolder {
  private static final String STATE = "training-state.safetensors";
  private static final String IDENTITY = "training.json";
  private static final String OPTIMISER = "optimiser.";
  private static final String PROGRESS = "progress";

  private final Path folder;
  private final Path modelArgs;
  private final ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  OutputFolder(Path folder, Path modelArgs) {
    this.folder = folder;
    this.modelArgs = modelArgs;
  }

  Path last() {
    return folder.resolve("last");
  }

  Path best() {
    return folder.resolve("best");
  }

  Path file(String name) {
    return folder.resolve(name);
  }

  /**
   * Where training is.
   *
   * @param step how many steps are done
   * @param drawn how many examples have been drawn
   * @param best the best accuracy so far, negative for none
   * @param frozenDecay what the frozen rows have been multiplied by
   */
  record Progress(long step, long drawn, double best, double frozenDecay) {}

  /** Writes a checkpoint that the published code reads, and the same as safetensors. */
  void saveCheckpoint(Path to, Parameters parameters) {
    Map<String, TensorData> tensors = new TreeMap<>(parameters.snapshot()); // sorted, as published
    try {
      byte[] args = Files.readAllBytes(modelArgs);
      TensorWriter.pyTorch(to.resolve("pretrained_ckpt.pth.tar"), tensors);
      TensorWriter.safetensors(to.resolve("gill.safetensors"), tensors, Map.of());
      AtomicFile.write(to.resolve("model_args.json"), ByteBuffer.wrap(args));
    } catch (IOException e) {
      throw new GillException(modelArgs + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** Writes everything that going on needs. */
  void saveState(TrainedModel model, Updater updater, Progress progress) {
    Map<String, TensorData> tensors = new LinkedHashMap<>(model.parameters.snapshot());
    updater.optimiser.snapshot().forEach((name, tensor) -> tensors.put(OPTIMISER + name, tensor));
    tensors.put(PROGRESS, TensorData.of(
        new double[] {progress.step, progress.drawn, progress.best, progress.frozenDecay}, 4));
    TensorWriter.safetensors(folder.resolve(STATE), tensors, Map.of());
  }

  /**
   * Goes back to the state that was saved last, or begins.
   *
   * @param identity what must be the same then and now
   * @return null if there is no state
   * @throws GillException if it is damaged, or of another training
   */
  @Nullable Progress restoreState(TrainedModel model, Updater updater, Map<String, String> identity) {
    Path state = folder.resolve(STATE);
    if (!Files.exists(state)) {
      ObjectNode values = json.createObjectNode();
      identity.forEach(values::put);
      AtomicFile.write(folder.resolve(IDENTITY), StandardCharsets.UTF_8.encode(values.toPrettyString() + "\n"));
      return null;
    }
    ConfigFile then = ConfigFile.read(folder.resolve(IDENTITY));
    identity.forEach((key, value) -> {
      if (!then.text(key, "").equals(value)) {
        throw then.refuse(key, "this training has " + value + " and cannot go on from there: use another output folder, or"
            + " the old options");
      }
    });
    try (TensorFile file = TensorFile.open(state)) {
      model.parameters.restore(file);
      updater.optimiser.restore(file, OPTIMISER);
      ByteBuffer values = file.get(PROGRESS).bytes();
      if (values.remaining() != 4 * Double.BYTES) {
        throw new GillException(state + " does not say where training was: it is damaged");
      }
      return new Progress(
          (long) values.getDouble(0), (long) values.getDouble(8), values.getDouble(16), values.getDouble(24));
    }
  }
}
