package io.gill.examples;

import com.google.common.html.HtmlEscapers;
import java.util.Base64;

/**
 * An HTML file that needs no network and no script. All text of models, files and users is escaped, and a content
 * security policy allows the page only its own images and style.
 */
public final class StaticPage {
  private StaticPage() {}

  /**
   * Returns the beginning of a page, up to its body.
   *
   * @param title the title, without markup
   * @param style rules in CSS
   * @return lines of HTML
   */
  public static String head(String title, String style) {
    return """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy"
            content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>%s</title>
        <style>
        %s</style>
        </head>
        <body>
        """.formatted(escape(title), style);
  }

  /**
   * Returns text as a paragraph.
   *
   * @param text any text
   * @return a line of HTML
   */
  public static String paragraph(String text) {
    return "<p dir=\"auto\">" + escape(text) + "</p>\n";
  }

  /**
   * Returns an image.
   *
   * @param png the image's file
   * @param alternative what a screen reader says
   * @return an element of HTML
   */
  public static String img(byte[] png, String alternative) {
    return "<img alt=\"" + escape(alternative) + "\" src=\"data:image/png;base64,"
        + Base64.getEncoder().encodeToString(png) + "\">";
  }

  /**
   * Escapes text for HTML, and shows its control characters.
   *
   * @param text any text
   * @return the text for an element or an attribute
   */
  public static String escape(String text) {
    return HtmlEscapers.htmlEscaper().escape(Printable.of(text));
  }
}
