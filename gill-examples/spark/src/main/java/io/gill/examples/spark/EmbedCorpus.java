package io.gill.examples.spark;

import io.gill.GillException;
import io.gill.examples.Main;
import io.gill.examples.Printable;
import io.gill.retrieval.ImageLibrary;
import java.io.PrintWriter;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.apache.hc.core5.http.HttpHost;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Embeds a folder of images on the executors of a Spark cluster into Parquet, and loads Parquet into OpenSearch. */
@Command(
    name = "embed-corpus",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    sortOptions = false,
    description = "Embeds the images of a folder on Spark's executors and writes the embeddings as Parquet; loads such "
        + "Parquet into OpenSearch; or does both. Loading the same embeddings again changes nothing.")
public final class EmbedCorpus implements Callable<Integer> {
  /** Images per partition: a failed task repeats one partition. */
  private static final int PARTITION = 1000;

  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Option(names = "--pictures", paramLabel = "DIR",
      description = "The folder of images, visible to every executor under this path; without it, nothing is embedded.")
  private @Nullable Path pictures;

  @Option(names = "--model", paramLabel = "DIR",
      description = "The model directory, visible to every executor under this path; the bundled model by default.")
  private @Nullable Path model;

  @Option(names = "--parquet", required = true, paramLabel = "DIR",
      description = "The folder of the embeddings, in any file system that Spark supports.")
  private String parquet = "";

  @Option(names = "--partitions", paramLabel = "N",
      description = "Number of partitions; by default one for every " + PARTITION + " images.")
  private @Nullable Integer partitions;

  @Option(names = "--nodes", paramLabel = "HOST:PORT", split = ",", converter = HostConverter.class,
      description = "OpenSearch nodes; the prefix https:// selects TLS.")
  private @Nullable List<HttpHost> nodes;

  @Option(names = "--credentials", paramLabel = "FILE",
      description = "A file with one line, NAME:PASSWORD of a user of the nodes; only the driver reads it.")
  private @Nullable Path credentials;

  @Option(names = "--index", paramLabel = "NAME", description = "The OpenSearch index; created if missing.")
  private @Nullable String index;

  private EmbedCorpus() {}

  /**
   * Runs the program.
   *
   * @param args its arguments
   */
  public static void main(String[] args) {
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    System.exit(run(out, err, args));
  }

  static int run(PrintWriter out, PrintWriter err, String... args) {
    return Main.run(new EmbedCorpus(), out, err, args);
  }

  @Override
  public Integer call() {
    CommandLine line = Objects.requireNonNull(spec).commandLine();
    if ((nodes == null) != (index == null)) {
      throw new CommandLine.ParameterException(line, "--nodes and --index go together");
    }
    if (credentials != null && nodes == null) {
      throw new CommandLine.ParameterException(line, "--credentials requires --nodes");
    }
    if (pictures == null && index == null) {
      throw new CommandLine.ParameterException(line, "nothing to do: give --pictures, --index or both");
    }
    if (partitions != null && partitions < 1) {
      throw new CommandLine.ParameterException(line, "--partitions must be at least 1");
    }
    Nodes to = nodes == null ? null : credentials == null ? Nodes.of(nodes) : Nodes.of(nodes).as(credentials);
    try (SparkSession spark = SparkJob.start(new SparkConf(), "embed-corpus")) {
      Corpus corpus = new Corpus(spark, parquet);
      if (pictures != null) {
        embed(corpus, pictures.toAbsolutePath().normalize(), line.getOut());
      }
      if (to != null && index != null) {
        load(corpus, to, index, line.getOut());
      }
    } catch (Exception e) {
      throw SparkJob.inShort(e);
    }
    return CommandLine.ExitCode.OK;
  }

  private void embed(Corpus corpus, Path folder, PrintWriter out) throws Exception {
    List<Path> files = ImageLibrary.pictures(folder);
    if (files.isEmpty()) {
      throw new GillException("there are no images in " + folder);
    }
    int parts = partitions == null ? (files.size() + PARTITION - 1) / PARTITION : partitions;
    long start = System.nanoTime();
    Corpus.Embedded embedded =
        corpus.embed(folder, files, model == null ? null : model.toAbsolutePath().toString(), parts);
    double seconds = (System.nanoTime() - start) / 1e9;
    out.println(String.format(Locale.ROOT,
        "%,d pictures in %d partitions: %,d embedded in %.1f s (%.1f a second), %,d unreadable; model loads: %d",
        files.size(), parts, embedded.rows(), seconds, embedded.rows() / seconds, embedded.skipped().size(),
        embedded.loads()));
    embedded.skipped().forEach(one -> out.println(Printable.of("  " + one.file() + ": " + one.reason())));
    out.flush();
  }

  private void load(Corpus corpus, Nodes to, String name, PrintWriter out) throws Exception {
    long start = System.nanoTime();
    Corpus.Loaded loaded = corpus.load(to, name);
    double seconds = (System.nanoTime() - start) / 1e9;
    out.println(String.format(Locale.ROOT, "%,d rows of %s loaded in %.1f s (%.1f a second); %s has %,d pictures",
        loaded.rows(), parquet, seconds, loaded.rows() / seconds, name, loaded.size()));
    out.flush();
  }

  static final class HostConverter implements ITypeConverter<HttpHost> {
    @Override
    public HttpHost convert(String value) {
      try {
        return HttpHost.create(value);
      } catch (URISyntaxException | IllegalArgumentException e) {
        throw new TypeConversionException("'" + value + "' is not host:port");
      }
    }
  }
}
