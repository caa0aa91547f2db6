package io.gill.examples;

import io.gill.GillException;
import io.gill.GillModel;
import io.gill.LoadOptions;
import io.gill.image.Images;
import io.gill.retrieval.HttpImageSource;
import io.gill.retrieval.ImageLibrary;
import io.gill.smallworld.SmallWorld;
import io.gill.stage.ImageEmbedder;
import io.gill.stage.ImageSource;
import io.gill.stage.VisionEncoder;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes the embeddings of pictures into a file from which a model directory retrieves. */
@Command(
    name = "embed",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    sortOptions = false,
    sortSynopsis = false,
    description = "Embeds pictures for retrieval and writes them as cc3m*.npy, which the published code reads, too. "
        + "Continues an interrupted run.")
final class Embed implements Callable<Integer> {
  private static final int AT_ONCE = 16;

  /** Pictures of a part, which is what a killed run loses at most. */
  private static final int PART = 512;

  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Option(names = "--model", paramLabel = "DIR", description = "The model directory; the bundled model by default.")
  private @Nullable Path directory;

  @Option(names = "--pictures", required = true, paramLabel = "PATH",
      description = "A folder of pictures, or a text file with a path or web address in each line. A path is relative "
          + "to the file's folder.")
  private Path pictures = Path.of("");

  @Option(names = "--output", required = true, paramLabel = "FILE",
      description = "The file to write. A model directory retrieves from all its cc3m*.npy; paths in them are relative "
          + "to it.")
  private Path output = Path.of("");

  @Option(names = "--connections", paramLabel = "N", description = "Pictures that are read or fetched at a time.")
  private int connections = 8;

  @Option(names = "--private-addresses", description = "Fetch from loopback and private addresses, too.")
  private boolean privateAddresses;

  @Mixin private DeviceOptions computing = new DeviceOptions();

  /** A picture, or why there is none. */
  private record Loaded(String name, @Nullable BufferedImage picture, String problem) {}

  @Override
  public Integer call() throws IOException {
    CommandLine line = Objects.requireNonNull(spec).commandLine();
    if (connections < 1) {
      throw new CommandLine.ParameterException(line, "--connections must be at least 1");
    }
    PrintWriter out = line.getOut();
    Path file = output.toAbsolutePath().normalize();
    Map<String, String> places = places(Objects.requireNonNull(file.getParent()), out);
    List<String> names = List.copyOf(places.keySet());
    LoadOptions options = LoadOptions.builder().retrieval(false).generation(false)
        .device(computing.device).precision(computing.precision).build();
    try (GillModel model = GillModel.load(directory == null ? SmallWorld.directory() : directory, options)) {
      VisionEncoder encoder = model.stages().vision()
          .orElseThrow(() -> new GillException("the model has no vision encoder")).encoder();
      ImageEmbedder embedder = model.stages().retrievalEmbedder()
          .orElseThrow(() -> new GillException("the model cannot embed pictures: it has no visual_fc"));
      float[] blank =
          embedder.embed(encoder.encode(List.of(new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB)))[0]);
      int most = Integer.MAX_VALUE / (blank.length * Float.BYTES);
      if (names.size() > most) {
        throw new GillException(String.format(Locale.ROOT, "%s names %,d pictures, but %,d fit into a file: split it, "
            + "since a model directory may have several cc3m*.npy", pictures, names.size(), most));
      }
      EmbeddedParts parts = EmbeddedParts.open(file, blank);
      List<String> open = names.stream().filter(name -> !parts.contains(name)).toList();
      if (open.size() < names.size()) {
        out.printf("continues after %,d pictures%n", names.size() - open.size());
      }
      ImageSource source = source(names);
      List<String> problems =
          embed(open, name -> source.fetch(places.getOrDefault(name, name)), encoder, embedder, parts, out);
      int rows = parts.finish(file, names);
      out.printf("%s: %,d pictures, %,d unreadable%n", output, rows, problems.size());
      problems.forEach(problem -> out.println(Printable.of("  " + problem)));
      out.flush();
    }
    return CommandLine.ExitCode.OK;
  }

  /** Returns the places of all pictures by the names that the file gives them, which are relative to its folder. */
  private Map<String, String> places(Path folder, PrintWriter out) throws IOException {
    boolean listed = !Files.isDirectory(pictures);
    Path base = listed ? Objects.requireNonNull(pictures.toAbsolutePath().getParent()) : pictures.toAbsolutePath();
    Map<String, String> places = new LinkedHashMap<>();
    int outside = 0;
    List<String> lines =
        listed ? lines(pictures) : ImageLibrary.pictures(base).stream().map(Path::toString).toList();
    for (String line : lines) {
      if (isAddress(line)) {
        places.put(line, line);
        continue;
      }
      Path file = path(base, line);
      boolean inside = file.startsWith(folder);
      outside += inside ? 0 : 1;
      places.put((inside ? folder.relativize(file) : file).toString().replace('\\', '/'), file.toString());
    }
    if (places.isEmpty()) {
      throw new GillException(pictures + (listed ? " has no lines: " : " has no pictures: ") + "nothing to embed");
    }
    if (outside > 0) {
      out.printf("%,d pictures lie outside %s: a model in that folder retrieves them only through an ImageSource%n",
          outside, folder);
    }
    return places;
  }

  private static Path path(Path base, String line) {
    try {
      return base.resolve(line).normalize();
    } catch (InvalidPathException e) {
      throw new GillException("'" + Printable.of(line) + "' is neither a path nor a web address", e);
    }
  }

  /** Reads the lines of a list, without empty and repeated ones. */
  private static List<String> lines(Path list) throws IOException {
    try {
      return List.copyOf(new LinkedHashSet<>(
          Files.readAllLines(list).stream().map(String::strip).filter(text -> !text.isEmpty()).toList()));
    } catch (CharacterCodingException e) {
      throw new GillException(list + " is not a text file in UTF-8, with a path or web address in each line", e);
    }
  }

  /** Fetches from the hosts that the list names, and reads files. */
  private ImageSource source(List<String> names) {
    Set<String> hosts = new TreeSet<>();
    names.stream().filter(Embed::isAddress).forEach(name -> host(name, hosts));
    HttpImageSource.Builder http = HttpImageSource.builder(hosts.toArray(String[]::new))
        .others(name -> Images.read(Path.of(name)));
    return (privateAddresses ? http.allowPrivateAddresses() : http).build();
  }

  private static boolean isAddress(String name) {
    return name.regionMatches(true, 0, "http://", 0, 7) || name.regionMatches(true, 0, "https://", 0, 8);
  }

  private static void host(String address, Set<String> hosts) {
    try {
      URI uri = new URI(address);
      if (uri.getHost() != null) {
        hosts.add(uri.getPort() < 0 ? uri.getHost() : uri.getHost() + ":" + uri.getPort());
      }
    } catch (URISyntaxException e) {
      // the source reports it
    }
  }

  private List<String> embed(List<String> names, ImageSource source, VisionEncoder encoder, ImageEmbedder embedder,
      EmbeddedParts parts, PrintWriter out) {
    List<String> problems = new ArrayList<>();
    Map<String, float[]> part = new LinkedHashMap<>();
    ExecutorService readers = Executors.newFixedThreadPool(connections);
    try {
      List<Future<Loaded>> next = read(names, 0, source, readers);
      for (int start = 0; start < names.size(); start += AT_ONCE) {
        List<Future<Loaded>> now = next;
        next = read(names, start + AT_ONCE, source, readers);
        List<Loaded> loaded = new ArrayList<>();
        for (Future<Loaded> one : now) {
          Loaded picture = finished(one);
          if (picture.picture == null) {
            problems.add(picture.name + ": " + picture.problem);
          } else {
            loaded.add(picture);
          }
        }
        if (!loaded.isEmpty()) {
          float[][] pooled =
              encoder.encode(loaded.stream().map(one -> Objects.requireNonNull(one.picture)).toList());
          for (int i = 0; i < pooled.length; i++) {
            part.put(loaded.get(i).name, embedder.embed(pooled[i]));
          }
        }
        if (part.size() >= PART || start + AT_ONCE >= names.size()) {
          parts.add(part);
          part.clear();
          out.printf("%,d of %,d%n", Math.min(start + AT_ONCE, names.size()), names.size());
          out.flush();
        }
      }
    } finally {
      readers.shutdownNow();
    }
    return problems;
  }

  private static List<Future<Loaded>> read(
      List<String> names, int start, ImageSource source, ExecutorService readers) {
    return names.subList(Math.min(start, names.size()), Math.min(start + AT_ONCE, names.size())).stream()
        .map(name -> readers.submit(() -> load(name, source))).toList();
  }

  private static Loaded load(String name, ImageSource source) {
    try {
      return new Loaded(name, source.fetch(name), "");
    } catch (IOException | RuntimeException e) { // a path may be invalid
      return new Loaded(name, null, Objects.requireNonNullElse(e.getMessage(), e.toString()));
    }
  }

  private static Loaded finished(Future<Loaded> one) {
    try {
      return one.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GillException("interrupted; finished parts are kept", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause()); // load throws errors only
    }
  }
}
