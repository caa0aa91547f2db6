package io.gill.examples.claim;

import java.awt.Color;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;

/** Charts of right attributes. */
final class ShareChart {
  private ShareChart() {}

  /** Returns a chart without series, from 0 to 100 %. */
  static XYChart of(String title, String xAxis) {
    XYChart chart = new XYChartBuilder().width(800).height(450).title(title)
        .xAxisTitle(xAxis).yAxisTitle("attributes right, %").build();
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setYAxisMin(0.0);
    chart.getStyler().setYAxisMax(100.0);
    return chart;
  }
}
