package io.gill.examples.claim;

import io.gill.examples.world.SceneScore;
import io.gill.examples.world.SceneScore.Count;
import io.gill.examples.world.TestTalk;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;

/** The tables and the figure of free talk. */
final class TalkReport {
  private static final Map<String, Predicate<TalkReply>> TURNS = new LinkedHashMap<>();

  static {
    TURNS.put("turns 1–3", reply -> reply.number() <= 3);
    TURNS.put("turns 4–10", reply -> reply.number() > 3 && reply.number() <= 10);
    TURNS.put("turns 11–20", reply -> reply.number() > 10);
    TURNS.put("after the user's picture", TalkReply::afterShown);
  }

  private TalkReport() {}

  /** Returns the head of the table of pictures. */
  static List<String> head() {
    return List.of(
        "| free talk | pictures | gill | generator, last turn | generator, all text |", "|:--|--:|--:|--:|--:|");
  }

  /** Returns rows of the table of pictures: by turns, and after the user has shown a picture in mid-conversation. */
  static List<String> pictures(String name, TalkScores scores) {
    List<String> rows = new ArrayList<>();
    TURNS.forEach((turns, chosen) -> {
      TalkScores.Row row = scores.pictures(chosen);
      rows.add(String.format(Locale.ROOT, "| %s, %s | %d | %s | %s | %s |", name, turns, row.pictures(),
          share(row.gill().total()), share(row.lastTurn().total()), share(row.allText().total())));
    });
    return rows;
  }

  /** Returns the table of all other replies. */
  static List<String> others(Map<String, TalkScores> sets) {
    List<String> lines = new ArrayList<>(List.of(
        "| free talk | " + String.join(" | ", sets.keySet()) + " |", "|:--|" + "--:|".repeat(sets.size())));
    lines.add(line("questions answered", sets, TalkScores::questions));
    lines.add(line("attributes right in descriptions", sets, TalkScores::descriptions));
    lines.add(line("small talk answered", sets, TalkScores::smallTalk));
    lines.add(line("refusals right", sets, TalkScores::refusals));
    lines.add(line("false refusals", sets, TalkScores::falseRefusals));
    lines.add(line("pictures where none is wanted", sets, TalkScores::needlessPictures));
    lines.add(line("stray words beside pictures", sets, TalkScores::strayWords));
    StringBuilder decisions = new StringBuilder("| decisions to retrieve, generate or neither, macro-F1 |");
    sets.values().forEach(scores -> decisions.append(scores.decisions()
        .map(f1 -> String.format(Locale.ROOT, " %.2f |", f1)).orElse(" – |")));
    lines.add(decisions.toString());
    return lines;
  }

  private static String line(String what, Map<String, TalkScores> sets, Function<TalkScores, Count> count) {
    StringBuilder line = new StringBuilder("| " + what + " |");
    sets.values().forEach(scores -> {
      Count each = count.apply(scores);
      line.append(String.format(Locale.ROOT, " %s (%d) |", share(each), each.total()));
    });
    return line.toString();
  }

  /** Returns a share with its whole. */
  static String counted(Count count) {
    return share(count) + " of " + count.total();
  }

  private static String share(Count count) {
    return count.total() == 0 ? "–" : String.format(Locale.ROOT, "%.1f %%", 100.0 * count.right() / count.total());
  }

  /** Draws the right attributes by turn; empty if no turn wants a picture. */
  static Optional<BufferedImage> figure(TalkScores scores) {
    XYChart chart = ShareChart.of("Free talk", "turn");
    chart.getStyler().setXAxisMin(1.0);
    chart.getStyler().setXAxisMax((double) TestTalk.MAX_TURNS);
    series(chart, "gill", scores, TalkScores.Row::gill);
    series(chart, "generator, last turn", scores, TalkScores.Row::lastTurn);
    series(chart, "generator, all text", scores, TalkScores.Row::allText);
    return chart.getSeriesMap().isEmpty() ? Optional.empty() : Optional.of(BitmapEncoder.getBufferedImage(chart));
  }

  private static void series(
      XYChart chart, String name, TalkScores scores, Function<TalkScores.Row, SceneScore> column) {
    List<Integer> turns = new ArrayList<>();
    List<Double> shares = new ArrayList<>();
    for (int turn = 1; turn <= TestTalk.MAX_TURNS; turn++) {
      int number = turn;
      Count count = column.apply(scores.pictures(reply -> reply.number() == number)).total();
      if (count.total() > 0) {
        turns.add(turn);
        shares.add(100.0 * count.right() / count.total());
      }
    }
    if (!turns.isEmpty()) {
      chart.addSeries(name, turns, shares);
    }
  }
}
