package io.gill.weights;

import io.gill.GillException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * TensorFlow's frozen graph, a protobuf message {@code GraphDef}: the 32-bit floats of its constants, by the names of
 * their nodes and in the order of their axes there. All other nodes are skipped.
 */
final class GraphDef {
  // The numbers of the fields.
  private static final int GRAPH_NODE = 1;
  private static final int NODE_NAME = 1;
  private static final int NODE_OP = 2;
  private static final int NODE_ATTRIBUTE = 5;
  private static final int ENTRY_KEY = 1;
  private static final int ENTRY_VALUE = 2;
  private static final int VALUE_TENSOR = 8;
  private static final int TENSOR_TYPE = 1;
  private static final int TENSOR_SHAPE = 2;
  private static final int TENSOR_CONTENT = 4;
  private static final int TENSOR_FLOATS = 5;
  private static final int SHAPE_AXIS = 2;
  private static final int AXIS_SIZE = 1;

  private static final long FLOAT = 1;

  private static final int MAX_RANK = 64;

  /** A hundred times what the largest published graphs have. */
  private static final int MAX_TENSORS = 1_000_000;

  private final MappedFile file;
  private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();

  private GraphDef(MappedFile file) {
    this.file = file;
  }

  /** Returns whether a file may be a graph: it begins with a node that begins with its name, or is called so. */
  static boolean matches(MappedFile file) {
    Path name = file.path().getFileName();
    if (name != null && name.toString().toLowerCase(Locale.ROOT).endsWith(".pb")) {
      return true;
    }
    if (!FileFormat.startsWith(file, tag(GRAPH_NODE)) || file.size() < 3) {
      return false;
    }
    ByteBuffer start = file.slice(0, (int) Math.min(12, file.size()));
    int next = 1;
    while (next < start.capacity() - 1 && start.get(next) < 0) { // a byte of a number that continues
      next++;
    }
    return next < start.capacity() - 1 && start.get(next) > 0 && start.get(next + 1) == tag(NODE_NAME);
  }

  /** Returns the byte that precedes a field of bytes. */
  private static int tag(int field) {
    return field << 3 | 2;
  }

  static TensorFile read(MappedFile file) {
    if (file.size() > Integer.MAX_VALUE) {
      throw new GillException(file.path() + " has " + file.size() + " bytes: a TensorFlow graph has less than 2 GiB");
    }
    GraphDef graph = new GraphDef(file);
    graph.read(ProtobufFields.of(file, "the graph"));
    if (graph.tensors.isEmpty()) {
      throw new GillException(file.path() + " has no constants of 32-bit floats: it is not a frozen TensorFlow graph");
    }
    return new NamedTensors(file.path(), graph.tensors, file::close);
  }

  private void read(ProtobufFields graph) {
    long nodes = 0;
    while (graph.next()) {
      if (graph.number() == GRAPH_NODE) {
        String name = constant(graph.message("node " + nodes));
        nodes++;
        StoredTensor tensor = name == null ? null : tensor(name, graph.message("node '" + name + "'"));
        if (tensor != null && tensors.put(tensor.name(), tensor) != null) {
          throw graph.error("has two nodes with the name '" + name + "'");
        }
        if (tensors.size() > MAX_TENSORS) {
          throw graph.error("has more than " + MAX_TENSORS + " constants");
        }
      }
    }
  }

  /** Returns the name of a node; null if the node is not a constant. */
  private static @Nullable String constant(ProtobufFields node) {
    String name = "";
    String operation = "";
    while (node.next()) {
      if (node.number() == NODE_NAME) {
        name = node.text();
      } else if (node.number() == NODE_OP) {
        operation = node.text();
      }
    }
    return operation.equals("Const") ? name : null;
  }

  /** Returns the value of a constant; null if it has another type. */
  private @Nullable StoredTensor tensor(String name, ProtobufFields node) {
    while (node.next()) {
      if (node.number() == NODE_ATTRIBUTE) {
        ProtobufFields value = value(name, node.message("an attribute of node '" + name + "'"));
        while (value != null && value.next()) {
          if (value.number() == VALUE_TENSOR) {
            return stored(name, value.message("node '" + name + "'"));
          }
        }
      }
    }
    throw node.error("is a constant without a value");
  }

  /** Returns the value of the attribute that has the name {@code value}; null for another attribute. */
  private static @Nullable ProtobufFields value(String name, ProtobufFields entry) {
    String key = "";
    ProtobufFields value = null;
    while (entry.next()) {
      if (entry.number() == ENTRY_KEY) {
        key = entry.text();
      } else if (entry.number() == ENTRY_VALUE) {
        value = entry.message("the value of node '" + name + "'");
      }
    }
    return key.equals("value") ? value : null;
  }

  private @Nullable StoredTensor stored(String name, ProtobufFields tensor) {
    long type = 0;
    long[] shape = new long[0];
    ByteRegion content = null;
    ByteArrayOutputStream listed = new ByteArrayOutputStream();
    while (tensor.next()) {
      if (tensor.number() == TENSOR_TYPE) {
        type = tensor.integer();
      } else if (tensor.number() == TENSOR_SHAPE) {
        shape = shape(tensor.message("the shape of node '" + name + "'"));
      } else if (tensor.number() == TENSOR_CONTENT) {
        content = tensor.bytes();
      } else if (tensor.number() == TENSOR_FLOATS) {
        append(tensor.floats(), listed);
      }
    }
    if (type != FLOAT) {
      return null;
    }
    ByteRegion data = content == null ? ByteRegion.of(ByteBuffer.wrap(listed.toByteArray())) : content;
    if (content == null && data.size() == Float.BYTES) { // the value of all elements
      return StoredTensor.view(file.path(), name, DType.F32, shape, new long[shape.length], 0, data);
    }
    if (data.size() != byteSize(shape)) {
      throw tensor.error("has " + data.size() + " bytes of data, which do not make the shape " + Arrays.toString(shape)
          + "; the file is damaged");
    }
    return StoredTensor.contiguous(file.path(), name, DType.F32, shape, data);
  }

  private static void append(ByteRegion floats, ByteArrayOutputStream list) {
    byte[] bytes = new byte[(int) floats.size()]; // a part of the file
    floats.slice(0, bytes.length).get(bytes);
    list.writeBytes(bytes);
  }

  private static long[] shape(ProtobufFields shape) {
    List<Long> sizes = new ArrayList<>();
    while (shape.next()) {
      if (shape.number() == SHAPE_AXIS) {
        ProtobufFields axis = shape.message("an axis of a shape");
        long size = 0;
        while (axis.next()) {
          size = axis.number() == AXIS_SIZE ? axis.integer() : size;
        }
        if (size < 0 || sizes.size() == MAX_RANK) {
          throw shape.error("has a negative size, or more than " + MAX_RANK + " axes");
        }
        sizes.add(size);
      }
    }
    return sizes.stream().mapToLong(Long::longValue).toArray();
  }

  /** Returns how many bytes the floats of a shape need; the largest number if they are more. */
  private static long byteSize(long[] shape) {
    long bytes = Float.BYTES;
    for (long size : shape) {
      bytes = size == 0 || bytes <= Long.MAX_VALUE / size ? bytes * size : Long.MAX_VALUE;
    }
    return bytes;
  }
}
