package io.gill.diffusion.lora;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * All keys that a file of adapters may have for the modules of some networks. Flattened names are ambiguous
 * ({@code to_q} has an underscore of its own), so the keys are derived from the modules' names.
 */
final class LoraKeys {
  /** Role of a tensor in an adapter: ΔW = α/r · up · down. */
  enum Role { DOWN, UP, ALPHA }

  /**
   * Meaning of a key.
   *
   * @param target the network
   * @param module the changed module
   * @param role role of the tensor
   * @param flattened whether the key has the style of kohya's trainers
   */
  record Slot(LoraTarget target, String module, Role role, boolean flattened) {
    /** Returns whether the module is the query, key, value or output layer of an attention. */
    boolean isAttention() {
      return PROCESSOR.keySet().stream().anyMatch(module::endsWith);
    }
  }

  private static final List<Pair> FLATTENED = List.of(new Pair(".lora_down.weight", ".lora_up.weight"));
  private static final List<Pair> PROCESSED = List.of(new Pair(".down.weight", ".up.weight"));

  /** Suffixes of a module's name in keys: peft's, and two older ones of diffusers. */
  private static final List<Pair> DOTTED = List.of(
      new Pair(".lora_A.weight", ".lora_B.weight"),
      new Pair(".lora.down.weight", ".lora.up.weight"),
      new Pair(".lora_linear_layer.down.weight", ".lora_linear_layer.up.weight"));

  /** Names of an attention's layers, and their names in attention processors. */
  private static final Map<String, String> PROCESSOR = Map.of(
      ".to_q", ".processor.to_q_lora", ".to_k", ".processor.to_k_lora", ".to_v", ".processor.to_v_lora",
      ".to_out.0", ".processor.to_out_lora",
      ".q_proj", ".to_q_lora", ".k_proj", ".to_k_lora", ".v_proj", ".to_v_lora", ".out_proj", ".to_out_lora");

  private final Map<String, Slot> slots = new HashMap<>();

  private record Pair(String down, String up) {}

  LoraKeys(List<LoraTarget> targets) {
    for (LoraTarget target : targets) {
      List<String> modules = target.modules();
      SgmNames published = new SgmNames(modules);
      for (String module : modules) {
        for (String prefix : target.flattened()) {
          Function<Role, Slot> slot = role -> new Slot(target, module, role, true);
          add(flattened(prefix, module), FLATTENED, slot);
          published.of(module).ifPresent(name -> add(flattened(prefix, name), FLATTENED, slot));
        }
        for (String prefix : target.dotted()) {
          Function<Role, Slot> slot = role -> new Slot(target, module, role, false);
          add(prefix + module, DOTTED, slot);
          PROCESSOR.forEach((end, name) -> {
            if (module.endsWith(end)) {
              add(prefix + module.substring(0, module.length() - end.length()) + name, PROCESSED, slot);
            }
          });
        }
      }
    }
  }

  private static String flattened(String prefix, String module) {
    return prefix + "_" + module.replace('.', '_');
  }

  private void add(String stem, List<Pair> ends, Function<Role, Slot> slot) {
    for (Pair end : ends) {
      slots.put(stem + end.down, slot.apply(Role.DOWN));
      slots.put(stem + end.up, slot.apply(Role.UP));
    }
    slots.put(stem + ".alpha", slot.apply(Role.ALPHA));
  }

  Optional<Slot> find(String key) {
    return Optional.ofNullable(slots.get(key));
  }
}
