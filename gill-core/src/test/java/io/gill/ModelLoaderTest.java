package io.gill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.directory.HuggingFaceCache;
import io.gill.testing.FakeImageGenerator;
import io.gill.testing.FakeImageRetriever;
import io.gill.testing.FakeLanguageModel;
import io.gill.testing.FakeModel;
import io.gill.testing.FakeTokenizer;
import io.gill.testsupport.Reference;
import io.gill.torch.Tensor;
import io.gill.weights.Snapshot;
import io.gill.weights.TensorData;
import io.gill.weights.TensorFile;
import io.gill.weights.TensorWriter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Loading without gill-diffusion and gill-retrieval on the class path. */
class ModelLoaderTest {
  private static final HuggingFaceCache NO_CACHE = new HuggingFaceCache(Map.of(), Path.of("/nowhere"));

  @TempDir Path folder;

  @Test
  void aModelWithoutTheOtherModulesAnswersAndSaysWhatItCannotDo() {
    long before = Tensor.live();
    try (GillModel model = GillModel.load(Reference.path("model-a"))) {
      assertThat(model.capabilities().reads()).isTrue();
      assertThat(model.capabilities().retrieves()).isFalse();
      assertThat(model.capabilities().generates()).isFalse();
      assertThat(model.capabilities().decides()).isTrue();
      assertThat(model.capabilities().notes())
          .anyMatch(note -> note.contains("gill-retrieval"))
          .anyMatch(note -> note.contains("gill-diffusion"));
      Reply reply = model.respond(
          Conversation.builder().image(Reference.path("model-a", "prompts", "pic_0.png")).text("What is this?").build(),
          RespondOptions.builder().imageBias(1000).minWordTokens(2).build());
      assertThat(reply.images()).hasSize(1);
      assertThat(reply.images().get(0).embedding().conditioning().tokens()).hasDimensions(77, 24);
    }
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void aStageGivenByHandWins() {
    FakeImageRetriever images = new FakeImageRetriever(4);
    try (GillModel model = GillModel.builder()
        .directory(Reference.path("model-b"), LoadOptions.defaults())
        .imageRetriever(images)
        .imageSource(images)
        .decisionModel(hidden -> new io.gill.stage.DecisionModel.Probabilities(0.1, 0.9))
        .build()) {
      Reply reply = model.respond(
          Conversation.of("show me"), RespondOptions.builder().imageBias(1000).minWordTokens(1).build());
      assertThat(reply.images().get(0).retrieved()).hasSize(3);
      assertThat(reply.images().get(0).decision().probabilities().orElseThrow().retrieve()).isEqualTo(0.9);
    }
  }

  @Test
  void aMapperGivenByHandMayBeOfAnotherWidthThanTheModels() {
    GillModel.Builder builder = GillModel.builder()
        .directory(Reference.path("model-a"), LoadOptions.defaults())
        .imageGenerator(new FakeImageGenerator());
    assertThatThrownBy(builder::build)
        .isInstanceOf(GillException.class)
        .hasMessageContaining("gen_emb_dim 24").hasMessageContaining("model_args.json");
    try (GillModel model = builder
        .generationMapper(FakeModel.generationMapper()).build()) {
      Reply reply = model.respond(Conversation.of("show me"),
          RespondOptions.builder().imageBias(1000).minWordTokens(1).build());
      assertThat(reply.images().get(0).generated()).hasSize(1);
    }
  }

  @Test
  void theFirstProviderThatHasSomethingWinsAndNoOtherIsOpened() {
    List<String> opened = new ArrayList<>();
    assertThat(ModelLoader.first(List.of("", "a", "b"), name -> {
      opened.add(name);
      return name.isEmpty() ? Optional.empty() : Optional.of(name);
    })).hasValue("a");
    assertThat(opened).containsExactly("", "a");
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "model_args.json", "pretrained_ckpt.pth.tar", "opt/config.json", "opt/vocab.json", "opt/merges.txt",
    "opt/model.safetensors", "clip/preprocessor_config.json", "clip/model.safetensors"})
  void aMissingFileIsNamed(String file) throws IOException {
    Path model = copy("model-a");
    Files.delete(model.resolve(file));
    long before = Tensor.live();
    assertThatThrownBy(() -> GillModel.load(model))
        .isInstanceOf(GillException.class)
        .hasMessageContaining(Path.of(file).getFileName().toString())
        .hasMessageContaining(model.toString());
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void whatIsOptionalMayBeMissing() throws IOException {
    Path model = copy("model-a");
    Files.delete(model.resolve("decision_model.pth.tar"));
    Files.delete(model.resolve("cc3m_embeddings.npy"));
    try (GillModel loaded = GillModel.load(model)) {
      assertThat(loaded.capabilities().decides()).isFalse();
      assertThat(loaded.capabilities().notes()).anyMatch(note -> note.contains("decision_model.pth.tar"));
    }
  }

  @Test
  void everythingThatIsMissingComesInOneError() {
    assertThatThrownBy(() -> new ModelLoader(folder, LoadOptions.defaults(), NO_CACHE).load(new StageChoice()))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("model_args.json")
        .hasMessageContaining("pretrained_ckpt.pth.tar")
        .hasMessageContaining("opt")
        .hasMessageContaining("clip");
    assertThatThrownBy(() -> GillModel.load(folder.resolve("nothing"))).hasMessageContaining("not a directory");
  }

  @Test
  void filesThatAreMissingInSeveralPartsComeInOneError() throws IOException {
    Path model = copy("model-a");
    Files.delete(model.resolve("model_args.json"));
    Files.delete(model.resolve("opt/merges.txt"));
    Files.delete(model.resolve("clip/config.json"));
    Files.delete(model.resolve("clip/preprocessor_config.json"));
    Files.move(model.resolve("opt/model.safetensors"), model.resolve("opt/model-00001-of-00003.safetensors"));
    Files.writeString(model.resolve("opt/model.safetensors.index.json"), "{\"weight_map\": {"
        + "\"a\": \"model-00001-of-00003.safetensors\", \"b\": \"model-00002-of-00003.safetensors\","
        + "\"c\": \"model-00003-of-00003.safetensors\"}}");
    long before = Tensor.live();
    assertThatThrownBy(() -> GillModel.load(model))
        .isInstanceOf(GillException.class)
        .hasMessageContaining(model.resolve("model_args.json").toString())
        .hasMessageContaining("merges.txt")
        .hasMessageContaining("model-00002-of-00003.safetensors, model-00003-of-00003.safetensors")
        .hasMessageContaining(model.resolve("clip/config.json").toString())
        .hasMessageContaining(model.resolve("clip/preprocessor_config.json").toString());
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void snapshotsAreFoundInHuggingFacesCacheAndEveryPlaceIsNamed() throws IOException {
    Path model = copy("model-a");
    Path hub = folder.resolve("home/.cache/huggingface/hub");
    HuggingFaceCache cache = new HuggingFaceCache(
        Map.of("HF_HUB_CACHE", folder.resolve("elsewhere").toString()), folder.resolve("home"));
    Path opt = hub.resolve("models--facebook--opt-tiny");
    Files.createDirectories(opt.resolve("refs"));
    Files.createDirectories(opt.resolve("snapshots"));
    Files.writeString(opt.resolve("refs/main"), "abc123\n");
    Files.move(model.resolve("opt"), opt.resolve("snapshots/abc123"));
    Path clip = hub.resolve("models--openai--clip-vit-tiny/snapshots");
    assertThatThrownBy(() -> {
      Files.move(model.resolve("clip"), folder.resolve("kept"));
      new ModelLoader(model, LoadOptions.defaults(), cache).load(new StageChoice());
    })
        .isInstanceOf(GillException.class)
        .hasMessageContaining(folder.resolve("elsewhere").toString())
        .hasMessageContaining(hub.toString())
        .hasMessageNotContaining("opt-tiny");
    Files.createDirectories(clip);
    Files.move(folder.resolve("kept"), clip.resolve("only"));
    try (GillModel loaded = new ModelLoader(model, LoadOptions.defaults(), cache).load(new StageChoice())) {
      assertThat(loaded.capabilities().reads()).isTrue();
    }
  }

  @Test
  void aModelNameThatIsAPathIsRefused() throws IOException {
    Path model = copy("model-a");
    Path args = model.resolve("model_args.json");
    Files.writeString(args, Files.readString(args).replace("facebook/opt-tiny", "../../etc"));
    Files.move(model.resolve("opt"), folder.resolve("away"));
    assertThatThrownBy(() -> new ModelLoader(model, LoadOptions.defaults(), NO_CACHE).load(new StageChoice()))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("../../etc");
  }

  @Test
  void partsOfTwoModelsDoNotLoadTogether() throws IOException {
    Path model = copy("model-a");
    Files.copy(Reference.path("model-b", "pretrained_ckpt.pth.tar"), model.resolve("pretrained_ckpt.pth.tar"),
        StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> GillModel.load(model))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("pretrained_ckpt.pth.tar");
    for (String kind : List.of("wrong_shape", "wrong_in_dim", "missing_key", "extra_key", "int_weights")) {
      Path other = copy("model-a");
      Files.copy(Reference.path("golden", "checkpoints", "bad", "decision_" + kind + ".pth.tar"),
          other.resolve("decision_model.pth.tar"), StandardCopyOption.REPLACE_EXISTING);
      assertThatThrownBy(() -> GillModel.load(other))
          .isInstanceOf(GillException.class)
          .hasMessageContaining("decision_model.pth.tar");
    }
  }

  @Test
  void trainedPartsAndWidthsAreReportedTogetherWithMissingFiles() throws IOException {
    Path model = copy("model-a");
    Path args = model.resolve("model_args.json");
    Files.writeString(args, Files.readString(args).replace("\"ret_emb_dim\": 16", "\"ret_emb_dim\": 15"));
    Files.copy(Reference.path("golden", "checkpoints", "bad", "decision_missing_key.pth.tar"),
        model.resolve("decision_model.pth.tar"), StandardCopyOption.REPLACE_EXISTING);
    Files.delete(model.resolve("clip/config.json"));
    long before = Tensor.live();
    assertThatThrownBy(() -> GillModel.builder().directory(model, LoadOptions.defaults())
        .imageGenerator(new FakeImageGenerator()).build())
        .isInstanceOf(GillException.class)
        .hasMessageStartingWith(model + " cannot be loaded: ")
        .hasMessageContaining(model.resolve("clip/config.json").toString())
        .hasMessageContaining("model.visual_fc.weight is [16, 32] instead of [15, 32]")
        .hasMessageContaining("missing 1.bias")
        .hasMessageContaining("gen_emb_dim 24");
    Files.move(model.resolve("clip"), folder.resolve("clip"));
    Files.move(model.resolve("opt"), folder.resolve("opt"));
    Files.move(copy("model-b").resolve("clip"), model.resolve("clip"));
    Files.move(copy("model-b").resolve("opt"), model.resolve("opt"));
    Files.copy(Reference.path("model-a", "model_args.json"), args, StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> GillModel.load(model))
        .hasMessageContaining("hidden_size of the vision encoder is 24, but")
        .hasMessageContaining("word_embed_proj_dim is 16, but")
        .hasMessageContaining("missing 1.bias");
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource({"opt, word_embed_proj_dim", "clip, hidden_size"})
  void aFrozenPartOfAnotherWidthIsRefusedByFileAndKey(String part, String key) throws IOException {
    Path model = copy("model-a");
    Files.move(model.resolve(part), folder.resolve("away"));
    Files.move(copy("model-b").resolve(part), model.resolve(part));
    long before = Tensor.live();
    assertThatThrownBy(() -> GillModel.load(model))
        .isInstanceOf(GillException.class)
        .hasMessageContaining(model.resolve(part).resolve("config.json") + ": " + key)
        .hasMessageContaining("pretrained_ckpt.pth.tar");
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void aLanguageModelGivenByHandMustFitTheProjections() {
    FakeTokenizer tokenizer = new FakeTokenizer();
    assertThatThrownBy(() -> GillModel.builder()
        .directory(Reference.path("model-a"), LoadOptions.defaults())
        .tokenizer(tokenizer).languageModel(new FakeLanguageModel(tokenizer, prompt -> "x")).build())
        .isInstanceOf(GillException.class)
        .hasMessageContaining("given by hand is 8").hasMessageContaining("input_embeddings.weight");
  }

  @Test
  void aDecisionModelMayLieInsideGillSafetensors() throws IOException {
    Path model = copy("model-a");
    RespondOptions options = RespondOptions.builder().imageBias(1000).minWordTokens(2).build();
    double expected = probability(model, options);
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    read(model.resolve("pretrained_ckpt.pth.tar"), "", tensors);
    read(model.resolve("decision_model.pth.tar"), "decision_model.", tensors);
    Files.delete(model.resolve("pretrained_ckpt.pth.tar"));
    Files.delete(model.resolve("decision_model.pth.tar"));
    TensorWriter.safetensors(model.resolve("gill.safetensors"), tensors, Map.of());
    assertThat(probability(model, options)).isEqualTo(expected);

    tensors.remove("decision_model.1.bias");
    TensorWriter.safetensors(model.resolve("gill.safetensors"), tensors, Map.of());
    assertThatThrownBy(() -> GillModel.load(model))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("decision_model.1.bias");

    tensors.remove("decision_model.1.weight");
    TensorWriter.safetensors(model.resolve("gill.safetensors"), tensors, Map.of());
    try (GillModel loaded = GillModel.load(model)) {
      assertThat(loaded.capabilities().decides()).isFalse();
    }
  }

  private static double probability(Path model, RespondOptions options) {
    FakeImageRetriever images = new FakeImageRetriever(4);
    try (GillModel loaded = GillModel.builder().directory(model, LoadOptions.defaults())
        .imageRetriever(images).imageSource(images).build()) {
      Reply reply = loaded.respond(Conversation.of("show me"), options);
      return reply.images().get(0).decision().probabilities().orElseThrow().retrieve();
    }
  }

  private static void read(Path file, String prefix, Map<String, TensorData> tensors) {
    try (TensorFile weights = TensorFile.open(file)) {
      for (String name : weights.names()) {
        tensors.put(prefix + name, TensorData.of(weights.get(name).toFloatArray(), weights.get(name).shape()));
      }
    }
  }

  @Test
  void whatDoesNotFitIntoMemoryIsRefusedBeforeAnythingIsLoaded() throws IOException {
    Path model = copy("model-a");
    Files.delete(model.resolve("opt/model.safetensors"));
    sparse(model.resolve("opt/model.safetensors"), 1024);
    long before = Tensor.live();
    List<Long> loaded = new ArrayList<>();
    LoadOptions options = LoadOptions.builder().listener((part, done, total) -> loaded.add(done)).build();
    assertThatThrownBy(() -> GillModel.load(model, options)).isInstanceOf(GillException.class)
        .hasMessageMatching(Pattern.quote(model + " needs 2199.0 GB of memory, but ") + "[0-9.]+ GB are available:"
            // in 16 bits it would not fit, either
            + " quantise the language model once with 'quantize' of gill-examples, .*");
    assertThat(loaded).isEmpty();
    // stays mapped, and would be read from disk
    LoadOptions fitting = options.toBuilder().precision(Precision.FLOAT16).build();
    assertThatThrownBy(() -> GillModel.load(model, fitting)).isInstanceOf(GillException.class)
        .hasMessageContaining("does not hold the weights of the language model");
    assertThat(Tensor.live()).isEqualTo(before);
  }

  /** Writes a file of matrices of 1 GiB in 16 bits, which takes no space. */
  private static void sparse(Path path, int matrices) throws IOException {
    StringJoiner entries = new StringJoiner(",", "{", "}");
    for (long i = 0; i < matrices; i++) {
      entries.add("\"w" + i + "\":{\"dtype\":\"F16\",\"shape\":[512,1048576],\"data_offsets\":[" + (i << 30) + ","
          + ((i + 1) << 30) + "]}");
    }
    String json = entries.toString();
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length()).array());
      file.writeBytes(json);
      file.setLength(8 + json.length() + ((long) matrices << 30));
    }
  }

  @Test
  void progressIsReportedPartByPartUpToAllBytes() throws IOException {
    List<LoadListener.Part> parts = new ArrayList<>();
    List<Long> bytes = new ArrayList<>();
    LoadListener listener = (part, done, total) -> {
      parts.add(part);
      bytes.add(done);
      assertThat(done).isLessThanOrEqualTo(total);
    };
    GillModel.load(Reference.path("model-a"), LoadOptions.builder().listener(listener).build()).close();
    assertThat(parts).isSorted().contains(LoadListener.Part.LANGUAGE_MODEL, LoadListener.Part.VISION_ENCODER);
    assertThat(bytes).isSorted().hasSizeGreaterThan(10);
    try (TensorFile language = Snapshot.open(Reference.path("model-a", "opt"));
        TensorFile vision = Snapshot.open(Reference.path("model-a", "clip"))) {
      assertThat(bytes.get(bytes.size() - 1)).isEqualTo(Stream.of(language, vision)
          .flatMapToLong(file -> file.names().stream().mapToLong(name -> file.get(name).byteSize())).sum());
    }
  }

  @Test
  void aListenerThatThrowsEndsLoadingAndLeavesNothing() {
    long before = Tensor.live();
    IllegalStateException stop = new IllegalStateException("stop");
    for (LoadListener.Part last : List.of(LoadListener.Part.LANGUAGE_MODEL, LoadListener.Part.VISION_ENCODER)) {
      LoadOptions options = LoadOptions.builder().listener((part, done, total) -> {
        if (part == last) {
          throw stop;
        }
      }).build();
      assertThatThrownBy(() -> GillModel.load(Reference.path("model-a"), options)).isSameAs(stop);
    }
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void cudaWithoutCudaIsAnErrorAndNotASilentRunOnTheCpu() {
    assertThatThrownBy(
            () -> GillModel.load(Reference.path("model-a"), LoadOptions.builder().device(Device.cuda(77)).build()))
        .isInstanceOf(GillException.class)
        .hasMessageContaining("cuda:77");
  }

  private Path copy(String name) throws IOException {
    Path source = Reference.path(name);
    Path target = Files.createTempDirectory(folder, name);
    Files.walkFileTree(source, new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) throws IOException {
        String relative = source.relativize(dir).toString();
        if (relative.equals("sd") || relative.equals("images")) {
          return FileVisitResult.SKIP_SUBTREE;
        }
        Files.createDirectories(target.resolve(relative));
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
        Files.copy(file, target.resolve(source.relativize(file).toString()));
        return FileVisitResult.CONTINUE;
      }
    });
    return target;
  }
}
