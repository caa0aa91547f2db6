package io.gill.examples.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.gill.examples.Output;
import io.gill.examples.train.TrainWorld.Stage;
import io.gill.examples.world.Dialogues;
import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.UnknownWords;
import io.gill.examples.world.WorldText;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Finds the stages whose inputs changed since their checkpoints were made, so that a run repeats these and no others.
 * The inputs are samples of the data, the shapes of the networks, and the weights of the stages before. Other words of
 * dialogues, for example, leave the autoencoder as it is.
 */
final class StageInputs {
  /** The language model's weights in a model directory. */
  static final String LANGUAGE_MODEL = "opt/model.safetensors";

  /** The weights of GILL's own parts in a model directory. */
  static final String GILL = "gill.safetensors";

  private static final int PICTURES = 64;
  private static final int DIALOGUES = 64;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final WorldModel model;
  private final Optional<Path> start;
  private final PrintWriter out;

  /**
   * Creates the check of a run.
   *
   * @param model the model in training
   * @param start the directory of the model whose language model and GILL parts are trained further, if there is one
   * @param out for a line about each stage that starts anew
   */
  StageInputs(WorldModel model, Optional<Path> start, PrintWriter out) {
    this.model = model;
    this.start = start;
    this.out = out;
  }

  /** Lets a stage start anew if its inputs changed. The checkpoints of its last training stay beside the new ones. */
  void check(Stage stage) throws IOException {
    List<String> folders = folders(stage);
    if (folders.isEmpty()) {
      return;
    }
    String now = digest(stage);
    Path record = model.work().resolve("inputs").resolve(folders.get(0) + ".sha256");
    if (Files.exists(record) && Files.readString(record).strip().equals(now)) {
      return;
    }
    for (String folder : folders) {
      Path checkpoints = model.work().resolve(folder);
      if (Files.exists(checkpoints)) {
        Path previous = checkpoints.resolveSibling(folder + ".previous");
        if (Files.exists(previous)) {
          MoreFiles.deleteRecursively(previous, RecursiveDeleteOption.ALLOW_INSECURE);
        }
        Files.move(checkpoints, previous);
        out.printf("%s: what it learns from changed, so that it starts anew; its last checkpoints are in %s%n",
            folder, previous);
        out.flush();
      }
    }
    Output.text(record, now + "\n");
  }

  /** The folders of a stage's checkpoints; none if it keeps no checkpoints or checks them itself. */
  private static List<String> folders(Stage stage) {
    return switch (stage) {
      case VAE, CLIP, UNET -> List.of(stage.name().toLowerCase(Locale.ROOT));
      case OPT -> List.of("turns", "dialogues");
      case GILL -> List.of("gill", "answers", "requests");
      case FEW_STEPS -> List.of("few-steps");
      case COLLECTION, DECISIONS, BUNDLE -> List.of();
    };
  }

  @SuppressWarnings("UnstableApiUsage")
  private String digest(Stage stage) throws IOException {
    Hasher hasher = Hashing.sha256().newHasher();
    switch (stage) {
      case VAE -> {
        files(hasher, "sd/vae/config.json");
        pictures(hasher);
      }
      case CLIP -> {
        files(hasher, "clip/config.json", "clip/preprocessor_config.json", "sd/text_encoder/config.json",
            "sd/tokenizer/vocab.json", "sd/tokenizer/merges.txt");
        pictures(hasher);
        WorldText.captions().forEach(text -> hasher.putString(text + "\n", StandardCharsets.UTF_8));
      }
      case OPT -> {
        files(hasher, "opt/config.json", "opt/vocab.json", "opt/merges.txt");
        goOn(hasher, LANGUAGE_MODEL);
        dialogues(hasher);
        for (int seed = 0; seed < DIALOGUES; seed++) {
          String text = UnknownWords.in(Dialogues.endOfFreeTalk(Split.TRAIN, seed), seed).dialogue().text();
          hasher.putString(text, StandardCharsets.UTF_8);
        }
      }
      case UNET -> files(hasher, "sd/unet/config.json", "sd/scheduler/scheduler_config.json",
          "sd/vae/diffusion_pytorch_model.safetensors", "sd/text_encoder/model.safetensors");
      case GILL -> {
        goOn(hasher, GILL);
        files(hasher, LANGUAGE_MODEL, "clip/model.safetensors", "sd/text_encoder/model.safetensors");
        dialogues(hasher);
      }
      case FEW_STEPS -> files(hasher, GILL, LANGUAGE_MODEL,
          "sd/unet/diffusion_pytorch_model.safetensors", "sd/vae/diffusion_pytorch_model.safetensors");
      case COLLECTION, DECISIONS, BUNDLE -> throw new IllegalArgumentException(stage + " keeps no checkpoints");
    }
    return hasher.hash().toString();
  }

  @SuppressWarnings("UnstableApiUsage")
  private void goOn(Hasher hasher, String weights) throws IOException {
    if (start.isPresent()) {
      hasher.putBytes(Files.readAllBytes(PictureParts.existing(start.get().resolve(weights))));
    }
  }

  private static void dialogues(Hasher hasher) {
    WorldText.dialogues().forEach(text -> hasher.putString(text + "\n", StandardCharsets.UTF_8));
  }

  private static void pictures(Hasher hasher) {
    for (BufferedImage picture : VaeTraining.pictures("inputs", 0, PICTURES)) {
      for (int pixel : picture.getRGB(0, 0, picture.getWidth(), picture.getHeight(), null, 0, picture.getWidth())) {
        hasher.putInt(pixel);
      }
    }
  }

  private void files(Hasher hasher, String... names) throws IOException {
    for (String name : names) {
      Path file = model.dir().resolve(name);
      hasher.putString(name, StandardCharsets.UTF_8);
      if (name.endsWith("config.json")) {
        ObjectNode config = (ObjectNode) JSON.readTree(Files.readAllBytes(file));
        config.remove(PictureParts.SCALING_FACTOR); // a result of training
        hasher.putString(config.toString(), StandardCharsets.UTF_8);
      } else if (Files.exists(file)) { // the stage itself says what is missing
        hasher.putBytes(Files.readAllBytes(file));
      }
    }
  }
}
