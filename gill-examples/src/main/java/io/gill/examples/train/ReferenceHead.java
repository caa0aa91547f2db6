package io.gill.examples.train;

import io.gill.examples.world.Scene;
import io.gill.examples.world.WorldDialogue.Meant;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Linear layers that predict from a language model's features which thing of a scene the user speaks of: the first, the
 * second or none, and its attributes. They are discarded after training.
 */
final class ReferenceHead {
  private final Tensor weight;
  private final Tensor bias;
  private final AttributeHead attributes;

  ReferenceHead(Weights w, int width) {
    weight = w.take("order.weight", Scene.MAX_THINGS + 1, width);
    bias = w.take("order.bias", Scene.MAX_THINGS + 1);
    attributes = new AttributeHead(w.at("attributes"), width);
  }

  /** Mean negative log-probability of the right thing and of its attributes, for features (N, C). */
  Tensor loss(Tensor features, List<Meant> meant) {
    long[] order = meant.stream()
        .mapToLong(one -> one.thing().map(one.scene().things()::indexOf).orElse(Scene.MAX_THINGS)).toArray();
    Tensor loss = features.linear(weight, bias).crossEntropy(Tensor.of(order, order.length));
    long[] there = IntStream.range(0, order.length).filter(i -> order[i] < Scene.MAX_THINGS).asLongStream().toArray();
    if (there.length == 0) {
      return loss;
    }
    List<Scene> alone = meant.stream()
        .flatMap(one -> one.thing().map(thing -> new Scene(one.scene().background(), List.of(thing))).stream())
        .toList();
    return loss.add(attributes.loss(features.indexSelect(Tensor.of(there, there.length)), alone));
  }
}
