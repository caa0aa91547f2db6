package io.gill.examples.world;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the scene of a picture without any learning, so that it can judge a model. The background is the colour of most
 * of the border. Other pixels form patches of one colour, and each patch is compared with every shape. The reader is
 * made for blurred and noisy pictures and returns nothing rather than guessing. Thread-safe.
 */
public final class SceneReader {
  private static final int SIDE = SceneRenderer.SIDE;
  private static final int BORDER = 2;

  /** RGB distances. The closest two colours are 100 apart; noise of 12 levels stays below 60. */
  private static final double BACKGROUND_DISTANCE = 60;
  private static final double FOREGROUND_DISTANCE = 64;
  private static final double PAINT_DISTANCE = 45;

  /** Maximum median distance from the background. Noise of 12 levels gives 19, clouds that resemble shapes more. */
  private static final double MAX_GRAIN = 26;

  /** Minimum share of its colour in the middle of a small thing that blur has mixed with the background. */
  private static final double MIN_SHARE = 0.65;

  /** Maximum number of foreground pixels that belong to no thing; beyond it, the picture shows no scene. */
  private static final int MAX_REST = SIDE * SIDE / 10;

  private static final int MIN_AREA = 14;
  private static final double MIN_RADIUS = 0.8 * Size.SMALL.radius();
  private static final double MAX_RADIUS = 1.25 * Size.LARGE.radius();
  private static final double MIN_LIKENESS = 0.85;

  /** Shapes whose first likeness is this much below the best one are not refined. */
  private static final double ROUGH = 0.15;

  private static final List<Template> TEMPLATES = templates();

  private final double[][] pixels;
  private final double[] background = new double[3];

  private SceneReader(double[][] pixels) {
    this.pixels = pixels;
  }

  /**
   * The result of reading a picture. It may be less than a scene, or more.
   *
   * @param background empty if the border is not mostly one of the known colours; then there are no things either
   * @param things in reading order
   */
  public record Reading(Optional<Background> background, List<Thing> things) {
    /**
     * Sorts the things.
     *
     * @param background the background, or empty
     * @param things the things in any order
     */
    public Reading {
      things = things.stream().sorted(Comparator.comparing(Thing::position)).toList();
    }

    /**
     * Returns the scene, if the reading is one.
     *
     * @return empty if there is no background, no thing, too many things, or two that cannot be in one scene
     */
    public Optional<Scene> scene() {
      return background.filter(b -> Scene.isPossible(things)).map(b -> new Scene(b, things));
    }
  }

  /**
   * Reads a picture.
   *
   * @param image a picture of any size; it is resized to {@value SceneRenderer#SIDE}×{@value SceneRenderer#SIDE}
   * @return its content
   */
  public static Reading read(BufferedImage image) {
    SceneReader reader = new SceneReader(pixels(image));
    Background background = reader.findBackground();
    if (background == null) {
      return new Reading(Optional.empty(), List.of());
    }
    if (reader.grain() > MAX_GRAIN) {
      return new Reading(Optional.of(background), List.of());
    }
    @Nullable Colour[] labels = reader.label();
    List<Thing> things = new ArrayList<>();
    long rest = Arrays.stream(labels).filter(Objects::nonNull).count();
    for (BitSet patch : patches(labels)) {
      Optional<Thing> thing = reader.look(patch, labels);
      if (thing.isPresent()) {
        things.add(thing.get());
        rest -= patch.cardinality();
      }
    }
    return new Reading(Optional.of(background), rest > MAX_REST ? List.of() : things);
  }

  private static double[][] pixels(BufferedImage image) {
    BufferedImage scaled = image;
    if (image.getWidth() != SIDE || image.getHeight() != SIDE) {
      scaled = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
      Graphics2D graphics = scaled.createGraphics();
      graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
      graphics.drawImage(image, 0, 0, SIDE, SIDE, null);
      graphics.dispose();
    }
    double[][] pixels = new double[SIDE * SIDE][];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = paint(scaled.getRGB(i % SIDE, i / SIDE));
    }
    return pixels;
  }

  private static double[] paint(int rgb) {
    return new double[] {rgb >> 16 & 0xFF, rgb >> 8 & 0xFF, rgb & 0xFF};
  }

  private static double middleX(int pixel) {
    return pixel % SIDE + 0.5;
  }

  private static double middleY(int pixel) {
    int row = pixel / SIDE;
    return row + 0.5;
  }

  private static double distance(double[] a, double[] b) {
    return Math.sqrt(Math.pow(a[0] - b[0], 2) + Math.pow(a[1] - b[1], 2) + Math.pow(a[2] - b[2], 2));
  }

  /** Returns the median of each channel. */
  private double[] median(BitSet chosen) {
    double[] median = new double[3];
    for (int c = 0; c < 3; c++) {
      int channel = c;
      double[] sorted = chosen.stream().mapToDouble(i -> pixels[i][channel]).sorted().toArray();
      median[c] = sorted[sorted.length / 2];
    }
    return median;
  }

  /** Returns the background that most of the border is close to and sets its exact colour; null if there is none. */
  private @Nullable Background findBackground() {
    Map<Background, BitSet> votes = new EnumMap<>(Background.class);
    int border = 0;
    for (int i = 0; i < pixels.length; i++) {
      int x = i % SIDE;
      int y = i / SIDE;
      if (Math.min(Math.min(x, y), Math.min(SIDE - 1 - x, SIDE - 1 - y)) < BORDER) {
        border++;
        for (Background candidate : Background.values()) {
          if (distance(pixels[i], paint(candidate.rgb())) < BACKGROUND_DISTANCE) {
            votes.computeIfAbsent(candidate, b -> new BitSet()).set(i);
          }
        }
      }
    }
    Optional<Map.Entry<Background, BitSet>> most =
        votes.entrySet().stream().max(Comparator.comparingInt(vote -> vote.getValue().cardinality()));
    if (most.isEmpty() || most.get().getValue().cardinality() < 0.5 * border) {
      return null;
    }
    System.arraycopy(median(most.get().getValue()), 0, background, 0, 3);
    return most.get().getKey();
  }

  /** Returns the median distance of all pixels from the background, which covers most of a picture. */
  private double grain() {
    double[] sorted = Arrays.stream(pixels).mapToDouble(pixel -> distance(pixel, background)).sorted().toArray();
    return sorted[sorted.length / 2];
  }

  /** Labels every foreground pixel with the colour whose mixture with the background is closest. */
  private @Nullable Colour[] label() {
    @Nullable Colour[] labels = new Colour[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      if (distance(pixels[i], background) >= FOREGROUND_DISTANCE) {
        double best = Double.MAX_VALUE;
        for (Colour colour : Colour.values()) {
          double error = error(pixels[i], colour, 0);
          if (error < best) {
            best = error;
            labels[i] = colour;
          }
        }
      }
    }
    return labels;
  }

  /** Returns the distance of a pixel from the nearest mixture of the background and at least this share of a colour. */
  private double error(double[] pixel, Colour colour, double least) {
    double[] paint = paint(colour.rgb());
    double share = Math.max(least, Math.min(1, share(pixel, paint)));
    double[] mixture = new double[3];
    for (int c = 0; c < 3; c++) {
      mixture[c] = background[c] + share * (paint[c] - background[c]);
    }
    return distance(pixel, mixture);
  }

  /** Returns the share of a colour in a mixture with the background: the projection onto the line between the two. */
  private double share(double[] pixel, double[] paint) {
    double along = 0;
    double length = 0;
    for (int c = 0; c < 3; c++) {
      along += (pixel[c] - background[c]) * (paint[c] - background[c]);
      length += (paint[c] - background[c]) * (paint[c] - background[c]);
    }
    return along / length;
  }

  /** Groups adjacent pixels of one label; patches too large for one thing are cut at cell borders. */
  private static List<BitSet> patches(@Nullable Colour[] labels) {
    List<BitSet> patches = new ArrayList<>();
    BitSet seen = new BitSet();
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] != null && !seen.get(i)) {
        BitSet patch = flood(labels, i);
        seen.or(patch);
        patches.addAll(split(patch));
      }
    }
    patches.removeIf(patch -> patch.cardinality() < MIN_AREA);
    return patches;
  }

  private static BitSet flood(@Nullable Colour[] labels, int start) {
    BitSet patch = new BitSet();
    Deque<Integer> open = new ArrayDeque<>(List.of(start));
    patch.set(start);
    while (!open.isEmpty()) {
      int at = open.pop();
      for (int next : neighbours(at)) {
        if (!patch.get(next) && labels[next] == labels[start]) {
          patch.set(next);
          open.push(next);
        }
      }
    }
    return patch;
  }

  /** Returns the up to four neighbours of a pixel. */
  private static int[] neighbours(int pixel) {
    int[] all = {
      pixel % SIDE > 0 ? pixel - 1 : -1,
      pixel % SIDE < SIDE - 1 ? pixel + 1 : -1,
      pixel - SIDE,
      pixel + SIDE < SIDE * SIDE ? pixel + SIDE : -1
    };
    return Arrays.stream(all).filter(i -> i >= 0).toArray();
  }

  private static List<BitSet> split(BitSet patch) {
    int width = extent(patch.stream().map(i -> i % SIDE).toArray());
    int height = extent(patch.stream().map(i -> i / SIDE).toArray());
    if (Math.max(width, height) <= 2 * Size.LARGE.radius() + 6) {
      return List.of(patch);
    }
    Map<Position, BitSet> cells = new EnumMap<>(Position.class);
    patch.stream().forEach(i -> cells
        .computeIfAbsent(Position.nearest(middleX(i), middleY(i)), p -> new BitSet())
        .set(i));
    return List.copyOf(cells.values());
  }

  private static int extent(int[] along) {
    return Arrays.stream(along).max().orElseThrow() - Arrays.stream(along).min().orElseThrow() + 1;
  }

  /** Recognises the thing of a patch; empty if no colour or no shape matches. */
  private Optional<Thing> look(BitSet patch, @Nullable Colour[] labels) {
    BitSet core = new BitSet();
    patch.stream().filter(i -> Arrays.stream(neighbours(i)).allMatch(patch::get)).forEach(core::set);
    double[] seen = median(core.cardinality() >= 5 ? core : patch);
    Colour colour = Arrays.stream(Colour.values())
        .min(Comparator.comparingDouble(c -> error(seen, c, MIN_SHARE)))
        .orElseThrow();
    if (error(seen, colour, MIN_SHARE) > PAINT_DISTANCE) {
      return Optional.empty();
    }
    Matte matte = matte(patch, labels, seen);
    List<Fit> fits = Arrays.stream(Shape.values()).map(shape -> fit(shape, matte)).toList();
    double roughly = fits.stream().mapToDouble(Fit::likeness).max().orElseThrow() - ROUGH;
    Fit best = fits.stream()
        .filter(fit -> fit.likeness >= roughly)
        .map(fit -> fit.refined(matte))
        .max(Comparator.comparingDouble(Fit::likeness))
        .orElseThrow();
    if (best.likeness < MIN_LIKENESS || best.radius < MIN_RADIUS || best.radius > MAX_RADIUS) {
      return Optional.empty();
    }
    Position position = Position.nearest(matte.x(), matte.y());
    return Optional.of(new Thing(best.template.shape, colour, best.template.size, position));
  }

  /** Computes the share of the patch's colour in each nearby pixel, their sum and their centre. */
  private Matte matte(BitSet patch, @Nullable Colour[] labels, double[] seen) {
    BitSet near = (BitSet) patch.clone();
    for (int step = 0; step < 2; step++) {
      BitSet grown = (BitSet) near.clone();
      near.stream().forEach(i -> Arrays.stream(neighbours(i)).forEach(grown::set));
      near = grown;
    }
    double[] shares = new double[pixels.length];
    double area = 0;
    double x = 0;
    double y = 0;
    for (int i = near.nextSetBit(0); i >= 0; i = near.nextSetBit(i + 1)) {
      if (patch.get(i) || labels[i] == null) { // pixels of other patches do not count
        shares[i] = Math.max(-0.5, Math.min(1.2, share(pixels[i], seen)));
        area += shares[i];
        x += shares[i] * middleX(i);
        y += shares[i] * middleY(i);
      }
    }
    return new Matte(shares, area, x / area, y / area);
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Matte(double[] shares, double area, double x, double y) {
    /** Interpolates between the centres of four pixels; 0 outside. */
    double at(double px, double py) {
      int left = (int) Math.floor(px - 0.5);
      int top = (int) Math.floor(py - 0.5);
      double right = px - 0.5 - left;
      double down = py - 0.5 - top;
      return (1 - down) * ((1 - right) * pixel(left, top) + right * pixel(left + 1, top))
          + down * ((1 - right) * pixel(left, top + 1) + right * pixel(left + 1, top + 1));
    }

    private double pixel(int px, int py) {
      return px < 0 || py < 0 || px >= SIDE || py >= SIDE ? 0 : shares[py * SIDE + px];
    }
  }

  /** Fits the template of a shape, in the size that matches its area. */
  private static Fit fit(Shape shape, Matte matte) {
    double radius = Math.sqrt(matte.area() / template(shape, Size.LARGE).area);
    boolean small = radius < (Size.SMALL.radius() + Size.LARGE.radius()) / 2;
    Template template = template(shape, small ? Size.SMALL : Size.LARGE);
    return new Fit(template, radius, template.correlation(matte, matte.x(), matte.y(), radius));
  }

  private static Template template(Shape shape, Size size) {
    return TEMPLATES.stream().filter(t -> t.shape == shape && t.size == size).findFirst().orElseThrow();
  }

  private static List<Template> templates() {
    return Arrays.stream(Shape.values())
        .flatMap(shape -> Arrays.stream(Size.values()).map(size -> new Template(shape, size)))
        .toList();
  }

  private record Fit(Template template, double radius, double likeness) {
    Fit refined(Matte matte) {
      return new Fit(template, radius, template.likeness(matte, radius));
    }
  }

  /** A shape at low resolution, on a square grid around the centre of its area. */
  private static final class Template {
    private static final int GRID = 25;
    private static final double REACH = 1.5;
    private static final double STEP = 2 * REACH / GRID;

    /** The width in pixels of the blur by the pixel itself and by the decoder that painted it. */
    private static final double BLUR = 0.75;

    private final Shape shape;
    private final Size size;
    private final double area;
    private final double[] mask = new double[GRID * GRID];
    private final double mean;
    private final double norm;

    Template(Shape shape, Size size) {
      this.shape = shape;
      this.size = size;
      double[] sharp = new double[GRID * GRID];
      double sum = 0;
      double sumX = 0;
      double sumY = 0;
      for (int i = 0; i < sharp.length; i++) {
        double share = SceneRenderer.coverage(shape, place(i % GRID) - STEP / 2, place(i / GRID) - STEP / 2, STEP);
        sum += share;
        sumX += share * place(i % GRID);
        sumY += share * place(i / GRID);
      }
      area = sum * STEP * STEP;
      for (int i = 0; i < sharp.length; i++) {
        sharp[i] = SceneRenderer.coverage(
            shape, place(i % GRID) + sumX / sum - STEP / 2, place(i / GRID) + sumY / sum - STEP / 2, STEP);
      }
      blur(sharp, BLUR / size.radius());
      mean = Arrays.stream(mask).average().orElseThrow();
      norm = Math.sqrt(Arrays.stream(mask).map(value -> Math.pow(value - mean, 2)).sum());
    }

    private static double place(int index) {
      return (index + 0.5) * STEP - REACH;
    }

    private void blur(double[] sharp, double width) {
      for (int i = 0; i < mask.length; i++) {
        double total = 0;
        for (int j = 0; j < mask.length; j++) {
          double across = (i % GRID - j % GRID) * STEP / width;
          double down = (i / GRID - j / GRID) * STEP / width;
          double weight = Math.exp(-(across * across + down * down) / 2);
          total += weight;
          mask[i] += weight * sharp[j];
        }
        mask[i] /= total;
      }
    }

    /** Returns the highest correlation with a matte over small shifts and changes of size: at most 1. */
    double likeness(Matte matte, double radius) {
      double best = -1;
      for (double scale = 0.92; scale < 1.1; scale += 0.08) {
        for (int shift = 0; shift < 9; shift++) {
          double x = matte.x() + (shift % 3 - 1) * 0.4;
          double y = matte.y() + (shift / 3 - 1) * 0.4;
          best = Math.max(best, correlation(matte, x, y, radius * scale));
        }
      }
      return best;
    }

    private double correlation(Matte matte, double x, double y, double radius) {
      double sum = 0;
      double squares = 0;
      double products = 0;
      for (int i = 0; i < mask.length; i++) {
        double value = matte.at(x + radius * place(i % GRID), y + radius * place(i / GRID));
        sum += value;
        squares += value * value;
        products += value * (mask[i] - mean);
      }
      double spread = Math.sqrt(squares - sum * sum / mask.length);
      return spread > 0 ? products / (spread * norm) : -1;
    }
  }
}
