package io.gill.examples.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gill.GillException;
import io.gill.weights.AtomicFile;
import io.gill.weights.TensorData;
import io.gill.weights.TensorFile;
import io.gill.weights.TensorWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Copies a trained model's autoencoder, CLIP and UNet, which do not depend on the words of dialogues, so that a new
 * training need not repeat them.
 */
final class PictureParts {
  private static final List<String> WEIGHTS = List.of(
      "clip/model.safetensors", "sd/text_encoder/model.safetensors", "sd/unet/diffusion_pytorch_model.safetensors",
      "sd/vae/diffusion_pytorch_model.safetensors");

  /** What the weights depend on: the networks' shapes, the vocabulary of captions and the preparation of pictures. */
  private static final List<String> INPUTS = List.of(
      "clip/config.json", "clip/preprocessor_config.json", "sd/text_encoder/config.json", "sd/tokenizer/vocab.json",
      "sd/unet/config.json", "sd/scheduler/scheduler_config.json", "sd/vae/config.json");

  /** The one entry of the configurations that is a result of training. */
  static final String SCALING_FACTOR = "scaling_factor";

  private static final ObjectMapper JSON = new ObjectMapper();

  /** What the language model's embeddings depend on. */
  private static final List<String> VOCABULARY = List.of(
      "opt/config.json", "opt/vocab.json", "opt/merges.txt", "opt/tokenizer_config.json",
      "opt/special_tokens_map.json");

  private PictureParts() {}

  /** Copies the language model's vocabulary and shape, which its trained weights fit. */
  static void copyVocabulary(Path from, WorldModel model) throws IOException {
    for (String name : VOCABULARY) {
      AtomicFile.write(model.dir().resolve(name), ByteBuffer.wrap(Files.readAllBytes(existing(from.resolve(name)))));
    }
  }

  static Path existing(Path file) {
    if (!Files.exists(file)) {
      throw new GillException(file + " is missing: give a directory of a trained model");
    }
    return file;
  }

  /**
   * Copies the weights with 32 bits, and the autoencoder's scaling factor.
   *
   * @param from the directory of a model with weights of any precision
   * @param model the model in training, which is prepared
   * @throws GillException if the other model has another shape or vocabulary, or lacks a file
   */
  static void copy(Path from, WorldModel model) throws IOException {
    double factor = 0;
    for (String name : INPUTS) {
      Path file = existing(from.resolve(name));
      JsonNode other = JSON.readTree(Files.readAllBytes(file));
      JsonNode own = JSON.readTree(Files.readAllBytes(model.dir().resolve(name)));
      if (other instanceof ObjectNode a && own instanceof ObjectNode b && other.has(SCALING_FACTOR)) {
        factor = a.remove(SCALING_FACTOR).asDouble();
        b.remove(SCALING_FACTOR);
      }
      if (!other.equals(own)) {
        throw new GillException(file + " differs from that of the model in training: train VAE, CLIP and UNET anew");
      }
    }
    for (String name : WEIGHTS) {
      Map<String, TensorData> tensors = new LinkedHashMap<>();
      try (TensorFile weights = TensorFile.open(from.resolve(name))) {
        for (String tensor : weights.names()) {
          tensors.put(tensor, TensorData.of(weights.get(tensor).toFloatArray(), weights.get(tensor).shape()));
        }
      }
      TensorWriter.safetensors(model.dir().resolve(name), tensors, Map.of("format", "pt"));
    }
    model.vae(factor);
  }
}
