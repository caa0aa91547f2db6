package io.gill.text;

import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes JSON like Python's {@code json.dumps(value, ensure_ascii=False)}. */
final class PythonJson {
  private static final int MAX_DEPTH = 100;

  private final int indent;
  private final int most;
  private final StringBuilder out = new StringBuilder();

  private PythonJson(int indent, int most) {
    this.indent = indent;
    this.most = most;
  }

  /**
   * Writes a value.
   *
   * @param indent number of spaces per level, with each element on its own line; negative to write everything on one
   *     line
   * @param most maximum number of characters
   * @throws IllegalArgumentException if the value has no JSON form, or the result is longer
   */
  static String write(@Nullable Object value, int indent, int most) {
    PythonJson json = new PythonJson(Math.min(indent, 16), most);
    json.append(value, 0);
    return json.out.toString();
  }

  private void append(@Nullable Object value, int depth) {
    if (depth > MAX_DEPTH || out.length() > most) {
      throw new IllegalArgumentException("tojson: the value is too large");
    }
    if (value == null || value instanceof Number || value instanceof Boolean) {
      out.append(value);
    } else if (value instanceof CharSequence) {
      out.append(new TextNode(value.toString()));
    } else if (value instanceof Map<?, ?> map) {
      List<Runnable> members = new ArrayList<>();
      map.forEach((key, member) -> members.add(() -> {
        out.append(new TextNode(String.valueOf(key))).append(": ");
        append(member, depth + 1);
      }));
      block('{', members, '}', depth);
    } else if (value instanceof Iterable<?> list) {
      List<Runnable> members = new ArrayList<>();
      list.forEach(member -> members.add(() -> append(member, depth + 1)));
      block('[', members, ']', depth);
    } else {
      throw new IllegalArgumentException("tojson: a " + value.getClass().getSimpleName() + " has no JSON form");
    }
  }

  private void block(char open, List<Runnable> members, char close, int depth) {
    out.append(open);
    for (int i = 0; i < members.size(); i++) {
      out.append(i == 0 ? "" : indent < 0 ? ", " : ",");
      line(depth + 1);
      members.get(i).run();
    }
    if (!members.isEmpty()) {
      line(depth);
    }
    out.append(close);
  }

  private void line(int depth) {
    if (indent >= 0) {
      out.append('\n').append(" ".repeat(indent * depth));
    }
  }
}
