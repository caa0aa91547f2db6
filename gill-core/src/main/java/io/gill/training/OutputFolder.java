package io.gill.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.gill.GillException;
import io.gill.concurrent.LockFile;
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
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The files that training writes:
 *
 * <pre>
 * last/, best/                model_args.json, pretrained_ckpt.pth.tar, gill.safetensors: with opt/ and clip/ a model
 * last.new/, best.new/        a complete checkpoint that did not replace the previous one because of a kill
 * training.json               the options and the sizes of the data
 * training-state.safetensors  parameters and optimiser, for resuming
 * steps.csv, validation.csv   the metrics
 * skipped.tsv                 skipped examples and the reasons
 * .lock                       locked by the running training
 * </pre>
 *
 * <p>Every file except the tables is written atomically. A checkpoint is written beside the previous one and is
 * complete on disk before it is renamed to {@code last.new}. Only then do its files replace the old ones, each by an
 * atomic rename. A model is loaded from one of the two weight files, and {@code model_args.json} never changes during a
 * training. A kill at any time therefore leaves a folder that loads as the old or as the new checkpoint, and the next
 * start or checkpoint finishes the replacement. The tables only grow. The next start drops a line that a kill left
 * incomplete.
 */
final class OutputFolder {
  private static final String STATE = "training-state.safetensors";
  private static final String IDENTITY = "training.json";
  private static final String OPTIMISER = "optimiser.";
  private static final String PROGRESS = "progress";
  private static final String COMPLETE = ".new";
  private static final String LAST = "last";
  private static final String BEST = "best";
  private static final String STEPS = "steps.csv";
  private static final String VALIDATION = "validation.csv";
  private static final String SKIPPED = "skipped.tsv";
  private static final String LOCK = ".lock";
  private static final String PUBLISHED = "pretrained_ckpt.pth.tar";
  private static final String SAFETENSORS = "gill.safetensors";
  private static final String ARGS = "model_args.json";

  private final Path folder;
  private final Path modelArgs;
  private final ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  OutputFolder(Path folder, Path modelArgs) {
    this.folder = folder;
    this.modelArgs = modelArgs;
  }

  Path last() {
    return folder.resolve(LAST);
  }

  Path best() {
    return folder.resolve(BEST);
  }

  Path steps() {
    return folder.resolve(STEPS);
  }

  Path validation() {
    return folder.resolve(VALIDATION);
  }

  Path skipped() {
    return folder.resolve(SKIPPED);
  }

  /**
   * Reserves the folder for one training.
   *
   * @throws GillException if another one runs there
   */
  LockFile lock() {
    try {
      Files.createDirectories(folder);
      LockFile lock = LockFile.tryLock(folder.resolve(LOCK));
      if (lock == null) {
        throw new GillException("another training runs in " + folder + ": wait for its end, or use another folder");
      }
      return lock;
    } catch (IOException e) {
      throw new GillException(folder + " cannot be locked (" + e.getMessage()
          + "): use a folder that can be written, on a file system with locks", e);
    }
  }

  /**
   * The progress of a training.
   *
   * @param step number of completed steps
   * @param drawn number of examples drawn
   * @param best the best accuracy so far, negative for none
   * @param frozenDecay total factor applied to the frozen rows
   * @param validation the {@link TrainingData#number} of the examples that the accuracy was measured on; 0 for none
   */
  record Progress(long step, long drawn, double best, double frozenDecay, long validation) {
    private static final int NUMBERS = 5;

    static Progress of(ByteBuffer values) {
      return new Progress((long) values.getDouble(0), (long) values.getDouble(8), values.getDouble(16),
          values.getDouble(24), (long) values.getDouble(32));
    }

    TensorData data() {
      return TensorData.of(new double[] {step, drawn, best, frozenDecay, validation}, NUMBERS);
    }
  }

  /**
   * Writes a checkpoint that the published code reads, and the same weights as safetensors. It is complete on disk
   * before any file of the previous one is replaced.
   */
  void saveCheckpoint(Path to, Parameters parameters) {
    finishReplacement(to);
    Map<String, TensorData> tensors = new TreeMap<>(parameters.snapshot()); // sorted, as published
    Path draft = to.resolveSibling(to.getFileName() + AtomicFile.DRAFT);
    try {
      TensorWriter.pyTorch(draft.resolve(PUBLISHED), tensors);
      TensorWriter.safetensors(draft.resolve(SAFETENSORS), tensors, Map.of());
      AtomicFile.write(draft.resolve(ARGS), ByteBuffer.wrap(args()));
      AtomicFile.move(draft, complete(to));
    } catch (IOException | RuntimeException e) {
      GillException failure = e instanceof GillException gill ? gill : unreplaced(to, e);
      try {
        removeDrafts();
      } catch (GillException second) {
        failure.addSuppressed(second);
      }
      throw failure;
    }
    finishReplacement(to);
  }

  /** Returns the folder of a complete checkpoint that has not replaced the previous one yet. */
  private static Path complete(Path checkpoint) {
    return checkpoint.resolveSibling(checkpoint.getFileName() + COMPLETE);
  }

  private byte[] args() {
    try {
      return Files.readAllBytes(modelArgs);
    } catch (IOException e) {
      throw new GillException(modelArgs + " cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Moves a complete checkpoint to its place, and finishes a move that a kill interrupted. Other files there, such as
   * the user's {@code opt/}, are kept.
   */
  private static void finishReplacement(Path to) {
    Path from = complete(to);
    try {
      if (!Files.isDirectory(from)) {
        return;
      }
      if (!Files.exists(to)) {
        AtomicFile.move(from, to);
        return;
      }
      Path args = from.resolve(ARGS);
      if (Files.exists(args) && Files.exists(to.resolve(ARGS)) && Files.mismatch(args, to.resolve(ARGS)) >= 0) {
        // It describes another model. Deleting it first prevents loading the new weights as the old model.
        Files.delete(to.resolve(ARGS));
      }
      for (String name : List.of(SAFETENSORS, PUBLISHED, ARGS)) {
        if (Files.exists(from.resolve(name))) {
          AtomicFile.move(from.resolve(name), to.resolve(name));
        }
      }
      Files.delete(from);
    } catch (IOException e) {
      throw unreplaced(to, e);
    }
  }

  private static GillException unreplaced(Path to, Exception e) {
    return new GillException(to + " could not be replaced (" + e.getMessage() + "): check its permissions and the free"
        + " space", e);
  }

  /** Cleans up after a kill: a complete checkpoint replaces the previous one, and drafts are deleted. */
  void recover() {
    finishReplacement(last());
    finishReplacement(best());
    removeDrafts();
  }

  /** Deletes partly written files that a kill or a failure left. */
  private void removeDrafts() {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> all = Files.list(folder)) {
      for (Path path : all.filter(OutputFolder::isDraft).toList()) {
        MoreFiles.deleteRecursively(path, RecursiveDeleteOption.ALLOW_INSECURE);
      }
    } catch (IOException e) {
      throw new GillException(folder + " has an unfinished file that cannot be removed: " + e.getMessage(), e);
    }
  }

  private static boolean isDraft(Path path) {
    return Stream.of(STATE, IDENTITY, LAST, BEST, STEPS, VALIDATION, SKIPPED)
        .anyMatch(name -> AtomicFile.isDraft(path, name));
  }

  /** Writes the state that resuming needs. */
  void saveState(TrainedModel model, Updater updater, Progress progress) {
    Map<String, TensorData> tensors = new LinkedHashMap<>(model.parameters.snapshot());
    updater.optimiser.snapshot().forEach((name, tensor) -> tensors.put(OPTIMISER + name, tensor));
    tensors.put(PROGRESS, progress.data());
    TensorWriter.safetensors(folder.resolve(STATE), tensors, Map.of());
  }

  /**
   * Restores the last saved state, if any.
   *
   * @param identity values that must equal those of the saved training
   * @return null if there is no state
   * @throws GillException if the state is damaged or belongs to another training
   */
  @Nullable Progress restoreState(TrainedModel model, Updater updater, Map<String, String> identity) {
    recover();
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
        throw then.refuse(key, "this training has " + value
            + " and cannot resume from there: use another output folder or the old options");
      }
    });
    // Windows does not replace a mapped file.
    try (TensorFile file = TensorFile.withoutMapping(() -> TensorFile.open(state))) {
      model.parameters.restore(file);
      updater.optimiser.restore(file, OPTIMISER);
      ByteBuffer values = file.get(PROGRESS).bytes();
      if (values.remaining() != Progress.NUMBERS * Double.BYTES) {
        throw new GillException(state + " does not contain the progress of the training: it is damaged");
      }
      Progress progress = Progress.of(values);
      updater.restore(progress.frozenDecay);
      return progress;
    }
  }
}
