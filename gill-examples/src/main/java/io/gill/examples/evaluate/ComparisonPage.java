package io.gill.examples.evaluate;

import static io.gill.examples.StaticPage.escape;
import static io.gill.examples.StaticPage.head;
import static io.gill.examples.StaticPage.img;
import static io.gill.examples.StaticPage.paragraph;

import io.gill.GillException;
import io.gill.examples.evaluate.Comparison.Pair;
import io.gill.image.Images;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A comparison as a {@link io.gill.examples.StaticPage}. */
final class ComparisonPage {
  /** Number of items that are shown in each list: pictures make a page large. */
  private static final int SHOWN = 100;

  private static final int LONGEST_SIDE = 256;

  private static final String STYLE = """
      body { margin: 0 auto; max-width: 60rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif }
      h1 { font-size: 1.3rem }
      h2 { font-size: 1.1rem; margin-top: 2rem }
      section { border-top: 1px solid #8888; padding: .75rem 0; overflow-wrap: anywhere }
      p { margin: .35rem 0; white-space: pre-wrap; unicode-bidi: isolate }
      .row { display: flex; gap: 1rem }
      figure { margin: .4rem 0; flex: 1 }
      img { display: block; max-width: 100%; min-width: 6rem; border: 1px solid #8888 }
      figcaption, .note { font-size: .8rem; opacity: .75 }
      """;

  private final StringBuilder html = new StringBuilder(head("Comparison", STYLE));
  private final Comparison comparison;

  private ComparisonPage(Comparison comparison) {
    this.comparison = comparison;
  }

  static String of(Comparison comparison) {
    ComparisonPage page = new ComparisonPage(comparison);
    page.html.append("<h1>").append(escape(comparison.title())).append("</h1>\n");
    page.html.append(paragraph("First: " + comparison.first() + "\nSecond: " + comparison.second()));
    page.html.append(paragraph(String.join("\n", comparison.summary())));
    page.list("Worse in the second run", comparison.worse());
    page.list("Better in the second run", comparison.better());
    return page.html.append("</body>\n</html>\n").toString();
  }

  private void list(String title, List<Pair> pairs) {
    html.append("<h2>").append(escape(title)).append(": ").append(pairs.size()).append("</h2>\n");
    pairs.stream().limit(SHOWN).forEach(this::item);
    if (pairs.size() > SHOWN) {
      html.append("<p class=\"note\">The ").append(SHOWN)
          .append(" largest changes are shown; comparison.csv has all.</p>\n");
    }
  }

  private void item(Pair pair) {
    html.append("<section>\n<p class=\"note\">").append(escape("Item " + pair.after().id()
        + (pair.after().category().isEmpty() ? "" : " (" + pair.after().category() + ")")
        + String.format(Locale.ROOT, ": %.3f, then %.3f", pair.before().score(), pair.after().score())))
        .append("</p>\n");
    html.append(paragraph(pair.after().question()));
    if (!pair.after().expected().isEmpty()) {
      html.append(paragraph("Expected: " + pair.after().expected()));
    }
    html.append("<div class=\"row\">\n");
    boolean wanted = !pair.before().picture().isEmpty() || !pair.after().picture().isEmpty();
    figure(wanted ? "Wanted" : "Picture", "", picture(Path.of(""), pair.after().shown()));
    figure("First", pair.before().answer(), picture(comparison.first(), pair.before().picture()));
    figure("Second", pair.after().answer(), picture(comparison.second(), pair.after().picture()));
    html.append("</div>\n</section>\n");
  }

  /** Returns an image element; empty if there is no picture, or it cannot be read any more. */
  private static String picture(Path folder, String name) {
    if (name.isEmpty()) {
      return "";
    }
    try {
      Path file = folder.resolve(name);
      if (!Files.isRegularFile(file)) {
        return "";
      }
      return img(Images.toPng(Images.reduced(Images.read(file), LONGEST_SIDE), Map.of()), "");
    } catch (GillException | InvalidPathException e) {
      return "";
    }
  }

  private void figure(String name, String text, String image) {
    if (text.isEmpty() && image.isEmpty()) {
      return;
    }
    html.append("<figure>").append(image).append("<figcaption>").append(escape(name)).append("</figcaption>");
    if (!text.isEmpty()) {
      html.append(paragraph(text));
    }
    html.append("</figure>\n");
  }
}
