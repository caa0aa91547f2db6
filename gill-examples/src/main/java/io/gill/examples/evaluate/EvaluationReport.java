package io.gill.examples.evaluate;

import io.gill.evaluation.Interval;
import io.gill.examples.Fonts;
import io.gill.examples.Output;
import io.gill.examples.Printable;
import io.gill.examples.evaluate.Scores.Measure;
import java.awt.Color;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;

/** Writes the scores of a run as Markdown, CSV and a plot. */
final class EvaluationReport {
  private static final String COLUMNS = "| measure | category | items | value | 95 % interval | paper |\n";
  private static final String ALIGNMENT = "|:--|:--|--:|--:|--:|--:|\n";
  private static final String CSV_COLUMNS = "measure,category,items,value,low,high,paper,source\n";

  private final Kind kind;
  private final Map<String, String> settings;
  private final Scores scores;

  EvaluationReport(Kind kind, Map<String, String> settings, Scores scores) {
    this.kind = kind;
    this.settings = settings;
    // Without the items: the reports of several runs are kept to the end.
    this.scores = new Scores(scores.measure(), List.of(), scores.measures(), scores.notes());
  }

  /**
   * Writes {@code scores.md}, {@code scores.csv} and, if Java finds a font, {@code scores.png}.
   *
   * @param folder the run's folder
   * @param skipped number of skipped items
   * @param out receives the table
   */
  void write(Path folder, int skipped, PrintWriter out) {
    String table = markdown(skipped);
    Output.text(folder.resolve("scores.md"), table);
    Output.text(folder.resolve("scores.csv"), CSV_COLUMNS + String.join("", csvRows()));
    if (!scores.measures().isEmpty() && Fonts.found(folder.resolve("scores.png"), out)) {
      Output.picture(folder.resolve("scores.png"), BitmapEncoder.getBufferedImage(chart()));
    }
    out.print(table);
    out.flush();
  }

  /**
   * Writes the scores of several benchmarks as one table, {@code all.md} and {@code all.csv}.
   *
   * @param reports the finished benchmarks
   * @param failures the others, each as a line
   * @param folder the folder of the runs
   * @param out receives the table
   */
  static void writeAll(List<EvaluationReport> reports, List<String> failures, Path folder, PrintWriter out) {
    StringBuilder page = new StringBuilder("# All benchmarks\n\n| benchmark " + COLUMNS + "|:--" + ALIGNMENT);
    StringBuilder table = new StringBuilder("benchmark," + CSV_COLUMNS);
    for (EvaluationReport report : reports) {
      report.rows().forEach(row -> page.append("| ").append(report.kind).append(' ').append(row));
      report.csvRows().forEach(row -> table.append(quoted(report.kind.toString())).append(',').append(row));
    }
    page.append('\n').append(explanation(reports));
    page.append("- scores.md in the folder of each benchmark has its settings and notes.\n");
    failures.forEach(failure -> page.append("- ").append(cell(failure)).append('\n'));
    Output.text(folder.resolve("all.md"), page.toString());
    Output.text(folder.resolve("all.csv"), table.toString());
    out.print(page);
    out.flush();
  }

  private String markdown(int skipped) {
    StringBuilder page = new StringBuilder("# " + kind + "\n\n" + COLUMNS + ALIGNMENT);
    rows().forEach(page::append);
    page.append('\n').append(explanation(List.of(this)));
    if (skipped > 0) {
      page.append("- ").append(skipped).append(" items were skipped; skipped.tsv lists them.\n");
    }
    scores.notes().forEach(note -> page.append("- ").append(cell(note)).append('\n'));
    page.append("\n| setting | value |\n|:--|:--|\n");
    settings.forEach((name, value) -> page.append(String.format("| %s | %s |%n", name, cell(value))));
    return page.toString().replace("\r\n", "\n");
  }

  /** Returns a row of Markdown for each measure. */
  private List<String> rows() {
    return scores.measures().stream().map(measure -> String.format(Locale.ROOT, "| %s | %s | %d | %.3f | %s | %s |\n",
        measure.name(), measure.category().isEmpty() ? "all" : cell(measure.category()), measure.count(),
        measure.value(), measure.interval().map(EvaluationReport::text).orElse(""),
        PaperFigure.of(kind, measure).map(one -> String.format(Locale.ROOT, "%.3f", one.value())).orElse("")))
        .toList();
  }

  /** Explains the columns of a table. */
  private static String explanation(List<EvaluationReport> reports) {
    String sources = reports.stream()
        .flatMap(report -> report.scores.measures().stream()
            .flatMap(measure -> PaperFigure.of(report.kind, measure).stream()))
        .map(PaperFigure::source).distinct().collect(Collectors.joining("; "));
    return (sources.isEmpty() ? "" : "- Paper: " + sources
        + ". Its model is OPT-6.7b with Stable Diffusion 1.5, its data the official ones.\n")
        + "- Intervals: percentile bootstrap over items, those of a story or dialogue together, 1,000 resamples; of "
        + "FID, jackknife over " + Interval.GROUPS + " groups of pictures.\n";
  }

  private static String text(Interval interval) {
    return String.format(Locale.ROOT, "%.3f to %.3f", interval.low(), interval.high());
  }

  private static String cell(String text) {
    return Printable.of(text).replace("|", "\\|").replace("\n", " ");
  }

  /** Returns a row of CSV for each measure. */
  private List<String> csvRows() {
    List<String> rows = new ArrayList<>();
    for (Measure measure : scores.measures()) {
      Optional<PaperFigure> figure = PaperFigure.of(kind, measure);
      rows.add(String.join(",", quoted(measure.name()), quoted(measure.category()),
          Integer.toString(measure.count()), Double.toString(measure.value()),
          measure.interval().map(interval -> Double.toString(interval.low())).orElse(""),
          measure.interval().map(interval -> Double.toString(interval.high())).orElse(""),
          figure.map(one -> Double.toString(one.value())).orElse(""),
          quoted(figure.map(PaperFigure::source).orElse(""))) + "\n");
    }
    return rows;
  }

  /** Quotes a cell. */
  static String quoted(String cell) {
    return '"' + cell.replace("\"", "\"\"") + '"';
  }

  /** Plots the first measure by category, or all measures if there are no categories. */
  private CategoryChart chart() {
    String first = scores.measures().get(0).name();
    List<Measure> categories = scores.measures().stream()
        .filter(measure -> measure.name().equals(first) && !measure.category().isEmpty()).toList();
    List<Measure> bars = categories.isEmpty() ? scores.measures() : categories;
    CategoryChart chart = new CategoryChartBuilder().width(800).height(450).title(kind.toString())
        .xAxisTitle("").yAxisTitle(categories.isEmpty() ? "" : first).build();
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setXAxisLabelRotation(bars.size() > 6 ? 45 : 0);
    List<String> names = bars.stream()
        .map(bar -> Printable.of(categories.isEmpty() ? bar.name() : bar.category())).toList();
    chart.addSeries("this run", names, bars.stream().map(Measure::value).toList(),
        bars.stream().map(bar -> bar.interval().map(ends -> (ends.high() - ends.low()) / 2).orElse(0.0)).toList());
    List<Double> paper = bars.stream().flatMap(bar -> PaperFigure.of(kind, bar).stream())
        .map(PaperFigure::value).toList();
    if (paper.size() == bars.size()) {
      chart.addSeries("paper", names, paper);
    }
    return chart;
  }
}
