package io.gill.diffusion.lora;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names that the published code of Stable Diffusion and SDXL (SGM) gives to the modules of a UNet. Its blocks are
 * numbered through: all layers of the way down, each followed by its attention, and the same on the way up.
 */
final class SgmNames {
  private static final Pattern LAYER =
      Pattern.compile("(down|up)_blocks\\.(\\d+)\\.(resnets|attentions|downsamplers|upsamplers)\\.(\\d+)\\.(.+)");
  private static final Pattern MIDDLE = Pattern.compile("mid_block\\.(resnets|attentions)\\.(\\d)\\.(.+)");

  private static final Map<String, String> OUTER = Map.of(
      "conv_in", "input_blocks.0.0", "conv_norm_out", "out.0", "conv_out", "out.2",
      "time_embedding.linear_1", "time_embed.0", "time_embedding.linear_2", "time_embed.2",
      "add_embedding.linear_1", "label_emb.0.0", "add_embedding.linear_2", "label_emb.0.2");

  private static final Map<String, String> RESNET = Map.of(
      "norm1", "in_layers.0", "conv1", "in_layers.2", "time_emb_proj", "emb_layers.1",
      "norm2", "out_layers.0", "conv2", "out_layers.3", "conv_shortcut", "skip_connection");

  private final Collection<String> modules;
  private final int layers;

  /** Derives the names from the modules of a UNet, named as in diffusers. */
  SgmNames(Collection<String> modules) {
    this.modules = modules;
    int count = 0;
    while (has("down_blocks.0.resnets." + count + ".")) {
      count++;
    }
    layers = count;
  }

  private boolean has(String prefix) {
    return modules.stream().anyMatch(module -> module.startsWith(prefix));
  }

  /** Returns the published name of a module; empty if it belongs to no such UNet. */
  Optional<String> of(String module) {
    if (layers == 0) {
      return Optional.empty();
    }
    Matcher middle = MIDDLE.matcher(module);
    if (middle.matches()) {
      boolean resnet = middle.group(1).equals("resnets");
      int place = resnet ? 2 * Integer.parseInt(middle.group(2)) : 1; // a residual layer on both sides of the attention
      return Optional.of("middle_block." + place + "." + inner(resnet, middle.group(3)));
    }
    Matcher layer = LAYER.matcher(module);
    return layer.matches() ? Optional.of(inBlock(layer)) : Optional.ofNullable(OUTER.get(module));
  }

  private String inBlock(Matcher layer) {
    boolean down = layer.group(1).equals("down");
    int block = Integer.parseInt(layer.group(2));
    int index = Integer.parseInt(layer.group(4));
    // Down: conv_in, then layers and a downsampler per block. Up: one more layer per block, the last with an upsampler.
    int first = block * (layers + 1) + (down ? 1 : 0);
    return switch (layer.group(3)) {
      case "resnets" -> blocks(down) + (first + index) + ".0." + inner(true, layer.group(5));
      case "attentions" -> blocks(down) + (first + index) + ".1." + layer.group(5);
      case "downsamplers" -> blocks(true) + (first + layers) + ".0.op";
      default -> blocks(false) + (first + layers) + (has("up_blocks." + block + ".attentions.") ? ".2." : ".1.")
          + layer.group(5);
    };
  }

  private static String blocks(boolean down) {
    return down ? "input_blocks." : "output_blocks.";
  }

  private static String inner(boolean resnet, String name) {
    return resnet ? RESNET.getOrDefault(name, name) : name;
  }
}
