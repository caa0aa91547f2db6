package io.gill.torch;

import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The source of the tensors, by full key. */
interface WeightSource {
  /** Returns the source's name, for messages. */
  String where();

  Set<String> names();

  long[] shape(String key);

  /** Returns the type of a tensor unless it holds floating-point numbers; null if it does. */
  @Nullable String unfitType(String key);

  /** Creates a missing tensor if possible. */
  boolean make(String key, long... shape);

  Tensor load(String key, boolean kernel);

  /** Returns the size of a tensor in its file; 0 if there is none. */
  long fileBytes(String key);

  /** Returns whether a finite tensor becomes infinite in the precision it is loaded in. */
  boolean overflows(String key);

  /** Returns the first or only element of a tensor. */
  float number(String key);

  float[] row(String key, long index);

  Tensor constant(double value, long... shape);

  /** Computes a tensor with the same lifetime as the others. */
  Tensor keep(String what, Supplier<Tensor> body);
}
