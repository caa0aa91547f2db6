package io.gill.examples.claim;

import io.gill.examples.Output;
import io.gill.examples.world.SceneRenderer;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A sheet of dialogues: the user's words over the wanted pictures and the shown ones, and the reply's text below. */
final class TalkSheet {
  private static final int COLUMNS = 5;
  private static final int SIDE = 2 * SceneRenderer.SIDE;
  private static final int GAP = 8;
  private static final int LINE = 13;
  private static final int LINES = 4;
  private static final int WIDTH = 2 * SIDE + 3 * GAP;
  private static final int HEIGHT = SIDE + 2 * LINES * LINE + 3 * GAP;
  private static final Color PAPER = new Color(0xC8D8C8);

  private final BufferedImage sheet;
  private final Graphics2D graphics;

  private TalkSheet(int rows) {
    sheet = new BufferedImage(COLUMNS * WIDTH, rows * HEIGHT, BufferedImage.TYPE_INT_RGB);
    graphics = sheet.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setColor(PAPER);
    graphics.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
    graphics.setColor(Color.BLACK);
    graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
  }

  /** Writes the sheet; each dialogue begins a row. */
  static void write(Path file, List<List<TalkReply>> talks) {
    TalkSheet page = new TalkSheet(talks.stream().mapToInt(talk -> (talk.size() + COLUMNS - 1) / COLUMNS).sum());
    int row = 0;
    for (List<TalkReply> talk : talks) {
      for (int i = 0; i < talk.size(); i++) {
        page.draw(talk.get(i), i % COLUMNS * WIDTH, (row + i / COLUMNS) * HEIGHT);
      }
      row += (talk.size() + COLUMNS - 1) / COLUMNS;
    }
    page.graphics.dispose();
    Output.picture(file, page.sheet);
  }

  private void draw(TalkReply reply, int left, int top) {
    String mark = reply.isRight() ? "" : " ✗";
    lines(reply.number() + ". " + Asking.written(reply.turn().user()) + mark, left + GAP, top + GAP + LINE);
    int y = top + GAP + LINES * LINE + GAP / 2;
    pictures(reply.wanted().stream().map(SceneRenderer::render).toList(), left + GAP, y);
    pictures(reply.pictures(), left + 2 * GAP + SIDE, y);
    lines(reply.text(), left + GAP, y + SIDE + LINE + GAP / 2);
  }

  /** Draws pictures below each other. */
  private void pictures(List<BufferedImage> pictures, int x, int y) {
    int side = SIDE / Math.max(1, pictures.size());
    for (int i = 0; i < pictures.size(); i++) {
      graphics.drawImage(pictures.get(i), x, y + i * side, side, side, null);
    }
  }

  private void lines(String text, int x, int y) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split("\\s+", -1)) {
      if (!line.isEmpty() && graphics.getFontMetrics().stringWidth(line + word) > WIDTH - 2 * GAP) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(word).append(' ');
    }
    lines.add(line.toString());
    for (int i = 0; i < Math.min(LINES, lines.size()); i++) {
      graphics.drawString(lines.get(i), x, y + i * LINE);
    }
  }
}
