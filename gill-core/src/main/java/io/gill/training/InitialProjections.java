package io.gill.training;

import io.gill.projection.ModelArgs;
import io.gill.torch.NoiseGenerator;
import io.gill.torch.Parameters;
import java.util.Arrays;
import java.util.Random;

/**
 * Initial values of the trained layers, with PyTorch's distributions: {@code nn.Linear} is uniform within 1/√in, the
 * mapper's transformer is Xavier-uniform, and the queries are normal. The [IMG] rows are normal, and training sets
 * their norm.
 */
final class InitialProjections {
  /**
   * Number of layers of the encoder and of the decoder, and width factor of the feed-forward networks, as published.
   */
  private static final int LAYERS = 4;

  private static final int WIDENING = 4;

  private final Parameters parameters;
  private final Random random;
  private final NoiseGenerator noise;

  private InitialProjections(Parameters parameters, long seed) {
    this.parameters = parameters;
    this.random = new Random(seed);
    this.noise = new NoiseGenerator(seed);
  }

  /**
   * Adds all tensors, under the names of a published checkpoint.
   *
   * @param p the vision encoder's width
   * @param d the language model's embeddings' width
   * @param h the width of GILLMapper, divisible by 4; unused by a linear mapping
   */
  static void addTo(Parameters parameters, ModelArgs args, int p, int d, int h, long seed) {
    InitialProjections initial = new InitialProjections(parameters, seed);
    initial.add("logit_scale", new float[] {(float) Math.log(1 / 0.07)});
    initial.add("input_embeddings.weight", initial.noise.normal(args.numTokens() * d), args.numTokens(), d);
    initial.linear("visual_embeddings", p, args.nVisualTokens() * d);
    initial.linear("visual_fc", p, args.retEmbDim());
    initial.linear("ret_text_hidden_fcs.0.model", d, args.retEmbDim());
    switch (args.textFcMode()) {
      case GILL_MAPPER -> initial.mapper("gen_text_hidden_fcs.0.", args, d, h);
      case LINEAR -> initial.linear("gen_text_hidden_fcs.0.model", d, args.genEmbDim());
    }
  }

  private void mapper(String prefix, ModelArgs args, int d, int h) {
    linear(prefix + "fc", d, h);
    for (int i = 0; i < LAYERS; i++) {
      layer(prefix + "tfm.encoder.layers." + i + ".", h, false);
    }
    norm(prefix + "tfm.encoder.norm", h);
    for (int i = 0; i < LAYERS; i++) {
      layer(prefix + "tfm.decoder.layers." + i + ".", h, true);
    }
    norm(prefix + "tfm.decoder.norm", h);
    add(prefix + "query_embs", noise.normal(args.numClipTokens() * h), 1, args.numClipTokens(), h);
    linear(prefix + "model", h, args.genEmbDim());
    if (args.genPooledDim() > 0) {
      linear(prefix + "pooled", h, args.genPooledDim());
    }
  }

  private void layer(String prefix, int h, boolean decoder) {
    attention(prefix + "self_attn.", h);
    if (decoder) {
      attention(prefix + "multihead_attn.", h);
    }
    int inner = WIDENING * h;
    add(prefix + "linear1.weight", uniform(inner * h, xavier(h, inner)), inner, h);
    add(prefix + "linear1.bias", uniform(inner, 1 / Math.sqrt(h)), inner);
    add(prefix + "linear2.weight", uniform(h * inner, xavier(inner, h)), h, inner);
    add(prefix + "linear2.bias", uniform(h, 1 / Math.sqrt(inner)), h);
    for (int i = 1; i <= (decoder ? 3 : 2); i++) {
      norm(prefix + "norm" + i, h);
    }
  }

  private void attention(String prefix, int h) {
    int fused = 3 * h; // query, key and value
    add(prefix + "in_proj_weight", uniform(fused * h, xavier(h, fused)), fused, h);
    add(prefix + "in_proj_bias", new float[fused], fused);
    add(prefix + "out_proj.weight", uniform(h * h, xavier(h, h)), h, h);
    add(prefix + "out_proj.bias", new float[h], h);
  }

  private void norm(String name, int h) {
    float[] ones = new float[h];
    Arrays.fill(ones, 1);
    add(name + ".weight", ones, h);
    add(name + ".bias", new float[h], h);
  }

  private void linear(String name, int in, int out) {
    double bound = 1 / Math.sqrt(in);
    add(name + ".weight", uniform(Math.multiplyExact(in, out), bound), out, in);
    add(name + ".bias", uniform(out, bound), out);
  }

  private static double xavier(int in, int out) {
    return Math.sqrt(6.0 / (in + out));
  }

  private float[] uniform(int count, double bound) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) ((2 * random.nextDouble() - 1) * bound);
    }
    return values;
  }

  private void add(String name, float[] values, long... shape) {
    parameters.add(TrainedModel.PREFIX + name, values, shape);
  }
}
