package io.gill.examples.parity;

import io.gill.Device;
import io.gill.GillModel;
import io.gill.LoadOptions;
import io.gill.clip.ClipVisionModel;
import io.gill.lm.DecoderModel;
import io.gill.projection.DecisionClassifier;
import io.gill.stage.Stages;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The models of a folder. Each is loaded when a case first needs it, once per combination of options. */
final class Models implements AutoCloseable {
  private final Folder folder;
  private final Device device;
  private final Map<Key, Lazy<GillModel>> loaded = new HashMap<>();

  Models(Folder folder, Device device) {
    this.folder = folder;
    this.device = device;
  }

  private record Key(String name, LoadOptions options) {}

  GillModel get(String name, boolean retrieval, boolean generation) {
    LoadOptions options = LoadOptions.builder().device(device).retrieval(retrieval).generation(generation).build();
    return loaded.computeIfAbsent(new Key(name, options),
        key -> new Lazy<>(() -> GillModel.load(folder.root().resolve(name), options))).get();
  }

  /** The device of all models. */
  Device device() {
    return device;
  }

  /** Returns the stages of a whole model. */
  Stages stages(String name) {
    return get(name, true, true).stages();
  }

  /** Returns a stage, or fails if the model does not have it. */
  static <T> T present(String what, Optional<T> stage) {
    return stage.orElseThrow(() -> new IllegalStateException("the model has no " + what));
  }

  DecoderModel language(String name) {
    return as(DecoderModel.class, stages(name).languageModel());
  }

  ClipVisionModel clip(String name) {
    return as(ClipVisionModel.class, present("vision encoder", stages(name).vision()).encoder());
  }

  DecisionClassifier decision(String name) {
    return as(DecisionClassifier.class, present("decision model", stages(name).decision()));
  }

  private static <T> T as(Class<T> type, Object stage) {
    if (!type.isInstance(stage)) {
      throw new IllegalStateException("the stage is a " + stage.getClass().getName() + ", not a " + type.getName());
    }
    return type.cast(stage);
  }

  @Override
  public void close() {
    loaded.values().forEach(Lazy::close);
  }
}
