package io.gill.examples;

import io.gill.Device;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Parses {@code cpu}, {@code cuda} or {@code cuda:1}. */
public final class DeviceConverter implements ITypeConverter<Device> {
  /** Creates a converter. */
  public DeviceConverter() {}

  @Override
  public Device convert(String value) {
    try {
      return Device.parse(value);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
