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

/**
 * A linear layer that reads a scene from a picture's features: its background, and shape, colour, size and position of
 * the first and of the second thing. Shapes count more: they are in the finest detail, and are learned last. It is thrown
 * away after training.
 */
final class AttributeHead {
  private static final int SHAPE_WEIGHT = 4;

  private final List<Slot> slots = new ArrayList<>();
  private final Tensor weight;
  private final Tensor bias;

  /**
   * An attribute.
   *
   * @param weight how much it counts
   * @param values what it may be; beside these it may be missing
   * @param of what it is in a scene
   */
  private record Slot(int weight, List<?> values, Function<Scene, Optional<?>> of) {
    int classes() {
      return values.size() + 1;
    }

    long label(Scene scene) {
      return of.apply(scene).map(values::indexOf).orElse(values.size());
    }
  }

  AttributeHead(Weights w, int width) {
    slots.add(new Slot(1, List.of(Background.values()), scene -> Optional.of(scene.background())));
    for (int i = 0; i < Scene.MAX_THINGS; i++) {
      thing(i, SHAPE_WEIGHT, Shape.values(), Thing::shape);
      thing(i, 1, Colour.values(), Thing::colour);
      thing(i, 1, Size.values(), Thing::size);
      thing(i, 1, Position.values(), Thing::position);
    }
    int outputs = slots.stream().mapToInt(Slot::classes).sum();
    weight = w.take("weight", outputs, width);
    bias = w.take("bias", outputs);
  }

  private <T> void thing(int index, int weight, T[] values, Function<Thing, T> attribute) {
    slots.add(new Slot(weight, List.of(values), scene -> scene.things().stream().skip(index).findFirst().map(attribute)));
  }

  /** The weighted mean negative log-probability of the right attributes, for features (N, C). */
  Tensor loss(Tensor features, List<Scene> scenes) {
    Tensor logits = features.linear(weight, bias);
    List<Tensor> losses = new ArrayList<>();
    int start = 0;
    for (Slot slot : slots) {
      long[] labels = scenes.stream().mapToLong(slot::label).toArray();
      losses.add(logits.narrow(1, start, slot.classes()).crossEntropy(Tensor.of(labels, labels.length)).mul(slot.weight));
      start += slot.classes();
    }
    return losses.stream().reduce(Tensor::add).orElseThrow().mul(1.0 / slots.stream().mapToInt(Slot::weight).sum());
  }
}
