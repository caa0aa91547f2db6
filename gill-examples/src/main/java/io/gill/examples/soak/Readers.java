package io.gill.examples.soak;

import io.gill.Conversation;
import io.gill.Device;
import io.gill.DiffusionOptions;
import io.gill.GillModel;
import io.gill.Precision;
import io.gill.RespondOptions;
import io.gill.clip.ClipVisionConfig;
import io.gill.diffusion.scheduler.SchedulerConfig;
import io.gill.examples.Script;
import io.gill.examples.soak.ReaderPromise.Mutator;
import io.gill.examples.soak.ReaderPromise.Reader;
import io.gill.examples.soak.ReaderPromise.Seed;
import io.gill.image.ImageProcessorConfig;
import io.gill.image.ImageReadOptions;
import io.gill.image.Images;
import io.gill.opt.OptConfig;
import io.gill.projection.DecisionClassifier;
import io.gill.projection.ModelArgs;
import io.gill.retrieval.Embeddings;
import io.gill.retrieval.ExactIndex;
import io.gill.retrieval.ImageIndex;
import io.gill.retrieval.ImageSearch;
import io.gill.smallworld.SmallWorld;
import io.gill.text.ClipTokenizer;
import io.gill.text.OptTokenizer;
import io.gill.training.DecisionData;
import io.gill.training.TrainingData;
import io.gill.weights.EmbeddingsFile;
import io.gill.weights.NumpyFile;
import io.gill.weights.TensorData;
import io.gill.weights.TensorFile;
import io.gill.weights.TensorWriter;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;

/** Every reader of untrusted files. */
final class Readers {
  private static final ImageReadOptions STRANGERS =
      ImageReadOptions.untrusted().toBuilder().maxPixels(1_000_000).maxMemory(16 << 20).build();

  private final Corpus corpus;
  private final Path model = SmallWorld.directory();
  private final List<Promise> promises = new ArrayList<>();

  private Readers(Corpus corpus) {
    this.corpus = corpus;
  }

  static List<Promise> all(Corpus corpus) {
    Readers readers = new Readers(corpus);
    try {
      readers.weights();
      readers.pictures();
      readers.settings();
      readers.tables();
      readers.indexes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return readers.promises;
  }

  private void add(String name, String what, String file, List<Seed> seeds, Mutator mutator, Reader reader) {
    List<Seed> all = new ArrayList<>(seeds);
    all.addAll(corpus.of(name));
    promises.add(new ReaderPromise(name,
        what + " from anyone is read or refused in one line, soon and in little memory", file, all, mutator, reader));
  }

  private static Seed right(byte[] bytes) {
    return new Seed(bytes, true);
  }

  private static Seed written(Consumer<Path> writer) throws IOException {
    Path folder = Files.createTempDirectory("gill-soak-seed");
    try {
      Path file = folder.resolve("seed");
      writer.accept(file);
      return right(Files.readAllBytes(file));
    } finally {
      Folders.delete(folder);
    }
  }

  private Seed bundled(String file) throws IOException {
    return right(Files.readAllBytes(model.resolve(file)));
  }

  private void weights() throws IOException {
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    tensors.put("a.weight", TensorData.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
    tensors.put("b", TensorData.half(new float[] {1, 2}, 2));
    tensors.put("c", TensorData.of(new double[] {7}));
    add("read/safetensors", "A safetensors file", "model.safetensors", List.of(
        written(path -> TensorWriter.safetensors(path, tensors, Map.of("format", "pt")))), Containers::safetensors,
        Readers::tensors);
    add("read/checkpoint", "A PyTorch checkpoint (zip)", "model.pth", List.of(
        written(path -> TensorWriter.pyTorch(path, tensors)), bundled("decision_model.pth.tar")),
        Containers::checkpoint, Readers::tensors);
    add("read/legacy", "A PyTorch checkpoint from before 1.6", "model.bin", List.of(right(Pickles.legacy(null)),
        new Seed(Pickles.legacy(new int[] {9}), false)), Pickles::mutate, Readers::tensors);
    add("read/decision", "A decision model", "decision_model.pth.tar", List.of(bundled("decision_model.pth.tar")),
        Containers::checkpoint, path -> DecisionClassifier.load(path, 192, Device.CPU, Precision.FLOAT32).close());
    add("read/embeddings", "An embeddings file", "cc3m.npy", List.of(written(path ->
        EmbeddingsFile.write(path, List.of("a.png", "b.png", "c"), List.of(new float[] {1, 2}, new float[] {3, 4},
            new float[] {5, 6})))), Pickles::mutate, path -> {
          try (EmbeddingsFile file = EmbeddingsFile.open(path)) {
            for (int i = 0; i < file.size(); i++) {
              file.row(i);
              file.paths().get(i);
            }
          }
        });
    add("read/numpy", "A numpy array", "x.npy", List.of(written(path ->
        NumpyFile.writeMatrix(path, new float[][] {{1, 2, 3}, {4, 5, 6}}))), Containers::numpy, path -> {
          try (NumpyFile file = NumpyFile.open(path)) {
            for (int i = 0; i < file.rows(); i++) {
              file.row(i);
            }
          }
          NumpyFile.readMatrix(path);
        });
  }

  private static void tensors(Path path) {
    try (TensorFile file = TensorFile.open(path)) {
      for (String name : file.names()) {
        if (file.get(name).elementCount() < 1 << 20) { // an expanded tensor may be a billion copies of one byte
          file.get(name).toFloatArray();
        }
      }
    }
  }

  private void pictures() throws IOException {
    Reader reader = path -> Images.toRgb(Images.read(path, STRANGERS));
    int[] types = {BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_INT_ARGB, BufferedImage.TYPE_BYTE_GRAY,
      BufferedImage.TYPE_BYTE_INDEXED, BufferedImage.TYPE_USHORT_GRAY, BufferedImage.TYPE_BYTE_BINARY};
    List<Seed> pngs = new ArrayList<>();
    for (int i = 0; i < types.length; i++) {
      pngs.add(right(Pictures.written("png", i, types[i], i % 2 == 1)));
    }
    pngs.add(right(Images.toPng(Pictures.paint(9, BufferedImage.TYPE_INT_RGB, 9, 7), Map.of("Title", "ä 界"))));
    add("read/png", "A PNG", "x.png", pngs, Pictures::png, path -> {
      Images.pngText(Files.readAllBytes(path));
      reader.read(path);
    });
    add("read/jpeg", "A JPEG", "x.jpg", List.of(
        right(Pictures.written("jpeg", 1, BufferedImage.TYPE_INT_RGB, false)),
        right(Pictures.written("jpeg", 2, BufferedImage.TYPE_INT_RGB, true)),
        right(Pictures.written("jpeg", 3, BufferedImage.TYPE_BYTE_GRAY, false))), Pictures::jpeg, reader);
    add("read/exif", "A JPEG with EXIF", "x.jpg",
        List.of(right(Pictures.turned(1)), right(Pictures.turned(6)), right(Pictures.turned(7))),
        (bytes, random) -> Pictures.jpeg(bytes, new Random(random.nextLong())), reader);
    add("read/gif", "A GIF", "x.gif", List.of(right(Pictures.written("gif", 1, BufferedImage.TYPE_BYTE_INDEXED, false)),
        right(Pictures.written("gif", 2, BufferedImage.TYPE_BYTE_INDEXED, true))), Pictures::gifOrBmp, reader);
    add("read/bmp", "A BMP", "x.bmp", List.of(right(Pictures.written("bmp", 1, BufferedImage.TYPE_INT_RGB, false)),
        right(Pictures.written("bmp", 2, BufferedImage.TYPE_BYTE_INDEXED, false))), Pictures::gifOrBmp, reader);
    add("read/webp", "A WebP", "x.webp", List.of(), Pictures::webp, reader);
    promises.add(new HostileServer());
  }

  private void settings() throws IOException {
    Mutator json = Json::mutate;
    add("read/opt-config", "An OPT config.json", "config.json", List.of(bundled("opt/config.json")), json,
        OptConfig::read);
    add("read/clip-config", "A CLIP config.json", "config.json", List.of(bundled("clip/config.json")), json,
        ClipVisionConfig::read);
    add("read/model-args", "A model_args.json", "model_args.json", List.of(bundled("model_args.json")), json,
        ModelArgs::read);
    add("read/preprocessor", "A preprocessor_config.json", "preprocessor_config.json",
        List.of(bundled("clip/preprocessor_config.json")), json, ImageProcessorConfig::read);
    add("read/scheduler", "A scheduler_config.json", "scheduler_config.json",
        List.of(bundled("sd/scheduler/scheduler_config.json")), json, SchedulerConfig::read);
    promises.add(new FolderPromise("read/tokenizers", "An untrusted tokenizer is read or refused in one line",
        folder -> {
          Folders.copy(model.resolve("opt"), folder.resolve("opt"));
          Folders.copy(model.resolve("sd/tokenizer"), folder.resolve("clip"));
        }, file -> file.toString().matches(".*\\.(json|txt)") && !file.endsWith("config.json"), Readers::changeText,
        folder -> {
          try (OptTokenizer tokenizer = OptTokenizer.load(folder.resolve("opt"), 8)) {
            tokenizer.decode(tokenizer.encode("draw a large red circle [IMG0] ü界", true), false);
          }
          try (ClipTokenizer tokenizer = ClipTokenizer.load(folder.resolve("clip"))) {
            tokenizer.encodePadded("draw a large red circle ü界");
          }
        }, true));
    promises.add(new FolderPromise("read/model", "An untrusted model directory answers or is refused in one line",
        folder -> Folders.link(model, folder), file -> !file.toString().endsWith(".png"),
        Readers::changeAny, Readers::answer, true));
  }

  private static void changeText(Path file, Random random) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    Folders.replace(file, file.toString().endsWith(".json") ? Json.mutate(bytes, random) : Bytes.mutate(bytes, random));
  }

  private static void changeAny(Path file, Random random) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    String name = file.toString();
    Folders.replace(file, name.endsWith(".json") ? Json.mutate(bytes, random)
        : name.endsWith(".safetensors") ? Containers.safetensors(bytes, random)
        : name.endsWith(".pth.tar") ? Containers.checkpoint(bytes, random)
        : name.endsWith(".npy") ? Pickles.mutate(bytes, random) : Bytes.mutate(bytes, random));
  }

  private static void answer(Path folder) {
    RespondOptions options = RespondOptions.builder().maxTokens(12).maxImages(1)
        .imagePolicy(RespondOptions.ImagePolicy.BOTH).diffusion(DiffusionOptions.builder().steps(1).build()).build();
    try (GillModel loaded = GillModel.load(folder)) {
      if (loaded.capabilities().retrieves() && loaded.capabilities().generates()) {
        loaded.respond(Conversation.of("draw a large red circle"), options);
      }
    }
  }

  private void tables() throws IOException {
    add("read/script", "A script", "script.json", List.of(right(
        "[[{\"text\": \"What?\"}, {\"options\": {\"maxTokens\": 8, \"seed\": 7}}], [{\"text\": \"x\"}]]"
            .getBytes(StandardCharsets.UTF_8))), Json::mutate, Script::read);
    add("read/training-data", "A table of training data", "data.tsv", List.of(right(
        "text\timage\tuse\na \\> b\tdata.tsv\tcaption\nc\\td\tdata.tsv\tcaption\n"
            .getBytes(StandardCharsets.UTF_8))), Bytes::mutate,
        path -> TrainingData.read(path, path.resolveSibling(".")));
    add("read/decisions", "A table of decisions", "data.tsv", List.of(right(
        "Prompt\tDecisions\na cat\tgen,gen,gen,gen,ret\na dog\tret,ret,ret,ret,ret\n"
            .getBytes(StandardCharsets.UTF_8))), Bytes::mutate, DecisionData::read);
    add("read/captions", "A table of captions", "data.tsv", List.of(right(
        "1\tpicture number 1\n2\ttwo\twords\n".getBytes(StandardCharsets.UTF_8))), Bytes::mutate,
        ImageSearch::captions);
  }

  private void indexes() {
    promises.add(new FolderPromise("read/exact-index",
        "An untrusted exact index is searched or refused in one line",
        folder -> IndexFiles.make(folder, false), file -> file.toString().matches(".*(\\.segment|exact\\.gill)"),
        IndexFiles::changeExact, IndexFiles::use, false));
    promises.add(new FolderPromise("read/lucene-index",
        "An untrusted Lucene index is searched or refused in one line",
        folder -> IndexFiles.make(folder, true), file -> !file.endsWith("write.lock"), IndexFiles::changeLucene,
        IndexFiles::use, false));
    if (hasParquet()) {
      promises.add(new FolderPromise("read/parquet", "An untrusted Parquet file is read or refused in one line",
          this::parquet, file -> true, Readers::changeParquet, folder -> {
            for (Path file : Folders.files(folder)) {
              try (ImageIndex index = ExactIndex.inMemory(IndexFiles.DIMENSION, 0)) {
                Embeddings.addParquet(file, index);
              }
            }
          }, true));
    }
  }

  private void parquet(Path folder) throws IOException {
    Files.createDirectories(folder);
    int number = 0;
    for (Seed seed : corpus.of("read/parquet")) {
      Files.write(folder.resolve(number++ + ".parquet"), seed.bytes());
    }
  }

  /** Changes the column metadata, which stands at the end before its length and four letters. */
  private static void changeParquet(Path file, Random random) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    if (random.nextInt(4) == 0 || bytes.length < 100) {
      bytes = Bytes.mutate(bytes, random);
    } else {
      Bytes.overwrite(bytes, random.nextBoolean() ? 4 : bytes.length / 2, bytes.length - 8, random);
    }
    Folders.replace(file, bytes);
  }

  private static boolean hasParquet() {
    try {
      Class.forName("org.duckdb.DuckDBDriver");
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }
}
