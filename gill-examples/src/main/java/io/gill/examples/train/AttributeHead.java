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
 * the first and of the second thing. It is thrown away after training.
 */
final class AttributeHead {
  private final List<Slot> slots = new ArrayList<>();
  private final Tensor weight;
  private final Tensor bias;

  /**
   * An attribute.
   *
   * @param values what it may be; beside these it may be missing
   * @param of what it is in a scene
   */
  private record Slot(List<?> values, Function<Scene, Optional<?>> of) {
    int classes() {
      return values.size() + 1;
    }

    long label(Scene scene) {
      return of.apply(scene).map(values::indexOf).orElse(values.size());
    }
  }

  AttributeHead(Weights w, int width) {
    slots.add(new Slot(List.of(Background.values()), scene -> Optional.of(scene.background())));
    for (int i = 0; i < Scene.MAX_THINGS; i++) {
      thing(i, Shape.values(), Thing::shape);
      thing(i, Colour.values(), Thing::colour);
      thing(i, Size.values(), Thing::size);
      thing(i, Position.values(), Thing::position);
    }
    int outputs = slots.stream().mapToInt(Slot::classes).sum();
    weight = w.take("weight", outputs, width);
    bias = w.take("bias", outputs);
  }

  private <T> void thing(int index, T[] values, Function<Thing, T> attribute) {
    slots.add(new Slot(List.of(values), scene -> scene.things().stream().skip(index).findFirst().map(attribute)));
  }

  /** The mean negative log-probability of the right attributes, for features (N, C). */
  Tensor loss(Tensor features, List<Scene> scenes) {
    Tensor logits = features.linear(weight, bias);
    List<Tensor> losses = new ArrayList<>();
    int start = 0;
    for (Slot slot : slots) {
      long[] labels = scenes.stream().mapToLong(slot::label).toArray();
      losses.add(logits.narrow(1, start, slot.classes()).crossEntropy(Tensor.of(labels, labels.length)));
      start += slot.classes();
    }
    return losses.stream().reduce(Tensor::add).orElseThrow().mul(1.0 / slots.size());
  }
}
