package io.gill.examples.train;

import io.gill.examples.world.Background;
import io.gill.examples.world.Colour;
import io.gill.examples.world.Position;
import io.gill.examples.world.Scene;
import io.gill.examples.world.Shape;
import io.gill.examples.world.Size;
import io.gill.examples.world.Thing;
import io.gill.torch.Tensor;
import io.gill.torch.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * A linear layer that predicts a scene from a picture's features: its background, and shape, colour, size and position
 * of the first and the second thing. Shapes, colours and sizes have a larger weight, since a network learns last which
 * of two things has which. The layer is discarded after training.
 */
final class AttributeHead {
  private static final int SHAPE_WEIGHT = 4;
  private static final int COLOUR_WEIGHT = 4;
  private static final int SIZE_WEIGHT = 2;

  private final List<Slot> slots = new ArrayList<>();
  private final Tensor weight;
  private final Tensor bias;

  /**
   * An attribute.
   *
   * @param coloured whether it cannot be seen without colours
   * @param weight its weight in the loss
   * @param values its possible values; it may also be missing
   * @param of its value in a scene
   */
  private record Slot(boolean coloured, int weight, List<?> values, Function<Scene, Optional<?>> of) {
    int classes() {
      return values.size() + 1;
    }

    long label(Scene scene) {
      return of.apply(scene).map(values::indexOf).orElse(values.size());
    }
  }

  AttributeHead(Weights w, int width) {
    slots.add(new Slot(true, 1, List.of(Background.values()), scene -> Optional.of(scene.background())));
    for (int i = 0; i < Scene.MAX_THINGS; i++) {
      thing(i, false, SHAPE_WEIGHT, Shape.values(), Thing::shape);
      thing(i, true, COLOUR_WEIGHT, Colour.values(), Thing::colour);
      thing(i, false, SIZE_WEIGHT, Size.values(), Thing::size);
      thing(i, false, 1, Position.values(), Thing::position);
    }
    int outputs = slots.stream().mapToInt(Slot::classes).sum();
    weight = w.take("weight", outputs, width);
    bias = w.take("bias", outputs);
  }

  private <T> void thing(int index, boolean coloured, int weight, T[] values, Function<Thing, T> attribute) {
    slots.add(new Slot(coloured, weight, List.of(values),
        scene -> scene.things().stream().skip(index).findFirst().map(attribute)));
  }

  /** Weighted mean negative log-probability of the right attributes, for features (N, C). */
  Tensor loss(Tensor features, List<Scene> scenes) {
    return loss(features, scenes, slot -> true);
  }

  /** The same loss over the attributes that a picture without colours shows. */
  Tensor lossWithoutColours(Tensor features, List<Scene> scenes) {
    return loss(features, scenes, slot -> !slot.coloured);
  }

  private Tensor loss(Tensor features, List<Scene> scenes, Predicate<Slot> counts) {
    Tensor logits = features.linear(weight, bias);
    List<Tensor> losses = new ArrayList<>();
    int start = 0;
    for (Slot slot : slots) {
      if (counts.test(slot)) {
        long[] labels = scenes.stream().mapToLong(slot::label).toArray();
        Tensor own = logits.narrow(1, start, slot.classes());
        losses.add(own.crossEntropy(Tensor.of(labels, labels.length)).mul(slot.weight));
      }
      start += slot.classes();
    }
    int weights = slots.stream().filter(counts).mapToInt(Slot::weight).sum();
    return losses.stream().reduce(Tensor::add).orElseThrow().mul(1.0 / weights);
  }
}
