package io.gill.examples;

import io.gill.Device;
import io.gill.GillModel;
import io.gill.LoadOptions;
import io.gill.Precision;
import io.gill.Quantization;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** Command-line options for loading a model. */
final class ModelOptions {
  @CommandLine.Spec(CommandLine.Spec.Target.MIXEE)
  private CommandLine.Model.@Nullable CommandSpec command;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      converter = DeviceConverter.class,
      description = "cpu (default), cuda or cuda:INDEX.")
  private Device device = Device.CPU;

  @Option(
      names = "--precision",
      paramLabel = "TYPE",
      converter = PrecisionConverter.class,
      description = "float32 (default), bfloat16 or float16.")
  private Precision precision = Precision.FLOAT32;

  @Option(
      names = "--quantization",
      paramLabel = "TYPE",
      converter = QuantizationConverter.class,
      description = "none (default), int8 or int4: quantise the language model while loading it.")
  private Quantization quantization = Quantization.NONE;

  @Option(names = "--no-retrieval", description = "Do not load the collection of images.")
  private boolean noRetrieval;

  @Option(names = "--no-generation", description = "Do not load the image generator.")
  private boolean noGeneration;

  Device device() {
    return device;
  }

  Precision precision() {
    return precision;
  }

  Quantization quantization() {
    return quantization;
  }

  GillModel load(Path directory) {
    LoadOptions options = LoadOptions.builder()
        .device(device).precision(precision).quantization(quantization)
        .retrieval(!noRetrieval).generation(!noGeneration)
        .listener(new LoadingLine(Objects.requireNonNull(command).commandLine().getErr(), System::nanoTime))
        .build();
    return GillModel.load(directory, options);
  }

  Map<String, String> describe() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("device", device.toString());
    facts.put("precision", Choice.name(precision));
    facts.put("quantization", Choice.name(quantization));
    facts.put("retrieval", noRetrieval ? "off" : "on");
    facts.put("generation", noGeneration ? "off" : "on");
    return facts;
  }

  static final class PrecisionConverter extends Choice<Precision> {
    PrecisionConverter() {
      super(Precision.class);
    }
  }

  static final class QuantizationConverter extends Choice<Quantization> {
    QuantizationConverter() {
      super(Quantization.class);
    }
  }
}
