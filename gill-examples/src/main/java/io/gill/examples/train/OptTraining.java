package io.gill.examples.train;

import io.gill.examples.world.Dialogues;
import io.gill.examples.world.HeldOut.Split;
import io.gill.opt.OptConfig;
import io.gill.opt.OptNetwork;
import io.gill.text.OptTokenizer;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Trains the language model on the world's dialogues without pictures: every next token. */
final class OptTraining {
  static final TrainingRun.Plan PLAN = new TrainingRun.Plan("language model", 5000, 24, 2e-3, 0.05, 0.995);

  private OptTraining() {}

  static void run(WorldModel model, TrainingRun.Plan plan, PrintWriter out) throws IOException {
    OptConfig config = OptConfig.read(model.opt().resolve("config.json"));
    try (TrainingRun run = new TrainingRun(model.work().resolve("opt"), plan, out);
        OptTokenizer tokenizer = OptTokenizer.load(model.opt(), WorldModel.IMAGE_TOKENS)) {
      OptNetwork network = OptNetwork.of(Weights.fresh(run.parameters(), new Initial(3, name -> false)), config);
      run.train(step -> {
        List<int[]> dialogues = new ArrayList<>();
        int longest = 0;
        for (int i = 0; i < plan.batch(); i++) {
          String text = Dialogues.sample(Split.TRAIN, Batches.seed("opt", step, i)).text();
          int[] ids = tokenizer.encode(text, true);
          dialogues.add(Arrays.copyOf(ids, Math.min(ids.length, config.maxPositionEmbeddings())));
          longest = Math.max(longest, dialogues.get(i).length);
        }
        int width = longest - 1; // the last token is read by nobody
        int[] ids = new int[plan.batch() * width];
        long[] labels = new long[plan.batch() * width];
        Arrays.fill(ids, tokenizer.padId());
        Arrays.fill(labels, Tensor.IGNORED_LABEL);
        for (int i = 0; i < plan.batch(); i++) {
          int[] dialogue = dialogues.get(i);
          for (int j = 0; j + 1 < dialogue.length; j++) {
            ids[i * width + j] = dialogue[j];
            labels[i * width + j] = dialogue[j + 1];
          }
        }
        int d = config.wordEmbedProjDim();
        Tensor hidden = network.hidden(network.embeddings(ids).reshape(plan.batch(), width, d)); // (B, T, D)
        return network.logits(hidden.reshape(labels.length, d)).crossEntropy(Tensor.of(labels, labels.length));
      });
      WorldModel.weights(model.opt().resolve("model.safetensors"), run.result(), "");
    }
  }
}
