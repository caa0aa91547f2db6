package io.gill.examples.train;

import io.gill.clip.ClipTextConfig;
import io.gill.clip.ClipTextEncoder;
import io.gill.clip.ClipVisionConfig;
import io.gill.clip.ClipVisionNetwork;
import io.gill.examples.world.Grammar;
import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.Scene;
import io.gill.examples.world.SceneRenderer;
import io.gill.examples.world.SceneSampler;
import io.gill.image.ImageProcessor;
import io.gill.text.ClipTokenizer;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Trains CLIP: the embeddings of a picture and its caption point in the same direction (Radford et al. 2021). In
 * addition, linear layers predict every attribute of the scene from the features of the picture and of the caption. The
 * published CLIP learns such features from 400 million pictures. Here the loss demands them, since GILL's linear layers
 * pass on only what features encode linearly, and the UNet draws what it finds in a caption. A quarter of the pictures
 * have no colours and no captions, so that a shape is recognised in a colour in which it was never seen.
 */
final class ClipTraining {
  static final TrainingRun.Plan PLAN = new TrainingRun.Plan("clip", 9000, 64, 1e-3, 0.05, 0.995);

  /** The longest caption of the world; later positions would be useless. */
  private static final int LENGTH = 28;

  private static final int WIDTH = 128;

  /** One picture in this many has no colours. */
  private static final int GREY = 4;

  /** Weight of the attribute loss relative to the contrastive loss. */
  private static final double ATTRIBUTES_WEIGHT = 3;

  private ClipTraining() {}

  static void run(WorldModel model, TrainingRun.Plan plan, PrintWriter out) throws IOException {
    ClipTextConfig textConfig = ClipTextConfig.read(model.sd("text_encoder").resolve("config.json"));
    ClipVisionConfig visionConfig = ClipVisionConfig.read(model.clip().resolve("config.json"));
    ImageProcessor processor = ImageProcessor.of(model.clip().resolve("preprocessor_config.json"));
    try (TrainingRun run = new TrainingRun(model.work().resolve("clip"), plan, out);
        ClipTokenizer tokenizer = ClipTokenizer.load(model.sd("tokenizer"))) {
      Weights w = Weights.fresh(run.parameters(), new Initial(2, name -> false));
      ClipTextEncoder text = new ClipTextEncoder(textConfig, w); // first: it accepts no other keys beside its own
      ClipVisionNetwork vision = new ClipVisionNetwork(visionConfig, w.at("vision_model"));
      Tensor textProjection = w.take("text_projection.weight", WIDTH, textConfig.encoder().hiddenSize());
      Tensor visualProjection = w.take("visual_projection.weight", WIDTH, visionConfig.encoder().hiddenSize());
      Tensor logitScale = w.take("logit_scale");
      AttributeHead seen = new AttributeHead(w.at("attributes.vision"), visionConfig.encoder().hiddenSize());
      AttributeHead said = new AttributeHead(w.at("attributes.text"), textConfig.encoder().hiddenSize());
      int size = visionConfig.imageSize();
      run.train(step -> {
        int n = plan.batch() - plan.batch() / GREY;
        float[][] pixels = new float[plan.batch()][];
        List<int[]> captions = new ArrayList<>();
        List<Scene> scenes = new ArrayList<>();
        long[] ends = new long[n];
        for (int i = 0; i < plan.batch(); i++) {
          long seed = Batches.seed("clip", step, i);
          Scene scene = SceneSampler.sample(Split.TRAIN, seed);
          scenes.add(scene);
          BufferedImage picture = SceneRenderer.render(scene, seed);
          pixels[i] = processor.pixelValues(i < n ? picture : Grey.of(picture, seed));
          if (i >= n) {
            continue;
          }
          String caption = Grammar.paraphrase(scene, Math.floorMod((int) (seed >>> 32), Grammar.PARAPHRASES));
          int[] ids = tokenizer.encode(caption);
          ends[i] = (long) i * LENGTH + Math.min(ids.length, LENGTH) - 1;
          captions.add(Arrays.copyOf(tokenizer.encodePadded(caption), LENGTH));
        }
        Tensor states = text.encode(captions); // (N, T, C)
        Tensor last = states.reshape((long) n * LENGTH, textConfig.encoder().hiddenSize())
            .indexSelect(Tensor.of(ends, n));
        Tensor t = normalised(last.linear(textProjection, null)); // (N, W)
        Tensor all = vision.pooled(Tensor.ofRows(pixels).reshape(plan.batch(), 3, size, size)); // (N + grey, C)
        Tensor features = all.narrow(0, 0, n);
        Tensor v = normalised(features.linear(visualProjection, null)); // (N, W)
        Tensor logits = v.matmul(t.transpose(0, 1)).mul(logitScale.exp()); // (N, N)
        long[] own = new long[n];
        Arrays.setAll(own, i -> i);
        Tensor labels = Tensor.of(own, n);
        Tensor contrast = logits.crossEntropy(labels).add(logits.transpose(0, 1).crossEntropy(labels)).mul(0.5);
        List<Scene> inColour = scenes.subList(0, n);
        Tensor attributes = seen.loss(features, inColour).add(said.loss(last, inColour));
        if (n < plan.batch()) {
          Tensor grey = all.narrow(0, n, plan.batch() - n);
          attributes = attributes.add(seen.lossWithoutColours(grey, scenes.subList(n, plan.batch())));
        }
        return contrast.add(attributes.mul(ATTRIBUTES_WEIGHT));
      });
      WorldModel.weights(model.clip().resolve("model.safetensors"), run.result(), "vision_model.");
      WorldModel.weights(model.sd("text_encoder").resolve("model.safetensors"), run.result(), "text_model.");
    }
  }

  private static Tensor normalised(Tensor rows) {
    return rows.div(rows.norm(1));
  }
}
