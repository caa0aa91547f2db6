package io.gill.text;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Rewrites a chat template for Jinjava. Templates are written for Python's Jinja2 with {@code trim_blocks} and
 * {@code lstrip_blocks}. White space is trimmed and comments are removed here, since Jinjava trims white space
 * differently. Slices become calls of {@value #SLICE}, global functions become methods of {@value #GLOBALS}, and a
 * loop's inline {@code if} becomes a separate loop.
 */
final class JinjaSource {
  /** Slicing method of lists and strings. Its arguments are start, end and step; each may be None. */
  static final String SLICE = "slice__";

  /** Method of lists that adds an element. */
  static final String APPEND = "append__";

  /** The variable whose methods are the global functions. */
  static final String GLOBALS = "globals__";

  private static final Set<String> FUNCTIONS = Set.of("raise_exception", "strftime_now", "range", "dict");
  private static final Map<String, String> CONSTANTS = Map.of("True", "true", "False", "false", "None", "none");

  /** Keywords after which a bracket opens a list, not a subscript. */
  private static final Set<String> KEYWORDS =
      Set.of("in", "is", "if", "else", "and", "or", "not", "elif", "set", "for", "do", "recursive");

  /** Maximum nesting depth of brackets, since Jinjava looks ahead from each of them. */
  private static final int MAX_DEPTH = 50;

  private static final Pattern OPENING = Pattern.compile("\\{[{%#]");
  private static final Pattern TOKEN = Pattern.compile(
      "\\s+|'(?:[^'\\\\]|\\\\.)*+'|\"(?:[^\"\\\\]|\\\\.)*+\"|\\w+|[-+]?[%}]}|//|\\*\\*|[=!<>]=|.", Pattern.DOTALL);
  private static final Pattern END_RAW = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%}");

  private final String source;
  private final StringBuilder out = new StringBuilder();
  private int at;
  private boolean lineStarts = true;
  private boolean defines;
  private int loops;
  private final Deque<String> blocks = new ArrayDeque<>();

  private JinjaSource(String source) {
    this.source = source;
  }

  /**
   * Rewrites a template.
   *
   * @throws IllegalArgumentException if a tag does not end
   */
  static String rewrite(String template) {
    String source = template.replace("\r\n", "\n").replace('\r', '\n');
    return new JinjaSource(source.endsWith("\n") ? source.substring(0, source.length() - 1) : source).rewrite();
  }

  private String rewrite() {
    Matcher opening = OPENING.matcher(source);
    while (opening.find(at)) {
      int start = opening.start();
      char kind = source.charAt(start + 1);
      char sign = start + 2 < source.length() ? source.charAt(start + 2) : ' ';
      text(source.substring(at, start), sign, kind != '{');
      boolean signed = sign == '-' || sign == '+';
      at = start + (signed ? 3 : 2);
      switch (kind) {
        case '{' -> expression();
        case '%' -> tag();
        default -> comment();
      }
      lineStarts = source.charAt(at - 1) == '\n';
    }
    literal(source.substring(at));
    return out.toString();
  }

  /** Writes text before a tag without the white space that the tag trims. */
  private void text(String text, char sign, boolean block) {
    if (sign == '-') {
      literal(Unicode.strip(text, false, true));
      return;
    }
    int line = text.lastIndexOf('\n') + 1;
    boolean indents = block && sign != '+' && (line > 0 || lineStarts)
        && text.substring(line).codePoints().allMatch(Unicode::isSpace);
    literal(indents ? text.substring(0, line) : text);
  }

  /** Writes text that Jinjava cannot mistake for a tag. */
  private void literal(String text) {
    out.append(text.replace("{", "{{ '{' }}"));
  }

  private void comment() {
    int end = source.indexOf("#}", at);
    if (end < 0) {
      throw new IllegalArgumentException("a comment does not end");
    }
    char sign = source.charAt(end - 1);
    at = end + 2;
    trimAfter(sign, true);
  }

  private void expression() {
    List<String> tokens = tokens('}');
    defines = false;
    out.append("{{ ");
    emit(tokens, 0, tokens.size());
    out.append(" }}");
  }

  private void tag() {
    List<String> tokens = tokens('%');
    int name = 0;
    while (name < tokens.size() && tokens.get(name).isBlank()) {
      name++;
    }
    String tag = name < tokens.size() ? tokens.get(name) : "";
    switch (tag) {
      case "if", "for" -> blocks.push(tag);
      case "endif", "endfor" -> blocks.poll();
      case "else" -> {
        if ("for".equals(blocks.peek())) {
          throw new IllegalArgumentException("the else of a loop is not supported");
        }
      }
      default -> {}
    }
    defines = tag.equals("macro"); // Jinjava reads its default values itself
    switch (tag) {
      case "raw" -> raw();
      case "for" -> loop(tokens, name + 1);
      case "generation" -> out.append("{% if true %}"); // marks an assistant's text, for training
      case "endgeneration" -> out.append("{% endif %}");
      default -> {
        out.append("{% ");
        emit(tokens, name, tokens.size());
        out.append(" %}");
      }
    }
  }

  private void raw() {
    Matcher end = END_RAW.matcher(source);
    if (!end.find(at)) {
      throw new IllegalArgumentException("a raw block does not end");
    }
    text(source.substring(at, end.start()), end.group(1).isEmpty() ? ' ' : end.group(1).charAt(0), true);
    at = end.end();
    trimAfter(end.group(2).isEmpty() ? ' ' : end.group(2).charAt(0), true);
  }

  /** Reads the tokens of a tag up to its end, which is not a bracket of its expression, and moves past it. */
  private List<String> tokens(char closing) {
    List<String> tokens = new ArrayList<>();
    Matcher token = TOKEN.matcher(source);
    int depth = 0;
    int from = at;
    while (token.find(from)) {
      String text = token.group();
      boolean ends = text.endsWith("}") && text.length() >= 2 && text.charAt(text.length() - 2) == closing;
      if (ends && depth == 0) {
        at = token.end();
        trimAfter(text.charAt(0), closing == '%');
        return tokens;
      }
      if (text.length() > 1 && text.endsWith("}") && !isString(text)) { // brackets of dictionaries
        text = text.substring(0, 1);
      }
      depth += nesting(text);
      if (depth > MAX_DEPTH) {
        throw new IllegalArgumentException("brackets are nested too deeply");
      }
      tokens.add(text);
      from += text.length();
    }
    throw new IllegalArgumentException("a tag does not end");
  }

  private void trimAfter(char sign, boolean block) {
    if (sign == '-') {
      while (at < source.length() && Unicode.isSpace(source.charAt(at))) {
        at++;
      }
    } else if (block && sign != '+' && at < source.length() && source.charAt(at) == '\n') {
      at++;
    }
  }

  /**
   * Writes {@code for x in values if condition}. It selects the elements before the loop, so that the loop's counters
   * are right.
   */
  private void loop(List<String> tokens, int from) {
    int in = topLevel(tokens, "in", from);
    int condition = in < 0 ? -1 : topLevel(tokens, "if", in);
    if (condition < 0 || topLevel(tokens, "else", condition) >= 0) {
      out.append("{% for ");
      emit(tokens, from, tokens.size());
      out.append(" %}");
      return;
    }
    String fitting = "fitting" + loops + "__";
    String element = "element" + loops++ + "__";
    String[] targets = String.join("", tokens.subList(from, in)).strip().split("\\s*,\\s*");
    out.append("{% set ").append(fitting).append(" = [] %}{% for ").append(element).append(" in ");
    emit(tokens, in + 1, condition);
    out.append(" %}");
    for (int i = 0; i < targets.length; i++) {
      out.append("{% set ").append(targets[i]).append(" = ").append(element)
          .append(targets.length > 1 ? "[" + i + "]" : "").append(" %}");
    }
    out.append("{% if ");
    emit(tokens, condition + 1, tokens.size());
    out.append(" %}{% do ").append(fitting).append('.').append(APPEND).append('(').append(element)
        .append(") %}{% endif %}{% endfor %}{% for ").append(String.join(", ", targets)).append(" in ")
        .append(fitting).append(" %}");
  }

  private static int topLevel(List<String> tokens, String wanted, int from) {
    int depth = 0;
    for (int i = from; i < tokens.size(); i++) {
      String token = tokens.get(i);
      depth += nesting(token);
      if (depth == 0 && token.equals(wanted)) {
        return i;
      }
    }
    return -1;
  }

  /**
   * Writes an expression, with parentheses around the values of named arguments, which Jinjava would end at the first
   * operator.
   */
  private void emit(List<String> tokens, int from, int to) {
    String before = "";
    int depth = 0;
    for (int i = from; i < to; i++) {
      String token = tokens.get(i);
      depth += nesting(token);
      if (token.equals("=") && depth > 0 && !defines) {
        int end = endOfArgument(tokens, i + 1, to);
        out.append("=(");
        emit(tokens, i + 1, end);
        out.append(')');
        i = end - 1;
        continue;
      }
      if (token.equals("[") && isValue(before)) {
        int end = closing(tokens, i, to);
        List<Integer> colons = colons(tokens, i + 1, end);
        if (!colons.isEmpty()) {
          slice(tokens, i + 1, end, colons);
          before = "]";
          i = end;
          depth--;
          continue;
        }
      }
      boolean global = FUNCTIONS.contains(token) && !before.equals(".") && !before.equals("|")
          && i + 1 < to && tokens.get(i + 1).equals("(");
      // Jinjava treats two closing braces as the end of the tag, even those of dictionaries.
      out.append(global ? GLOBALS + "." + token : before.equals(".") ? token : CONSTANTS.getOrDefault(token, token))
          .append(token.equals("}") ? " " : "");
      if (!token.isBlank()) {
        before = token;
      }
    }
  }

  private static int endOfArgument(List<String> tokens, int from, int to) {
    int depth = 0;
    for (int i = from; i < to; i++) {
      String token = tokens.get(i);
      depth += nesting(token);
      if (depth < 0 || (depth == 0 && token.equals(","))) {
        return i;
      }
    }
    return to;
  }

  private void slice(List<String> tokens, int from, int end, List<Integer> colons) {
    out.append('.').append(SLICE).append('(');
    int start = from;
    for (int part = 0; part < 3; part++) {
      out.append(part == 0 ? "" : ", ");
      int stop = part < colons.size() ? colons.get(part) : end;
      if (part > colons.size() || String.join("", tokens.subList(start, stop)).isBlank()) {
        out.append("none");
      } else {
        emit(tokens, start, stop);
      }
      start = Math.min(stop + 1, end);
    }
    out.append(')');
  }

  private static int closing(List<String> tokens, int open, int to) {
    int depth = 0;
    for (int i = open; i < to; i++) {
      depth += nesting(tokens.get(i));
      if (depth == 0) {
        return i;
      }
    }
    throw new IllegalArgumentException("a bracket does not end");
  }

  private static List<Integer> colons(List<String> tokens, int from, int to) {
    List<Integer> colons = new ArrayList<>();
    for (int i = topLevel(tokens.subList(0, to), ":", from); i >= 0;
        i = topLevel(tokens.subList(0, to), ":", i + 1)) {
      colons.add(i);
    }
    return colons;
  }

  /** Returns by how much a token changes the nesting depth of brackets. */
  private static int nesting(String token) {
    return "([{".contains(token) ? 1 : ")]}".contains(token) ? -1 : 0;
  }

  private static boolean isString(String token) {
    return token.startsWith("'") || token.startsWith("\"");
  }

  /** Returns whether a bracket after this token is a subscript. */
  private static boolean isValue(String token) {
    return token.equals("]") || token.equals(")") || token.equals("}") || isString(token)
        || (!token.isEmpty() && Character.isJavaIdentifierPart(token.charAt(0)) && !KEYWORDS.contains(token));
  }
}
