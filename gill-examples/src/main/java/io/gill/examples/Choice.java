package io.gill.examples;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Parses an enum constant in kebab case: {@code dpm-solver} is {@code DPM_SOLVER}.
 *
 * @param <E> the enum
 */
public abstract class Choice<E extends Enum<E>> implements ITypeConverter<E> {
  private final Class<E> type;

  /**
   * Creates a parser.
   *
   * @param type the enum
   */
  protected Choice(Class<E> type) {
    this.type = type;
  }

  @Override
  public final E convert(String value) {
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> name(constant).equals(value.toLowerCase(Locale.ROOT).replace('_', '-')))
        .findFirst()
        .orElseThrow(() -> new TypeConversionException("'" + value + "' is not one of " + names()));
  }

  private String names() {
    return Arrays.stream(type.getEnumConstants()).map(Choice::name).collect(Collectors.joining(", "));
  }

  /**
   * Returns the name of a constant in kebab case.
   *
   * @param constant the constant
   * @return the name
   */
  public static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
