package io.gill.examples;

import io.gill.Device;
import io.gill.Precision;
import picocli.CommandLine.Option;

/** Command-line options for where and in which type networks are computed. */
final class DeviceOptions {
  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      converter = DeviceConverter.class,
      description = "cpu (default), cuda or cuda:INDEX.")
  Device device = Device.CPU;

  @Option(
      names = "--precision",
      paramLabel = "TYPE",
      converter = ModelOptions.PrecisionConverter.class,
      description = "float32 (default), bfloat16 or float16.")
  Precision precision = Precision.FLOAT32;
}
