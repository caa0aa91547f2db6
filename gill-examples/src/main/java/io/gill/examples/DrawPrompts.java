package io.gill.examples;

import io.gill.GillException;
import io.gill.GillModel;
import io.gill.Reply;
import io.gill.RespondOptions;
import io.gill.diffusion.StableDiffusion;
import io.gill.smallworld.SmallWorld;
import io.gill.torch.NoiseGenerator;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Paints the prompts of a table, for people to compare with retrieved pictures. */
@Command(
    name = "draw-prompts",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    sortOptions = false,
    sortSynopsis = false,
    description = "Paints every prompt of a table, such as PartiPrompts, as 0.png, 1.png, … in the order of its rows, "
        + "or 0-0.png, 0-1.png, … if a prompt has several pictures. Pictures that are there are kept.",
    footer = {
      "",
      "A model's gill_defaults.json may set other defaults than the above. The seed of a row is --seed plus its number."
    })
final class DrawPrompts implements Callable<Integer> {
  private static final String COLUMN = "Prompt";

  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Option(names = "--data", required = true, paramLabel = "FILE",
      description = "A tab-separated table whose first line names a column Prompt.")
  private Path data = Path.of("");

  @Option(names = "--output", required = true, paramLabel = "DIR", description = "The folder of the pictures.")
  private Path output = Path.of("");

  @Option(names = "--pictures", paramLabel = "N", description = "Number of pictures of a prompt.")
  private int count = 1;

  @Option(names = "--model", paramLabel = "DIR",
      description = "The model directory, which paints as GILL does; the bundled model by default.")
  private @Nullable Path directory;

  @Option(names = "--sd", paramLabel = "DIR",
      description = "A Stable Diffusion snapshot, which paints instead of a model, as the published script does. It "
          + "ignores --few-steps, --tiny-autoencoder and the options of language models.")
  private @Nullable Path diffusion;

  @Mixin private ModelOptions modelOptions = new ModelOptions();

  @Mixin private ReplySettings replySettings = new ReplySettings();

  /** Paints a prompt. */
  private interface Painter {
    List<BufferedImage> paint(String prompt, long seed);
  }

  @Override
  public Integer call() throws IOException {
    CommandLine line = Objects.requireNonNull(spec).commandLine();
    if (count < 1) {
      throw new CommandLine.ParameterException(line, "--pictures must be at least 1");
    }
    if (directory != null && diffusion != null) {
      throw new CommandLine.ParameterException(line, "--model and --sd cannot be used together");
    }
    List<String> prompts = prompts(data);
    PrintWriter out = line.getOut();
    if (diffusion != null) {
      RespondOptions options = replySettings.over(RespondOptions.defaults());
      try (StableDiffusion generator =
          StableDiffusion.load(diffusion, modelOptions.device(), modelOptions.generatorPrecision())) {
        paint(prompts, options.seed(), out, (prompt, seed) -> generator.generate(
            prompt, count, options.diffusion(), new NoiseGenerator(seed)::normal, (step, steps) -> true));
      }
    } else {
      try (GillModel model = modelOptions.load(directory == null ? SmallWorld.directory() : directory)) {
        RespondOptions options = replySettings.over(modelOptions.replies(model));
        paint(prompts, options.seed(), out, (prompt, seed) -> model.draw(
                prompt, options.toBuilder().seed(seed).generatedImages(count).build()).images().stream()
            .flatMap(part -> part.generated().stream()).map(Reply.GeneratedImage::image).toList());
      }
    }
    return CommandLine.ExitCode.OK;
  }

  private void paint(List<String> prompts, long seed, PrintWriter out, Painter painter) {
    int painted = 0;
    int refused = 0;
    for (int i = 0; i < prompts.size(); i++) {
      List<Path> files = files(i);
      if (files.stream().allMatch(Files::exists)) {
        continue;
      }
      List<BufferedImage> pictures;
      try {
        pictures = painter.paint(prompts.get(i), seed + i);
      } catch (IllegalArgumentException | GillException e) { // one prompt is too long for the model
        refused++;
        out.println(Printable.of("row " + (i + 1) + " is skipped: " + e.getMessage()));
        continue;
      }
      for (int j = 0; j < count; j++) {
        Output.picture(files.get(j), pictures.get(j));
      }
      painted++;
      out.printf("%,d of %,d%n", i + 1, prompts.size());
      out.flush();
    }
    if (refused > 0 && refused == prompts.size()) {
      throw new GillException("no prompt could be painted; the reason of each stands above");
    }
    out.printf("%s: %,d prompts painted now, %,d skipped, %,d were there%n", output, painted, refused,
        prompts.size() - painted - refused);
    out.flush();
  }

  private List<Path> files(int prompt) {
    return IntStream.range(0, count)
        .mapToObj(j -> output.resolve(count == 1 ? prompt + ".png" : prompt + "-" + j + ".png")).toList();
  }

  /** Reads the prompts; rows stay in their place, since the files are named after it. */
  private static List<String> prompts(Path table) throws IOException {
    List<String> lines;
    try {
      lines = Files.readAllLines(table);
    } catch (CharacterCodingException e) {
      throw new GillException(table + " is not a table in UTF-8", e);
    }
    int column = lines.isEmpty() ? -1 : List.of(lines.get(0).replace("\uFEFF", "").split("\t", -1)).indexOf(COLUMN);
    if (column < 0 || lines.size() < 2) {
      throw new GillException(table + ": the first line must name a column " + COLUMN + ", and rows must follow");
    }
    List<String> prompts = new ArrayList<>();
    for (int i = 1; i < lines.size(); i++) {
      String[] cells = lines.get(i).split("\t", -1);
      if (cells.length <= column || cells[column].isBlank()) {
        throw new GillException(table + ":" + (i + 1) + " has no prompt");
      }
      prompts.add(cells[column].strip());
    }
    return prompts;
  }
}
