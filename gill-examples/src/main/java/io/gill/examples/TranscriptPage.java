package io.gill.examples;

import static io.gill.examples.StaticPage.escape;
import static io.gill.examples.StaticPage.head;
import static io.gill.examples.StaticPage.img;
import static io.gill.examples.StaticPage.paragraph;

import io.gill.Conversation.Content;
import io.gill.Conversation.Image;
import io.gill.Conversation.Text;
import io.gill.GillException;
import io.gill.Reply;
import io.gill.Reply.Action;
import io.gill.Reply.Finish;
import io.gill.Reply.ImagePart;
import io.gill.Reply.TextPart;
import io.gill.RespondOptions;
import io.gill.image.Images;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A conversation as a {@link StaticPage}. */
final class TranscriptPage {
  /** Maximum side of the user's images on the page, in pixels, since they may be photographs. */
  private static final int LONGEST_SIDE = 1024;

  private static final String STYLE = """
      :root { --page: #fff; --text: #1b1b1f; --faint: #5c5f66; --user: #e6effc; --model: #f3f3f5; --line: #c9cbd1 }
      @media (prefers-color-scheme: dark) {
        :root { --page: #131316; --text: #e6e6ea; --faint: #a0a3ab; --user: #1d3354; --model: #222227; --line: #4a4b53 }
      }
      body { margin: 0 auto; max-width: 46rem; padding: 1rem; background: var(--page); color: var(--text);
        font: 1rem/1.5 system-ui, sans-serif }
      h1 { font-size: 1.2rem }
      section { margin: .75rem 0; padding: .5rem 1rem; border-radius: .75rem; overflow-wrap: anywhere }
      .user { background: var(--user); margin-left: 12% }
      .model { background: var(--model); margin-right: 12% }
      h2 { margin: 0; font-size: .8rem; color: var(--faint) }
      p { margin: .35rem 0; white-space: pre-wrap; unicode-bidi: isolate }
      figure { margin: .6rem 0 }
      img { display: block; max-width: 100%; height: auto; min-width: 6rem; border-radius: .4rem;
        border: 1px solid var(--line); background: var(--page) }
      .other { display: inline-block; vertical-align: top; width: 9rem; margin-right: .75rem }
      figcaption, .note, footer { font-size: .8rem; color: var(--faint) }
      footer { margin-top: 2rem; border-top: 1px solid var(--line) }
      dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; overflow-wrap: anywhere }
      dd { margin: 0 }
      """;

  private final StringBuilder html = new StringBuilder(head("Conversation", STYLE));

  private TranscriptPage() {}

  /**
   * Builds the page.
   *
   * @param exchanges the turns and replies
   * @param options the options of the command line, which a turn may override
   * @param facts facts about the model and the run
   */
  static String of(List<Exchange> exchanges, RespondOptions options, Map<String, String> facts) {
    TranscriptPage page = new TranscriptPage();
    page.html.append("<h1>Conversation</h1>\n");
    for (Exchange exchange : exchanges) {
      page.add(exchange, options);
    }
    page.end(exchanges, options, facts);
    return page.html.toString();
  }

  /** Writes the page to a file. If that fails, an existing file is unchanged. */
  static void write(Path file, List<Exchange> exchanges, RespondOptions options, Map<String, String> facts) {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new GillException("the transcript cannot be written to " + file + ": there is no such folder");
    }
    Output.text(file, of(exchanges, options, facts));
  }

  private void add(Exchange exchange, RespondOptions common) {
    html.append("<section class=\"user\">\n<h2>You</h2>\n");
    for (Content content : exchange.said()) {
      if (content instanceof Text text) {
        html.append(paragraph(text.text()));
      } else if (content instanceof Image image) {
        byte[] png = Images.toPng(Images.reduced(image.image(), LONGEST_SIDE), Map.of());
        html.append("<figure>").append(img(png, "Picture of the user")).append("</figure>\n");
      }
    }
    Map<String, String> usual = ReplySettings.describe(common);
    String changes = join(ReplySettings.describe(exchange.options()).entrySet().stream()
        .filter(setting -> !setting.getValue().equals(usual.get(setting.getKey())))
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, LinkedHashMap::new)));
    if (!changes.isEmpty()) {
      html.append("<p class=\"note\">").append(escape(changes)).append("</p>\n");
    }
    html.append("</section>\n<section class=\"model\">\n<h2>Model</h2>\n");
    Reply reply = exchange.reply();
    if (reply != null) {
      add(reply, exchange.options());
      html.append("<p class=\"note\">").append(escape(reply.tokens().size() + " tokens, " + seconds(exchange.millis())
          + ending(reply.finish()))).append("</p>\n");
    } else {
      html.append("<p class=\"note\">").append(escape("No reply: " + exchange.failure())).append("</p>\n");
    }
    html.append("</section>\n");
  }

  /** Says why a reply ended early. */
  private static String ending(Finish finish) {
    return switch (finish) {
      case MAX_TOKENS -> ", maximum of tokens reached";
      case CONTEXT_FULL -> ", no room left in the model's context";
      case CANCELLED -> ", cancelled";
      case TIMED_OUT -> ", time-out passed";
      default -> "";
    };
  }

  private void add(Reply reply, RespondOptions options) {
    for (Reply.Part part : reply.parts()) {
      if (part instanceof TextPart text) {
        html.append(paragraph(text.text().strip()));
      } else if (part instanceof ImagePart image) {
        for (Picture picture : Picture.of(image, options)) {
          add(picture);
        }
        if (image.image().isEmpty()) {
          html.append("<p class=\"note\">A picture was requested, but none could be retrieved or generated.</p>\n");
        }
        image.problem().ifPresent(problem -> html.append("<p class=\"note\">")
            .append(escape((image.retrieved().isEmpty() ? "Nothing was retrieved: " : "") + problem)).append("</p>\n"));
      }
    }
  }

  private void add(Picture picture) {
    html.append("<figure").append(picture.shown() ? "" : " class=\"other\"").append('>')
        .append(img(picture.toPng(), "Picture that was " + picture.origin()))
        .append("<figcaption>").append(escape((picture.shown() ? "" : "not chosen · ") + join(caption(picture))))
        .append("</figcaption></figure>\n");
  }

  /**
   * Leaves the decision out where another picture was chosen, and names the two kinds of scores, which differ in scale.
   */
  private static Map<String, String> caption(Picture picture) {
    Map<String, String> facts = new LinkedHashMap<>();
    picture.facts().forEach((name, value) ->
        facts.put(name.equals("score") ? picture.action() == Action.RETRIEVE ? "match" : "similarity" : name, value));
    if (!picture.shown()) {
      facts.remove("decision");
    }
    return facts;
  }

  private void end(List<Exchange> exchanges, RespondOptions options, Map<String, String> facts) {
    html.append("<footer>\n<dl>\n");
    facts.forEach(this::fact);
    ReplySettings.describe(options).forEach(this::fact);
    fact("replies", seconds(exchanges.stream().mapToLong(Exchange::millis).sum()));
    html.append("</dl>\n</footer>\n</body>\n</html>\n");
  }

  private void fact(String name, String value) {
    html.append("<dt>").append(escape(name)).append("</dt><dd>").append(escape(value)).append("</dd>\n");
  }

  private static String join(Map<String, String> facts) {
    return facts.entrySet().stream()
        .filter(fact -> !fact.getValue().isEmpty())
        .map(fact -> fact.getKey().equals("origin") ? fact.getValue() : fact.getKey() + " " + fact.getValue())
        .collect(Collectors.joining(" · "));
  }

  private static String seconds(long millis) {
    return String.format(Locale.ROOT, "%.2f s", millis / 1000.0);
  }
}
