package io.gill.examples.world;

import io.gill.examples.Output;
import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.WorldDialogue.OtherPicture;
import io.gill.examples.world.WorldDialogue.Pictured;
import io.gill.examples.world.WorldDialogue.Said;
import io.gill.examples.world.WorldDialogue.Seen;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.nio.file.Path;

/** Previews the world: writes a sheet of pictures with their captions and prints dialogues. */
public final class WorldPreview {
  private static final int COLUMNS = 4;
  private static final int ROWS = 6;
  private static final int SCALE = 3;
  private static final int WIDTH = 260;
  private static final int HEIGHT = SceneRenderer.SIDE * SCALE + 60;
  private static final int DIALOGUES = 20;

  private WorldPreview() {}

  /**
   * Runs the program.
   *
   * @param args the PNG file to write
   * @throws io.gill.GillException if it cannot be written
   */
  public static void main(String[] args) {
    if (args.length != 1) {
      throw new IllegalArgumentException("the one argument is the PNG file to write");
    }
    Output.picture(Path.of(args[0]), sheet());
    for (int seed = 0; seed < DIALOGUES; seed++) {
      System.out.println("--- " + seed);
      System.out.print(print(Dialogues.sample(Split.TRAIN, seed)));
    }
  }

  private static BufferedImage sheet() {
    BufferedImage sheet = new BufferedImage(COLUMNS * WIDTH, ROWS * HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = sheet.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setColor(new Color(0xC8D8C8));
    graphics.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
    graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
    for (int i = 0; i < COLUMNS * ROWS; i++) {
      Scene scene = SceneSampler.sample(Split.TRAIN, i);
      int x = i % COLUMNS * WIDTH + 8;
      int y = i / COLUMNS * HEIGHT + 8;
      int side = SceneRenderer.SIDE * SCALE;
      graphics.drawImage(SceneRenderer.render(scene, i), x, y, side, side, null);
      graphics.setColor(Color.BLACK);
      write(graphics, Grammar.paraphrase(scene, i * 7 % Grammar.PARAPHRASES), x, y + side + 14);
    }
    graphics.dispose();
    return sheet;
  }

  private static void write(Graphics2D graphics, String text, int x, int y) {
    StringBuilder line = new StringBuilder();
    int at = y;
    for (String word : text.split(" ", -1)) {
      if (graphics.getFontMetrics().stringWidth(line + word) > WIDTH - 16) {
        graphics.drawString(line.toString(), x, at);
        at += 13;
        line.setLength(0);
      }
      line.append(word).append(' ');
    }
    graphics.drawString(line.toString(), x, at);
  }

  private static String print(WorldDialogue dialogue) {
    StringBuilder out = new StringBuilder();
    for (WorldDialogue.Piece piece : dialogue.pieces()) {
      if (piece instanceof Said said) {
        out.append(said.text());
      } else if (piece instanceof Seen seen) {
        out.append("{").append(Grammar.caption(seen.scene())).append("}");
      } else if (piece instanceof OtherPicture) {
        out.append("{something else}");
      } else if (piece instanceof Pictured pictured) {
        out.append(pictured.found() ? " [found]" : " [made]");
      }
    }
    return out.toString();
  }
}
