package io.gill.examples.parity;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.management.OperatingSystemMXBean;
import io.gill.Capabilities;
import io.gill.GillException;
import io.gill.GillModel;
import io.gill.LoadOptions;
import io.gill.weights.DType;
import io.gill.weights.EmbeddingsFile;
import io.gill.weights.PyTorchFile;
import io.gill.weights.StoredTensor;
import io.gill.weights.TensorFile;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Weight files: valid ones are read to the last bit, damaged and hostile ones refused; models with missing files. */
final class CheckpointCases {
  private static final String PART = "checkpoint";
  private static final Pattern TRACE = Pattern.compile("no file (/[^\\s),]+)");
  private static final Pattern MODEL = Pattern.compile("model-\\w+");
  private static final String DECISION = "decision_model.pth.tar";
  private static final double SECONDS = 10;

  /** The starts of expectations that allow both refusing and reading. */
  private static final List<String> EITHER = List.of("refused, or", "refused with a checked error, or", "either",
      "the reader may return");

  private static final Map<DType, String> DTYPES = Map.ofEntries(
      Map.entry(DType.F32, "float32"), Map.entry(DType.F16, "float16"), Map.entry(DType.BF16, "bfloat16"),
      Map.entry(DType.F64, "float64"), Map.entry(DType.I64, "int64"), Map.entry(DType.I32, "int32"),
      Map.entry(DType.I16, "int16"), Map.entry(DType.I8, "int8"), Map.entry(DType.U8, "uint8"),
      Map.entry(DType.BOOL, "bool"));

  private final Folder folder;
  private final Path dir;
  private final @Nullable Path trace;

  private CheckpointCases(Folder folder, JsonNode json) {
    this.folder = folder;
    dir = folder.golden("checkpoints");
    Matcher matcher = TRACE.matcher(json.path("note").asText());
    Path file = matcher.find() ? Path.of(matcher.group(1)) : null;
    trace = file == null || Files.exists(file) ? null : file; // an existing file proves nothing
  }

  static void run(Folder folder, Report report) throws IOException {
    Path file = folder.golden("checkpoints", "cases.json");
    if (!Files.exists(file)) {
      return;
    }
    JsonNode json = Folder.json(file);
    CheckpointCases cases = new CheckpointCases(folder, json);
    for (JsonNode one : json.path("cases")) {
      report.run(PART, Folder.text(one, "file"), check -> cases.watched(check, () -> cases.compare(check, one)));
    }
    for (JsonNode one : json.path("missing_files")) {
      List<String> removed = Folder.texts(Folder.required(one, "remove"));
      String base = Folder.text(one, "base");
      report.run(PART, "missing/" + base + "/" + String.join("+", removed),
          check -> cases.missing(check, base, removed, Folder.text(one, "reference")));
    }
  }

  @FunctionalInterface
  private interface Action {
    void run() throws IOException;
  }

  /** Returns the process's own time in nanoseconds, which other programs do not lengthen. */
  private static long processorTime() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  /** Checks that nothing in a file is executed and that reading is fast. */
  private void watched(Check check, Action action) throws IOException {
    long start = processorTime();
    action.run();
    double seconds = (processorTime() - start) / 1e9;
    check.holds("time", seconds < SECONDS, String.format(Locale.ROOT, "took %.1f s of processor time", seconds));
    if (trace != null) {
      check.holds("no side effect", !Files.exists(trace), "something in the file was executed: " + trace + " exists");
    }
  }

  private void compare(Check check, JsonNode one) throws IOException {
    Path file = dir.resolve(Folder.text(one, "file"));
    String expect = Folder.text(one, "expect");
    if (expect.equals("values")) {
      if (one.path("structure").path("paths").isArray()) {
        compareEmbeddings(check, file, one);
      } else {
        compareValues(check, file, one);
      }
    } else if (expect.startsWith("must be refused")) {
      refused(check, file, true, one.path("note").asText());
    } else if (EITHER.stream().anyMatch(expect::startsWith)) {
      refused(check, file, false, one.path("note").asText());
    } else {
      check.fail("expect", "unknown expectation: " + expect);
    }
  }

  // ---- valid files

  private void compareEmbeddings(Check check, Path file, JsonNode one) {
    try (TensorFile values = TensorFile.open(dir.resolve(Folder.text(one, "values")));
        EmbeddingsFile embeddings = EmbeddingsFile.open(file)) {
      StoredTensor recorded = values.get("embeddings");
      check.same("paths", embeddings.paths(), Folder.texts(one.path("structure").path("paths")));
      long[] shape = {embeddings.size(), embeddings.dimension()};
      check.same("shape", Arrays.toString(shape), Arrays.toString(recorded.shape()));
      List<float[]> rows = new ArrayList<>();
      for (int i = 0; i < embeddings.size(); i++) {
        rows.add(embeddings.row(i));
      }
      check.close("embeddings", Golden.flat(rows), recorded.toFloatArray(), 0);
    }
  }

  private void compareValues(Check check, Path file, JsonNode one) {
    try (TensorFile values = TensorFile.open(dir.resolve(Folder.text(one, "values")));
        TensorFile opened = TensorFile.open(file)) {
      if (!Folder.has(one, "structure")) {
        check.same("names", opened.names(), values.names());
        for (String name : values.names()) {
          compareTensor(check, opened.get(name), values.get(name));
        }
      } else if (opened instanceof PyTorchFile torch) {
        Set<String> seen = new HashSet<>();
        compareValue(check, "root", torch.root(), Folder.required(one, "structure"), values, seen);
        check.same("names", seen, new HashSet<>(values.names()));
      } else {
        check.fail("structure", "not a PyTorch file");
      }
    }
  }

  private void compareValue(Check check, String where, @Nullable Object actual, JsonNode recorded, TensorFile values,
      Set<String> seen) {
    if (recorded.has("tensor")) {
      if (actual instanceof StoredTensor tensor) {
        String key = Folder.text(recorded, "tensor");
        seen.add(key);
        check.same(where + " dtype", DTYPES.get(tensor.dtype()), Folder.text(recorded, "dtype"));
        check.same(where + " shape", Arrays.toString(tensor.shape()),
            Arrays.toString(Folder.ints(Folder.required(recorded, "shape"))));
        compareTensor(check, tensor, values.get(key));
      } else {
        check.fail(where, "not a tensor");
      }
      return;
    }
    String type = Folder.text(recorded, "type");
    JsonNode value = recorded.path("value");
    JsonNode items = recorded.path("items");
    switch (type) {
      case "dict", "OrderedDict" -> {
        List<Map.Entry<?, ?>> entries = actual instanceof Map<?, ?> map ? new ArrayList<>(map.entrySet()) : List.of();
        check.same(where + " size", entries.size(), items.size());
        for (int i = 0; i < Math.min(entries.size(), items.size()); i++) {
          JsonNode key = items.get(i).get(0);
          check.same(where + " key", entries.get(i).getKey(), key.isTextual() ? key.asText() : (Object) key.asLong());
          compareValue(check, where + "." + key.asText(), entries.get(i).getValue(), items.get(i).get(1), values, seen);
        }
      }
      case "list", "tuple" -> {
        List<?> list = actual instanceof List<?> some ? some : List.of();
        check.same(where + " size", list.size(), items.size());
        for (int i = 0; i < Math.min(list.size(), items.size()); i++) {
          compareValue(check, where + "[" + i + "]", list.get(i), items.get(i), values, seen);
        }
      }
      case "int" -> {
        BigInteger big = new BigInteger(value.asText());
        check.same(where, actual, big.bitLength() < 64 ? (Object) big.longValueExact() : big);
      }
      case "float" -> check.same(where, actual, number(value));
      case "str" -> check.same(where, actual, value.asText());
      case "bool" -> check.same(where, actual, value.asBoolean());
      case "NoneType" -> check.same(where, actual, null);
      default -> check.fail(where, "unknown type of value: " + type);
    }
  }

  /** Parses a number. Infinities and NaN are strings, since JSON has none. */
  private static double number(JsonNode value) {
    return switch (value.asText()) {
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      case "nan" -> Double.NaN;
      default -> value.doubleValue();
    };
  }

  private static void compareTensor(Check check, StoredTensor actual, StoredTensor recorded) {
    String name = recorded.name();
    check.same(name + " dtype", actual.dtype(), recorded.dtype());
    check.same(name + " shape", Arrays.toString(actual.shape()), Arrays.toString(recorded.shape()));
    ByteBuffer bytes = actual.bytes();
    check.holds(name + " bytes", bytes.equals(recorded.bytes()), "differ");
    check.holds(name + " as floats", Arrays.equals(actual.toFloatArray(), recorded.toFloatArray()), "differ");
  }

  // ---- damaged and hostile files

  private void refused(Check check, Path file, boolean must, String note) throws IOException {
    String name = String.valueOf(file.getFileName());
    try {
      if (name.startsWith("decision_")) {
        name = DECISION;
        loadAsDecisionModel(file, note);
      } else if (name.endsWith(".npy")) {
        EmbeddingsFile.open(file).close();
      } else {
        readAll(file);
      }
      check.holds("refused", !must, "was read");
    } catch (GillException e) {
      check.holds("message", isOneLine(e), "the message has several lines or is empty: " + e.getMessage());
      check.holds("name", String.valueOf(e.getMessage()).contains(name), "the message does not name " + name);
    }
  }

  private static boolean isOneLine(GillException e) {
    return e.getMessage() != null && !e.getMessage().isBlank() && !e.getMessage().contains("\n");
  }

  private static void readAll(Path file) {
    try (TensorFile opened = TensorFile.open(file)) {
      for (String name : opened.names()) {
        opened.get(name).bytes();
        opened.get(name).toFloatArray();
      }
    }
  }

  /** Loads a valid file of another kind as the decision model of the model that the note names, or of the first one. */
  private void loadAsDecisionModel(Path file, String note) throws IOException {
    Matcher named = MODEL.matcher(note);
    String base = named.find() ? named.group() : folder.recorded("gill").stream().findFirst().orElseThrow(
        () -> new IOException("there is no model to load " + file + " into"));
    try (FolderCopy copy = FolderCopy.of(folder.root().resolve(base))) {
      Files.copy(file, copy.dir().resolve(DECISION), StandardCopyOption.REPLACE_EXISTING);
      GillModel.load(copy.dir(), LoadOptions.builder().retrieval(false).generation(false).build()).close();
    }
  }

  // ---- missing files

  private void missing(Check check, String base, List<String> removed, String reference) throws IOException {
    try (FolderCopy copy = FolderCopy.of(folder.root().resolve(base))) {
      for (String name : removed) {
        Files.delete(copy.dir().resolve(name));
      }
      boolean mayLoad = reference.startsWith("loads");
      try (GillModel model = GillModel.load(copy.dir())) {
        Capabilities can = model.capabilities();
        // Parts that the published code requires and this one does not must be reported as missing.
        boolean all = can.reads() && can.retrieves() && can.generates() && can.decides();
        check.holds("says what is missing", !all && !can.notes().isEmpty(), "loads as if nothing were missing");
      } catch (GillException e) {
        check.holds("loads", !mayLoad, String.valueOf(e.getMessage()));
        check.holds("message", isOneLine(e), "the message has several lines or is empty: " + e.getMessage());
      }
    }
  }
}
