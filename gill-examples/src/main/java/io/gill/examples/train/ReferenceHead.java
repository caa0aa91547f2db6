package io.gill.examples.train;

import io.gill.examples.world.Scene;
import io.gill.examples.world.WorldDialogue.Meant;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.util.List;

/**
 * Linear layers that read from a language model's features which thing of a scene the user speaks of: whether the first or
 * the second, and its attributes. They are thrown away after training.
 */
final class ReferenceHead {
  private final Tensor weight;
  private final Tensor bias;
  private final AttributeHead attributes;

  ReferenceHead(Weights w, int width) {
    weight = w.take("order.weight", Scene.MAX_THINGS, width);
    bias = w.take("order.bias", Scene.MAX_THINGS);
    attributes = new AttributeHead(w.at("attributes"), width);
  }

  /** The mean negative log-probability of the right thing and of its attributes, for features (N, C). */
  Tensor loss(Tensor features, List<Meant> meant) {
    long[] order = meant.stream().mapToLong(Meant::index).toArray();
    List<Scene> alone =
        meant.stream().map(one -> new Scene(one.scene().background(), List.of(one.thing()))).toList();
    return features.linear(weight, bias).crossEntropy(Tensor.of(order, order.length))
        .add(attributes.loss(features, alone));
  }
}
