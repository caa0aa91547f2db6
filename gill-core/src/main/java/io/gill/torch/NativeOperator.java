package io.gill.torch;

import io.gill.GillException;
import java.util.Arrays;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Context;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.Operation;
import org.bytedeco.pytorch.Operator;
import org.bytedeco.pytorch.OperatorVector;
import org.bytedeco.pytorch.QEngineVector;
import org.bytedeco.pytorch.Symbol;
import org.bytedeco.pytorch.Type;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.QEngine;
import org.jspecify.annotations.Nullable;

/** An operator of libtorch that has no method in the Java API. Thread-safe. */
final class NativeOperator {
  private final Operator operator;
  private final Operation operation; // each call of getOperation() copies it

  private NativeOperator(Operator operator) {
    this.operator = operator;
    operation = operator.getOperation();
  }

  /**
   * Finds the overload without a name.
   *
   * @param name namespace and name: {@code quantized::embedding_bag_byte_unpack}
   */
  static NativeOperator of(String name) {
    OperatorVector operators = torch.getAllOperatorsFor(Symbol.fromQualString(name));
    for (Operator operator : operators.get()) {
      @Nullable BytePointer overload = operator.schema().overload_name(); // null if empty
      if (overload == null || overload.getString().isEmpty()) {
        return new NativeOperator(operator);
      }
    }
    throw new GillException("this libtorch has no " + name + ": use the version that gill's pom names");
  }

  /**
   * Finds an operator of oneDNN.
   *
   * @return null in a build without oneDNN, as for macOS
   */
  static @Nullable NativeOperator ofOneDnn(String name) {
    return torch.hasMKLDNN() ? ofNullable(name) : null;
  }

  /**
   * Finds an operator of FBGEMM.
   *
   * @return null in a build without FBGEMM, as for macOS
   */
  static @Nullable NativeOperator ofFbgemm(String name) {
    try (QEngineVector engines = Context.supportedQEngines()) {
      boolean found = Arrays.stream(engines.get()).anyMatch(engine -> engine.intern() == QEngine.FBGEMM);
      return found ? ofNullable(name) : null;
    }
  }

  private static @Nullable NativeOperator ofNullable(String name) {
    try {
      return of(name);
    } catch (GillException e) {
      return null;
    }
  }

  /** Returns the value of an argument that is an empty list, given its index. */
  IValue emptyList(int index) {
    return new IValue(new GenericList(argumentType(index).containedType(0)));
  }

  /** Returns the type of an argument, given its index. */
  Type argumentType(int index) {
    return operator.schema().arguments().position(index).type().get();
  }

  /**
   * Calls the operator.
   *
   * @param arguments all arguments; null, a tensor, a long, a boolean, a double or a value of libtorch
   * @return the first result, to be closed by the caller
   */
  org.bytedeco.pytorch.Tensor call(@Nullable Object... arguments) {
    try (IValue result = callForValue(arguments); org.bytedeco.pytorch.Tensor tensor = result.toTensor()) {
      return new org.bytedeco.pytorch.Tensor(tensor); // a new reference, since the result is freed
    }
  }

  /**
   * Calls the operator.
   *
   * @param arguments as for {@link #call}
   * @return the first result, to be closed by the caller
   */
  IValue callForValue(@Nullable Object... arguments) {
    try (IValueVector stack = new IValueVector(arguments.length)) {
      for (int i = 0; i < arguments.length; i++) {
        if (arguments[i] instanceof IValue value) {
          stack.put(i, value);
        } else {
          try (IValue value = value(arguments[i])) {
            stack.put(i, value);
          }
        }
      }
      operation.apply(stack);
      try (IValue result = stack.get(0)) {
        return new IValue(result); // a new reference, since the stack is freed
      }
    }
  }

  private static IValue value(@Nullable Object argument) {
    if (argument == null) {
      return new IValue();
    }
    if (argument instanceof Tensor tensor) {
      return new IValue(tensor.at());
    }
    if (argument instanceof org.bytedeco.pytorch.Tensor tensor) {
      return new IValue(tensor);
    }
    if (argument instanceof Long number) {
      return new IValue(number);
    }
    if (argument instanceof Double number) {
      return new IValue(number);
    }
    return new IValue((Boolean) argument);
  }
}
