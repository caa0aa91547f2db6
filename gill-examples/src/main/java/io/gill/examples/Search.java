package io.gill.examples;

import io.gill.GillModel;
import io.gill.image.Images;
import io.gill.retrieval.ImageFilter;
import io.gill.retrieval.ImageIndex;
import io.gill.retrieval.ImageLibrary;
import io.gill.retrieval.ImageSearch;
import io.gill.smallworld.SmallWorld;
import io.gill.stage.ImageRetriever.Hit;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Searches a folder of images by text or by image. */
@Command(
    name = "search",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    sortOptions = false,
    description = "Indexes the images of a folder and searches them by text or by image. A later run indexes only "
        + "new and changed images.")
final class Search implements Callable<Integer> {
  private static final int SAY_EVERY = 1000;

  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Option(names = "--model", paramLabel = "DIR", description = "The model directory; the bundled model by default.")
  private @Nullable Path directory;

  @Option(names = "--pictures", required = true, paramLabel = "DIR", description = "The folder of images.")
  private Path pictures = Path.of("");

  @Option(names = "--index", required = true, paramLabel = "DIR",
      description = "The folder of the index, created if missing. The model directory's 'index' is the model's own.")
  private Path folder = Path.of("");

  @Option(names = "--like", paramLabel = "FILE", description = "An image to search by.")
  private @Nullable Path like;

  @Option(names = "--k", paramLabel = "N", description = "Number of results.")
  private int k = 5;

  @Parameters(arity = "0..1", paramLabel = "TEXT", description = "A text to search by.")
  private @Nullable String text;

  @Override
  public Integer call() throws IOException {
    CommandLine line = Objects.requireNonNull(spec).commandLine();
    if (text != null && like != null) {
      throw new CommandLine.ParameterException(line, "search by a text or by --like, not by both");
    }
    if (k < 1) {
      throw new CommandLine.ParameterException(line, "--k must be at least 1");
    }
    PrintWriter out = line.getOut();
    Path dir = directory == null ? SmallWorld.directory() : directory;
    try (GillModel model = GillModel.load(dir);
        ImageIndex index = index(model)) {
      ImageLibrary.Report report = new ImageLibrary(model, index).index(pictures, (done, total) -> {
        if (done / SAY_EVERY != (done - 1) / SAY_EVERY) {
          out.printf("%,d of %,d%n", done, total);
          out.flush();
        }
        return true;
      });
      out.printf("%,d pictures in %s: %,d embedded now, %d unreadable%n", index.size(), folder, report.embedded(),
          report.unreadable().size());
      report.unreadable().forEach(one -> out.println(Printable.of("  " + one.file() + ": " + one.reason())));
      ImageSearch search = new ImageSearch(model, index);
      if (text != null) {
        show(out, search.byText(text, k, ImageFilter.EVERY));
      } else if (like != null) {
        show(out, search.byImage(Images.read(like), k, ImageFilter.EVERY));
      }
      out.flush();
    }
    return CommandLine.ExitCode.OK;
  }

  private ImageIndex index(GillModel model) throws IOException {
    if (Files.isDirectory(folder)) {
      return ImageIndex.open(folder);
    }
    try (Stream<Path> files = Files.walk(pictures)) {
      return ImageLibrary.newIndex(model, folder, files.count());
    }
  }

  private static void show(PrintWriter out, List<Hit> hits) {
    hits.forEach(hit -> out.println(Printable.of(String.format(Locale.ROOT, "%9.3f  %s", hit.score(), hit.uri()))));
  }
}
