package io.gill.examples.train;

import io.gill.clip.ClipTextConfig;
import io.gill.clip.ClipTextEncoder;
import io.gill.examples.world.Grammar;
import io.gill.text.ClipTokenizer;
import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import io.gill.training.GenerationTargets;
import io.gill.training.TrainingExample;
import java.util.List;

/** Encodes captions with the trained text encoder of the image generator. */
final class Captions implements GenerationTargets, AutoCloseable {
  private final Frozen frozen;
  private final ClipTokenizer tokenizer;
  private final ClipTextEncoder encoder;

  Captions(WorldModel model) {
    ClipTextConfig config = ClipTextConfig.read(model.sd("text_encoder").resolve("config.json"));
    tokenizer = ClipTokenizer.load(model.sd("tokenizer"));
    frozen = Frozen.open(model.sd("text_encoder"));
    encoder = frozen.build(w -> new ClipTextEncoder(config, w));
  }

  @Override
  public float[][] of(TrainingExample example) {
    String caption = Grammar.caption(Grammar.parse(example.text()).orElseThrow());
    return Scope.compute("encoding a caption", () -> encode(List.of(caption)).squeeze(0).toRows());
  }

  /** Returns the conditioning: (B, Q, C). */
  Tensor encode(List<String> captions) {
    return encoder.encode(captions.stream().map(tokenizer::encodePadded).toList());
  }

  @Override
  public void close() {
    frozen.close();
    tokenizer.close();
  }
}
