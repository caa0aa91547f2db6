package io.gill.diffusion.lora;

import com.google.common.base.Suppliers;
import io.gill.GillException;
import io.gill.diffusion.lora.LoraKeys.Role;
import io.gill.diffusion.lora.LoraKeys.Slot;
import io.gill.torch.Tensor;
import io.gill.weights.StoredTensor;
import io.gill.weights.TensorFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Collects adapters for some networks and adds them to the weights while these are loaded.
 *
 * <p>As in diffusers 0.35, an adapter without an α has that of peft's configuration in the file's metadata, or R. With
 * keys of kohya's trainers, all layers of attentions have the most frequent α of the file's part for their network,
 * whatever their own is: published files mostly have a single one.
 */
public final class LoraMerger {
  /** Maximum number of keys in an error. */
  private static final int SHOWN = 6;

  private final List<LoraTarget> targets;

  /** Built for the first adapter; most models have none. */
  private final Supplier<LoraKeys> keys;

  private final Map<TensorFile, Map<String, List<LoraDelta>>> deltas = new HashMap<>();

  /**
   * Starts without adapters.
   *
   * @param targets the networks
   */
  public LoraMerger(List<LoraTarget> targets) {
    this.targets = List.copyOf(targets);
    keys = Suppliers.memoize(() -> new LoraKeys(this.targets));
  }

  /** The layer of some tensors. */
  private record Layer(TensorFile weights, String module) {
    String key() {
      return module + ".weight";
    }
  }

  /** The tensors of a layer. */
  private static final class Parts {
    final Map<Role, StoredTensor> tensors = new EnumMap<>(Role.class);
    boolean takesCommonAlpha;

    StoredTensor down() {
      return Objects.requireNonNull(tensors.get(Role.DOWN));
    }

    StoredTensor up() {
      return Objects.requireNonNull(tensors.get(Role.UP));
    }
  }

  /**
   * Adds the adapters of a file.
   *
   * @param file the open file, which stays open until the weights are loaded
   * @param scale factor of the adapters; 1 for their full effect
   * @throws GillException if a key belongs to no layer of these networks, a pair is incomplete, or a shape does not
   *     fit; the message names the file and the keys
   */
  public void add(TensorFile file, double scale) {
    Map<Layer, Parts> layers = new LinkedHashMap<>();
    List<String> unknown = new ArrayList<>();
    List<String> unfit = new ArrayList<>();
    for (String key : new TreeSet<>(file.names())) { // in the order of the published code
      Slot slot = keys.get().find(key).orElse(null);
      if (slot == null) {
        unknown.add(key);
      } else {
        Layer layer = new Layer(slot.target().weights(), slot.module());
        Parts parts = layers.computeIfAbsent(layer, any -> new Parts());
        parts.takesCommonAlpha = slot.flattened() && slot.isAttention();
        StoredTensor twin = parts.tensors.put(slot.role(), file.get(key));
        if (twin != null) {
          unfit.add(key + " and " + twin.name() + " belong to the same layer");
        }
      }
    }
    layers.forEach((layer, parts) -> {
      String problem = problem(parts.tensors, layer.weights().get(layer.key()));
      if (problem != null) {
        unfit.add(problem);
      }
    });
    if (layers.isEmpty() || !unknown.isEmpty() || !unfit.isEmpty()) {
      throw new GillException(file.path() + " holds no LoRA of this model: " + describe(unknown, unfit));
    }
    Map<TensorFile, Float> common = commonAlphas(layers);
    Map<TensorFile, PeftConfig> configs = new HashMap<>();
    targets.forEach(target ->
        target.configuration(file).ifPresent(config -> configs.put(target.weights(), config)));
    layers.forEach((layer, parts) -> {
      double factor = scale * factor(layer, parts, common.get(layer.weights()), configs.get(layer.weights()));
      deltas.computeIfAbsent(layer.weights(), any -> new HashMap<>())
          .computeIfAbsent(layer.key(), any -> new ArrayList<>())
          .add(new LoraDelta(parts.down(), parts.up(), factor));
    });
  }

  /** Returns the most frequent α of each network, the first of equally frequent ones. */
  private static Map<TensorFile, Float> commonAlphas(Map<Layer, Parts> layers) {
    Map<TensorFile, Map<Float, Integer>> counts = new HashMap<>();
    layers.forEach((layer, parts) -> {
      StoredTensor alpha = parts.tensors.get(Role.ALPHA);
      if (alpha != null) {
        counts.computeIfAbsent(layer.weights(), any -> new LinkedHashMap<>())
            .merge(alpha.toFloatArray()[0], 1, Integer::sum);
      }
    });
    Map<TensorFile, Float> common = new HashMap<>();
    counts.forEach((weights, alphas) -> {
      int most = Collections.max(alphas.values());
      alphas.entrySet().stream().filter(entry -> entry.getValue() == most).findFirst()
          .ifPresent(entry -> common.put(weights, entry.getKey()));
    });
    return common;
  }

  private static String describe(List<String> unknown, List<String> unfit) {
    List<String> problems = new ArrayList<>();
    if (!unknown.isEmpty()) {
      problems.add("unknown " + abbreviate(unknown));
    }
    if (!unfit.isEmpty()) {
      problems.add("unfit: " + abbreviate(unfit));
    }
    return problems.isEmpty() ? "it is empty" : String.join("; ", problems);
  }

  private static @Nullable String problem(Map<Role, StoredTensor> parts, StoredTensor weight) {
    StoredTensor down = parts.get(Role.DOWN);
    StoredTensor up = parts.get(Role.UP);
    StoredTensor alpha = parts.get(Role.ALPHA);
    if (down == null || up == null) {
      StoredTensor alone = down != null ? down : up != null ? up : alpha;
      return (alone == null ? "an adapter" : alone.name()) + " lacks its counterpart";
    }
    if (alpha != null && alpha.elementCount() != 1) {
      return alpha.name() + " is " + Arrays.toString(alpha.shape()) + " instead of one number";
    }
    for (StoredTensor part : parts.values()) {
      if (part != alpha && !part.dtype().isFloatingPoint()) {
        return part.name() + " is " + part.dtype() + " instead of a floating-point type";
      }
    }
    return LoraDelta.fits(down.shape(), up.shape(), weight.shape()) ? null
        : down.name() + " is " + Arrays.toString(down.shape()) + " and " + up.name() + " " + Arrays.toString(up.shape())
            + ", but " + weight.name() + " of " + weight.origin() + " is " + Arrays.toString(weight.shape());
  }

  /** Returns α/R. */
  private static double factor(
      Layer layer, Parts parts, @Nullable Float commonAlpha, @Nullable PeftConfig config) {
    double rank = (double) parts.down().shape()[0];
    StoredTensor own = parts.tensors.get(Role.ALPHA);
    if (own != null && commonAlpha != null) {
      return (parts.takesCommonAlpha ? commonAlpha : (double) own.toFloatArray()[0]) / rank;
    }
    return config == null ? 1 : config.factor(layer.module(), rank);
  }

  /**
   * Returns the changes of a network's weights.
   *
   * @param weights the weights of its {@link LoraTarget}
   * @return for
   *     {@link io.gill.torch.Weights#of(TensorFile, io.gill.torch.Scope, io.gill.Device, io.gill.Precision, Map)}
   */
  public Map<String, UnaryOperator<Tensor>> changes(TensorFile weights) {
    Map<String, UnaryOperator<Tensor>> changes = new HashMap<>();
    deltas.getOrDefault(weights, Map.of()).forEach((key, all) -> changes.put(key, weight -> {
      Tensor sum = weight;
      for (LoraDelta delta : all) {
        sum = delta.addTo(sum);
      }
      return sum;
    }));
    return changes;
  }

  private static String abbreviate(List<String> names) {
    int shown = Math.min(names.size(), SHOWN);
    String rest = names.size() > shown ? " and " + (names.size() - shown) + " more" : "";
    return String.join(", ", names.subList(0, shown)) + rest;
  }
}
