package io.gill.examples;

import io.gill.GillException;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Plots the metrics of a training by step: losses, accuracies, captions and the learning rate. */
public final class MetricsPlot {
  private static final int WIDTH = 800;
  private static final int HEIGHT = 450;

  private MetricsPlot() {}

  /**
   * Plots the tables of a training's output folder.
   *
   * @param folder the output folder, with {@code steps.csv} and {@code validation.csv}
   * @param png the plot's file, which is written only if Java finds a font
   * @param out receives a line if Java finds none
   * @throws GillException if a table cannot be read or the plot cannot be written
   */
  public static void draw(Path folder, Path png, PrintWriter out) {
    if (!Fonts.found(png, out)) {
      return;
    }
    Table steps = Table.read(folder.resolve("steps.csv"));
    Table validation = Table.read(folder.resolve("validation.csv"));
    write(png, List.of(
        chart("Losses", "loss", steps, "loss", "captioningLoss", "contrastiveLoss", "conditioningLoss"),
        chart("Validation losses", "loss", validation, "captioningLoss", "contrastiveLoss", "conditioningLoss"),
        chart("Validation", "percent", validation,
            "accuracy1", "accuracy5", "textToImage1", "textToImage5", "imageToText1", "imageToText5"),
        chart("Generated captions", "BLEU", validation, "bleu1", "bleu2", "bleu3", "bleu4"),
        chart("Learning rate", "rate", steps, "learningRate"),
        chart("Gradients", "norm before clipping", steps, "gradientNorm")));
  }

  /**
   * Plots a table of losses.
   *
   * @param table a file with the columns {@code step}, {@code loss} and {@code learningRate}
   * @param png the plot's file, which is written only if Java finds a font
   * @param out receives a line if Java finds none
   * @throws GillException if the table cannot be read or the plot cannot be written
   */
  public static void drawLoss(Path table, Path png, PrintWriter out) {
    if (!Fonts.found(png, out)) {
      return;
    }
    Table steps = Table.read(table);
    write(png, List.of(
        chart("Loss", "loss", steps, "loss"), chart("Learning rate", "rate", steps, "learningRate")));
  }

  /** Arranges two charts per row. */
  private static void write(Path png, List<XYChart> charts) {
    BufferedImage page = new BufferedImage(2 * WIDTH, charts.size() / 2 * HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = page.createGraphics();
    for (int i = 0; i < charts.size(); i++) {
      BufferedImage one = BitmapEncoder.getBufferedImage(charts.get(i));
      graphics.drawImage(one, i % 2 * WIDTH, i / 2 * HEIGHT, null);
    }
    graphics.dispose();
    Output.picture(png, page);
  }

  private static XYChart chart(String title, String unit, Table table, String... columns) {
    XYChart chart = new XYChartBuilder()
        .width(WIDTH).height(HEIGHT).title(title).xAxisTitle("step").yAxisTitle(unit).build();
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setYAxisMin(0.0); // no metric is negative
    for (String column : columns) {
      List<Double> steps = new ArrayList<>();
      List<Double> values = new ArrayList<>();
      for (double[] row : table.rows) {
        double value = row[table.column(column)];
        if (Double.isFinite(value)) {
          steps.add(row[table.column("step")]);
          values.add(value);
        }
      }
      if (!steps.isEmpty()) {
        chart.addSeries(column, steps, values)
            .setMarker(steps.size() > 50 ? SeriesMarkers.NONE : SeriesMarkers.CIRCLE);
      }
    }
    return chart;
  }

  /** A table of numbers; an empty cell is NaN. */
  private record Table(Path path, List<String> header, List<double[]> rows) {
    static Table read(Path path) {
      try {
        List<String> lines = Files.readAllLines(path);
        if (lines.isEmpty()) {
          throw new GillException(path + " is empty");
        }
        List<String> header = List.of(lines.get(0).split(",", -1));
        List<double[]> rows = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
          double[] row = Arrays.stream(line.split(",", -1))
              .mapToDouble(cell -> cell.isEmpty() ? Double.NaN : Double.parseDouble(cell)).toArray();
          if (row.length != header.size()) {
            throw new GillException(path + ": a row has " + row.length + " cells, the header has " + header.size());
          }
          rows.add(row);
        }
        return new Table(path, header, rows);
      } catch (IOException e) {
        throw new GillException(path + " cannot be read: " + e.getMessage(), e);
      } catch (NumberFormatException e) {
        throw new GillException(path + " has a cell that is not a number: " + e.getMessage(), e);
      }
    }

    int column(String name) {
      int index = header.indexOf(name);
      if (index < 0) {
        throw new GillException(path + " has no column " + name);
      }
      return index;
    }
  }
}
