package io.gill.evaluation;

import io.gill.GillException;
import io.gill.weights.StoredTensor;
import io.gill.weights.TensorFile;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * TensorFlow's Inception graph of 2015-12-05, {@code classify_image_graph_def.pb}, with the names and the layout of
 * pytorch-fid's weights. The classifier, which FID does not need, is left out.
 */
final class InceptionGraph implements TensorFile {
  private static final String KERNEL = "/conv2d_params";

  /** Each name of a tensor in pytorch-fid, and its node in the graph. */
  private static final Map<String, String> NODES = nodes();

  private final TensorFile graph;

  private InceptionGraph(TensorFile graph) {
    this.graph = graph;
  }

  /**
   * Returns a file with pytorch-fid's names.
   *
   * @param file weights; closed if this method fails, and with the result
   * @return a view of the graph, or the same file if it is none
   * @throws GillException if the graph lacks nodes
   */
  static TensorFile of(TensorFile file) {
    if (file.names().stream().noneMatch(name -> name.endsWith(KERNEL))) {
      return file;
    }
    List<String> missing = NODES.values().stream().filter(node -> !file.names().contains(node)).toList();
    if (!missing.isEmpty()) {
      file.close();
      throw new GillException(file.path() + " lacks " + missing.size() + " of the " + NODES.size() + " constants of "
          + "the Inception graph of 2015-12-05, first " + missing.get(0) + ": it is truncated, or another graph");
    }
    return new InceptionGraph(file);
  }

  /** Returns the node of each of pytorch-fid's names. */
  static Map<String, String> nodes() {
    Map<String, String> units = new LinkedHashMap<>();
    add(units, "", "", "Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", "Conv2d_3b_1x1", "Conv2d_4a_3x3");
    addA(units, "mixed/", "Mixed_5b.");
    addA(units, "mixed_1/", "Mixed_5c.");
    addA(units, "mixed_2/", "Mixed_5d.");
    add(units, "mixed_3/", "Mixed_6a.", "branch3x3");
    add(units, "mixed_3/tower/", "Mixed_6a.", "branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3");
    addC(units, "mixed_4/", "Mixed_6b.");
    addC(units, "mixed_5/", "Mixed_6c.");
    addC(units, "mixed_6/", "Mixed_6d.");
    addC(units, "mixed_7/", "Mixed_6e.");
    add(units, "mixed_8/tower/", "Mixed_7a.", "branch3x3_1", "branch3x3_2");
    add(units, "mixed_8/tower_1/", "Mixed_7a.",
        "branch7x7x3_1", "branch7x7x3_2", "branch7x7x3_3", "branch7x7x3_4");
    addE(units, "mixed_9/", "Mixed_7b.");
    addE(units, "mixed_10/", "Mixed_7c.");
    Map<String, String> nodes = new LinkedHashMap<>();
    units.forEach((unit, module) -> {
      nodes.put(module + ".conv.weight", unit + KERNEL);
      nodes.put(module + ".bn.weight", unit + "/batchnorm/gamma");
      nodes.put(module + ".bn.bias", unit + "/batchnorm/beta");
      nodes.put(module + ".bn.running_mean", unit + "/batchnorm/moving_mean");
      nodes.put(module + ".bn.running_var", unit + "/batchnorm/moving_variance");
    });
    return Collections.unmodifiableMap(nodes);
  }

  private static void addA(Map<String, String> units, String scope, String block) {
    add(units, scope, block, "branch1x1");
    add(units, scope + "tower/", block, "branch5x5_1", "branch5x5_2");
    add(units, scope + "tower_1/", block, "branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3");
    add(units, scope + "tower_2/", block, "branch_pool");
  }

  private static void addC(Map<String, String> units, String scope, String block) {
    add(units, scope, block, "branch1x1");
    add(units, scope + "tower/", block, "branch7x7_1", "branch7x7_2", "branch7x7_3");
    add(units, scope + "tower_1/", block,
        "branch7x7dbl_1", "branch7x7dbl_2", "branch7x7dbl_3", "branch7x7dbl_4", "branch7x7dbl_5");
    add(units, scope + "tower_2/", block, "branch_pool");
  }

  private static void addE(Map<String, String> units, String scope, String block) {
    add(units, scope, block, "branch1x1");
    add(units, scope + "tower/", block, "branch3x3_1");
    add(units, scope + "tower/mixed/", block, "branch3x3_2a", "branch3x3_2b");
    add(units, scope + "tower_1/", block, "branch3x3dbl_1", "branch3x3dbl_2");
    add(units, scope + "tower_1/mixed/", block, "branch3x3dbl_3a", "branch3x3dbl_3b");
    add(units, scope + "tower_2/", block, "branch_pool");
  }

  /** Adds the convolutions of a scope of the graph: conv, conv_1, conv_2, … */
  private static void add(Map<String, String> units, String scope, String block, String... modules) {
    for (int i = 0; i < modules.length; i++) {
      units.put(scope + (i == 0 ? "conv" : "conv_" + i), block + modules[i]);
    }
  }

  @Override
  public Path path() {
    return graph.path();
  }

  @Override
  public Set<String> names() {
    return NODES.keySet();
  }

  /** The axes of a kernel are height, width, input and output channels in the graph. */
  @Override
  public StoredTensor get(String name) {
    String node = NODES.getOrDefault(name, name);
    StoredTensor tensor = graph.get(node);
    return node.endsWith(KERNEL) && tensor.shape().length == 4 ? tensor.permute(3, 2, 0, 1) : tensor;
  }

  @Override
  public void checkUnchanged() {
    graph.checkUnchanged();
  }

  @Override
  public void close() {
    graph.close();
  }
}
