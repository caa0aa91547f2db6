package io.gill.examples.soak;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gill.Conversation;
import io.gill.DiffusionOptions;
import io.gill.GillException;
import io.gill.GillModel;
import io.gill.Reply;
import io.gill.RespondOptions;
import io.gill.smallworld.SmallWorld;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A model with a weight that is NaN or infinite either gives the right reply, since nothing reads that weight, or names
 * the stage that failed. It never gives other text or another picture.
 */
final class NonFinite implements Promise {
  private static final Map<String, String> STAGES = Map.of(
      "opt/model.safetensors", "language model",
      "clip/model.safetensors", "vision encoder",
      "gill.safetensors", "", // visual projection, query, mapper, rows of the language model
      "sd/text_encoder/model.safetensors", "", // text encoder of the image generator
      "sd/unet/diffusion_pytorch_model.safetensors", "",
      "sd/vae/diffusion_pytorch_model.safetensors", "");

  private static final List<String> FILES = STAGES.keySet().stream().sorted().toList();
  private static final BufferedImage PICTURE = Pictures.paint(3, BufferedImage.TYPE_INT_RGB, 64, 64);
  private static final Conversation QUESTION =
      Conversation.builder().image(PICTURE).text("draw a large red circle").build();
  private static final RespondOptions OPTIONS = RespondOptions.builder().maxTokens(16).maxImages(1)
      .imagePolicy(RespondOptions.ImagePolicy.BOTH).diffusion(DiffusionOptions.builder().steps(1).build()).build();

  private @Nullable Reply right;

  @Override
  public String name() {
    return "numbers/not-finite";
  }

  @Override
  public String text() {
    return "A weight that is NaN or infinite ends in an error that names the stage, never in other text or pictures";
  }

  @Override
  public Duration timeLimit() {
    return Duration.ofMinutes(1);
  }

  @Override
  public int weight() {
    return 6;
  }

  @Override
  public void attempt(Attempt attempt) throws Exception {
    Reply wanted = right == null ? answer(SmallWorld.directory()) : right;
    right = wanted;
    Path copy = attempt.file("model");
    Folders.link(SmallWorld.directory(), copy);
    String file = FILES.get((int) (attempt.number() % FILES.size()));
    String tensor = spoil(copy.resolve(file), attempt.random());
    Reply reply;
    try {
      reply = answer(copy);
    } catch (GillException e) {
      ReaderPromise.checkMessage(e);
      String message = String.valueOf(e.getMessage());
      BrokenPromise.unless(message.matches("(?is).*(finite|\\bnan\\b|infinit|not a number|overflow).*")
          && message.contains(STAGES.getOrDefault(file, "")), "an error that names no cause or no stage: " + message);
      return;
    }
    BrokenPromise.unless(same(wanted, reply), file + ", " + tensor + ": '" + reply.text() + "' ("
        + reply.images().size() + " images); expected '" + wanted.text() + "' or an error");
  }

  private static Reply answer(Path folder) {
    try (GillModel model = GillModel.load(folder)) {
      return model.respond(QUESTION, OPTIONS);
    }
  }

  private static boolean same(Reply one, Reply other) {
    if (!one.tokens().equals(other.tokens()) || one.images().size() != other.images().size()) {
      return false;
    }
    for (int i = 0; i < one.images().size(); i++) {
      Reply.ImagePart a = one.images().get(i);
      Reply.ImagePart b = other.images().get(i);
      if (!a.decision().equals(b.decision()) || a.generated().size() != b.generated().size()
          || !a.retrieved().stream().map(hit -> hit.id() + hit.score()).toList()
              .equals(b.retrieved().stream().map(hit -> hit.id() + hit.score()).toList())) {
        return false;
      }
      for (int k = 0; k < a.generated().size(); k++) {
        if (!Arrays.equals(pixels(a.generated().get(k).image()), pixels(b.generated().get(k).image()))) {
          return false;
        }
      }
    }
    return true;
  }

  private static int[] pixels(BufferedImage image) {
    return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
  }

  /** Sets one weight, or all weights of a matrix, to NaN or infinity. Returns a description. */
  private static String spoil(Path file, Random random) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer buffer = Bytes.reader(bytes);
    int header = (int) buffer.getLong(0);
    JsonNode root = new ObjectMapper().readTree(Arrays.copyOfRange(bytes, 8, 8 + header));
    List<Map.Entry<String, JsonNode>> tensors = root.properties().stream()
        .filter(entry -> !entry.getKey().equals("__metadata__")).toList();
    Map.Entry<String, JsonNode> tensor = tensors.get(random.nextInt(tensors.size()));
    String type = tensor.getValue().get("dtype").asText();
    int width = type.equals("F32") ? 4 : 2;
    int begin = 8 + header + tensor.getValue().get("data_offsets").get(0).asInt();
    int count = (8 + header + tensor.getValue().get("data_offsets").get(1).asInt() - begin) / width;
    boolean infinite = random.nextInt(3) == 0 && tensor.getValue().get("shape").size() > 1;
    boolean all = infinite || random.nextBoolean();
    int one = random.nextInt(count);
    for (int i = all ? 0 : one; i <= (all ? count - 1 : one); i++) {
      switch (type) {
        case "F32" -> buffer.putFloat(begin + 4 * i, infinite ? Float.POSITIVE_INFINITY : Float.NaN);
        case "F16" -> buffer.putShort(begin + 2 * i, (short) (infinite ? 0x7C00 : 0x7E00));
        case "BF16" -> buffer.putShort(begin + 2 * i, (short) (infinite ? 0x7F80 : 0x7FC0));
        default -> throw new IOException("the bundled model has weights of " + type);
      }
    }
    Folders.replace(file, bytes);
    return tensor.getKey() + (all ? "" : "[" + one + "]") + (infinite ? " = infinity" : " = NaN");
  }
}
