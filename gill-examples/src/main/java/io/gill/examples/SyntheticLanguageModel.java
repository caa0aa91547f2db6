package io.gill.examples;

import io.gill.Precision;
import io.gill.Quantization;
import io.gill.torch.RowwiseFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A language model of a published shape with random weights: as expensive as the real one, with meaningless output.
 *
 * @param name the size, with the family unless it is OPT
 * @param vocabulary number of tokens
 * @param snapshot the files
 */
record SyntheticLanguageModel(String name, int vocabulary, SyntheticSnapshot snapshot) {
  static final List<SyntheticLanguageModel> PUBLISHED = List.of(
      opt("125m", 768, 12, 12, 768),
      opt("350m", 1024, 24, 16, 512),
      opt("1.3b", 2048, 24, 32, 2048),
      opt("2.7b", 2560, 32, 32, 2560),
      opt("6.7b", 4096, 32, 32, 4096),
      qwen2("qwen2-0.5b", 896, 4864, 24, 14, 2),
      qwen2("qwen2-1.5b", 1536, 8960, 28, 12, 2));
  private static final int POSITIONS = 2048;
  private static final String WEIGHTS = "model.safetensors";

  /** Bytes read per token: every weight except the position table; the embeddings count once, as the output layer. */
  double bytes(Precision precision, Quantization quantization) {
    double each = switch (quantization) {
      case NONE -> precision == Precision.FLOAT32 ? 4 : 2;
      case INT8 -> (double) RowwiseFormat.INT8.shape(1, 1)[2] / RowwiseFormat.GROUP;
      case INT4 -> (double) RowwiseFormat.INT4.shape(1, 1)[2] / RowwiseFormat.GROUP;
    };
    return weights() * each;
  }

  /** Number of weights without the position table. */
  long weights() {
    return snapshot.tensors().entrySet().stream()
        .filter(tensor -> !tensor.getKey().contains("embed_positions"))
        .mapToLong(tensor -> SyntheticSnapshot.count(tensor.getValue()))
        .sum();
  }

  /** OPT. The large ones have 16 bits, as all published ones; the small ones have 32, to be mapped. */
  static SyntheticLanguageModel opt(String name, int hiddenSize, int layers, int heads, int wordEmbedProjDim) {
    int vocabulary = 50272;
    boolean preNorm = wordEmbedProjDim == hiddenSize; // only the 350m is post-norm and has projections
    Map<String, long[]> tensors = new LinkedHashMap<>();
    String decoder = "model.decoder.";
    tensors.put(decoder + "embed_tokens.weight", new long[] {vocabulary, wordEmbedProjDim});
    tensors.put(decoder + "embed_positions.weight", new long[] {POSITIONS + 2, hiddenSize});
    if (preNorm) {
      SyntheticSnapshot.vectorPair(tensors, decoder + "final_layer_norm", hiddenSize);
    } else {
      tensors.put(decoder + "project_in.weight", new long[] {hiddenSize, wordEmbedProjDim});
      tensors.put(decoder + "project_out.weight", new long[] {wordEmbedProjDim, hiddenSize});
    }
    for (int i = 0; i < layers; i++) {
      String layer = decoder + "layers." + i + ".";
      for (String projection : List.of("q_proj", "k_proj", "v_proj", "out_proj")) {
        SyntheticSnapshot.linear(tensors, layer + "self_attn." + projection, hiddenSize, hiddenSize);
      }
      SyntheticSnapshot.vectorPair(tensors, layer + "self_attn_layer_norm", hiddenSize);
      SyntheticSnapshot.linear(tensors, layer + "fc1", hiddenSize, 4 * hiddenSize);
      SyntheticSnapshot.linear(tensors, layer + "fc2", 4 * hiddenSize, hiddenSize);
      SyntheticSnapshot.vectorPair(tensors, layer + "final_layer_norm", hiddenSize);
    }
    String config = String.format(Locale.ROOT, """
        {"model_type": "opt", "architectures": ["OPTForCausalLM"], "hidden_size": %d, "ffn_dim": %d,
         "num_hidden_layers": %d, "num_attention_heads": %d, "max_position_embeddings": %d, "vocab_size": %d,
         "word_embed_proj_dim": %d, "do_layer_norm_before": %b}
        """, hiddenSize, 4 * hiddenSize, layers, heads, POSITIONS, vocabulary, wordEmbedProjDim, preNorm);
    return of(name, vocabulary, config, tensors, hiddenSize > 2048);
  }

  /** Qwen 2, with the output layer tied to the embeddings. */
  private static SyntheticLanguageModel qwen2(String name, int hiddenSize, int intermediate, int layers, int heads,
      int kvHeads) {
    int vocabulary = 151936;
    int kvWidth = kvHeads * (hiddenSize / heads);
    Map<String, long[]> tensors = new LinkedHashMap<>();
    tensors.put("model.embed_tokens.weight", new long[] {vocabulary, hiddenSize});
    for (int i = 0; i < layers; i++) {
      String layer = "model.layers." + i + ".";
      tensors.put(layer + "input_layernorm.weight", new long[] {hiddenSize});
      SyntheticSnapshot.linear(tensors, layer + "self_attn.q_proj", hiddenSize, hiddenSize);
      SyntheticSnapshot.linear(tensors, layer + "self_attn.k_proj", hiddenSize, kvWidth);
      SyntheticSnapshot.linear(tensors, layer + "self_attn.v_proj", hiddenSize, kvWidth);
      tensors.put(layer + "self_attn.o_proj.weight", new long[] {hiddenSize, hiddenSize});
      tensors.put(layer + "post_attention_layernorm.weight", new long[] {hiddenSize});
      tensors.put(layer + "mlp.gate_proj.weight", new long[] {intermediate, hiddenSize});
      tensors.put(layer + "mlp.up_proj.weight", new long[] {intermediate, hiddenSize});
      tensors.put(layer + "mlp.down_proj.weight", new long[] {hiddenSize, intermediate});
    }
    tensors.put("model.norm.weight", new long[] {hiddenSize});
    String config = String.format(Locale.ROOT, """
        {"model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"], "hidden_size": %d, "intermediate_size": %d,
         "num_hidden_layers": %d, "num_attention_heads": %d, "num_key_value_heads": %d, "vocab_size": %d,
         "max_position_embeddings": 32768, "rms_norm_eps": 1e-6, "rope_theta": 1000000.0, "hidden_act": "silu",
         "tie_word_embeddings": true, "use_sliding_window": false}
        """, hiddenSize, intermediate, layers, heads, kvHeads, vocabulary);
    return of(name, vocabulary, config, tensors, false);
  }

  private static SyntheticLanguageModel of(String name, int vocabulary, String config, Map<String, long[]> tensors,
      boolean half) {
    return new SyntheticLanguageModel(name, vocabulary,
        new SyntheticSnapshot(Map.of("config.json", config), WEIGHTS, tensors, half));
  }
}
