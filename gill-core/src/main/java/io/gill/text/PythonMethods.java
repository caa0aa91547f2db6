package io.gill.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Methods of Python's {@code str}, {@code list} and {@code dict} that chat templates call. None of them changes its
 * object.
 */
final class PythonMethods {
  private PythonMethods() {}

  /**
   * Calls a method.
   *
   * @param most maximum number of characters in a result
   * @throws IllegalArgumentException if there is no such method, or the result is longer
   */
  static @Nullable Object call(Object self, String method, @Nullable Object[] arguments, int most) {
    if (method.equals(JinjaSource.SLICE)) {
      return slice(self, integer(arguments, 0), integer(arguments, 1), integer(arguments, 2));
    }
    if (self instanceof CharSequence text) {
      return text(text.toString(), method, arguments, most);
    }
    if (self instanceof Map<?, ?> map) {
      return map(map, method, arguments);
    }
    if (self instanceof List<?> list && (method.equals("index") || method.equals("count"))) {
      Object wanted = argument(arguments, 0);
      long count = list.stream().filter(element -> same(element, wanted)).count();
      return method.equals("count") ? count : (long) list.indexOf(wanted);
    }
    throw unknown(self, method);
  }

  private static boolean same(@Nullable Object a, @Nullable Object b) {
    return a == null ? b == null : a.equals(b);
  }

  private static IllegalArgumentException unknown(Object self, String method) {
    String type = self instanceof CharSequence ? "text" : self instanceof Map ? "dictionary"
        : self instanceof List ? "list" : "value";
    return new IllegalArgumentException("a " + type + " has no method " + method);
  }

  private static @Nullable Object map(Map<?, ?> map, String method, @Nullable Object[] arguments) {
    return switch (method) {
      case "get" -> {
        Object value = map.get(argument(arguments, 0));
        yield value == null ? argument(arguments, 1) : value;
      }
      case "items" -> List.copyOf(map.entrySet());
      case "keys" -> new ArrayList<>(map.keySet());
      case "values" -> new ArrayList<>(map.values());
      default -> throw unknown(map, method);
    };
  }

  private static Object text(String text, String method, @Nullable Object[] arguments, int most) {
    return switch (method) {
      case "strip" -> strip(text, argument(arguments, 0), true, true);
      case "lstrip" -> strip(text, argument(arguments, 0), true, false);
      case "rstrip" -> strip(text, argument(arguments, 0), false, true);
      case "split" -> split(text, argument(arguments, 0), integer(arguments, 1));
      case "splitlines" -> text.lines().toList();
      case "startswith" -> affixes(arguments).stream().anyMatch(text::startsWith);
      case "endswith" -> affixes(arguments).stream().anyMatch(text::endsWith);
      case "removeprefix" -> {
        String prefix = string(arguments, 0);
        yield text.startsWith(prefix) ? text.substring(prefix.length()) : text;
      }
      case "removesuffix" -> {
        String suffix = string(arguments, 0);
        yield text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text;
      }
      case "replace" -> replace(text, string(arguments, 0), string(arguments, 1), integer(arguments, 2), most);
      case "upper" -> text.toUpperCase(Locale.ROOT);
      case "lower" -> Unicode.lowerCase(text);
      case "capitalize" -> text.isEmpty() ? text : text.substring(0, text.offsetByCodePoints(0, 1))
          .toUpperCase(Locale.ROOT) + Unicode.lowerCase(text.substring(text.offsetByCodePoints(0, 1)));
      case "find" -> {
        int index = text.indexOf(string(arguments, 0));
        yield (long) (index < 0 ? index : text.codePointCount(0, index));
      }
      case "count" -> (long) (split(text, string(arguments, 0), null).size() - 1);
      case "isdigit" -> !text.isEmpty() && text.codePoints().allMatch(Character::isDigit);
      case "join" -> join(text, argument(arguments, 0), most);
      default -> throw unknown(text, method);
    };
  }

  /** Removes white space, or the given characters, at the ends. */
  static String strip(String text, @Nullable Object characters, boolean left, boolean right) {
    if (characters == null) {
      return Unicode.strip(text, left, right);
    }
    int start = 0;
    int end = text.length();
    while (left && start < end && characters.toString().indexOf(text.charAt(start)) >= 0) {
      start++;
    }
    while (right && end > start && characters.toString().indexOf(text.charAt(end - 1)) >= 0) {
      end--;
    }
    return text.substring(start, end);
  }

  private static List<String> split(String text, @Nullable Object separator, @Nullable Integer limit) {
    int most = limit == null || limit < 0 ? Integer.MAX_VALUE : limit;
    if (separator == null) {
      return words(text, most);
    }
    List<String> parts = new ArrayList<>();
    String between = separator.toString();
    if (between.isEmpty()) {
      throw new IllegalArgumentException("split needs a separator that is not empty");
    }
    int from = 0;
    for (int index = text.indexOf(between); index >= 0 && parts.size() < most; index = text.indexOf(between, from)) {
      parts.add(text.substring(from, index));
      from = index + between.length();
    }
    parts.add(text.substring(from));
    return parts;
  }

  /** Splits at runs of white space, at most {@code most} times. The rest keeps the white space at its end. */
  private static List<String> words(String text, int most) {
    List<String> words = new ArrayList<>();
    int from = 0;
    while (true) {
      while (from < text.length() && Unicode.isSpace(text.charAt(from))) {
        from++;
      }
      int end = words.size() == most ? text.length() : from;
      while (end < text.length() && !Unicode.isSpace(text.charAt(end))) {
        end++;
      }
      if (from == end) {
        return words;
      }
      words.add(text.substring(from, end));
      from = end;
    }
  }

  static String replace(String text, String from, String to, @Nullable Integer limit, int most) {
    if (from.isEmpty()) {
      throw new IllegalArgumentException("replace needs a text that is not empty");
    }
    return bounded(split(text, from, limit), to, most);
  }

  static String join(String separator, @Nullable Object values, int most) {
    List<String> texts = new ArrayList<>();
    for (Object value : values instanceof Iterable<?> iterable ? iterable : List.of(String.valueOf(values))) {
      texts.add(String.valueOf(value));
    }
    return bounded(texts, separator, most);
  }

  private static String bounded(List<String> parts, String separator, int most) {
    long length = parts.stream().mapToLong(part -> part.length() + separator.length()).sum();
    if (length > most) {
      throw new IllegalArgumentException("a text has more than " + most + " characters");
    }
    return String.join(separator, parts);
  }

  private static Object slice(Object self, @Nullable Integer start, @Nullable Integer end, @Nullable Integer by) {
    int step = by == null ? 1 : by;
    if (step == 0) {
      throw new IllegalArgumentException("a slice's step is zero");
    }
    if (self instanceof CharSequence text) {
      int[] all = text.codePoints().toArray();
      List<Integer> picked = indices(all.length, start, end, step);
      StringBuilder part = new StringBuilder();
      picked.forEach(i -> part.appendCodePoint(all[i]));
      return part.toString();
    }
    if (self instanceof List<?> list) {
      List<Object> part = new ArrayList<>();
      indices(list.size(), start, end, step).forEach(i -> part.add(list.get(i)));
      return part;
    }
    throw new IllegalArgumentException("only lists and texts have slices");
  }

  private static List<Integer> indices(int size, @Nullable Integer start, @Nullable Integer end, int step) {
    int first = step > 0 ? 0 : -1;
    int last = step > 0 ? size : size - 1;
    int from = start == null ? (step > 0 ? first : last) : clamp(start, size, first, last);
    int to = end == null ? (step > 0 ? last : first) : clamp(end, size, first, last);
    List<Integer> indices = new ArrayList<>();
    for (long i = from; step > 0 ? i < to : i > to; i += step) {
      indices.add((int) i);
    }
    return indices;
  }

  private static int clamp(int index, int size, int first, int last) {
    return Math.max(first, Math.min(index < 0 ? index + size : index, last));
  }

  private static List<String> affixes(@Nullable Object[] arguments) {
    return argument(arguments, 0) instanceof List<?> several
        ? several.stream().map(String::valueOf).toList() : List.of(string(arguments, 0));
  }

  private static @Nullable Object argument(@Nullable Object[] arguments, int index) {
    return index < arguments.length ? arguments[index] : null;
  }

  private static String string(@Nullable Object[] arguments, int index) {
    if (argument(arguments, index) instanceof CharSequence text) {
      return text.toString();
    }
    throw new IllegalArgumentException("argument " + (index + 1) + " must be a text");
  }

  private static @Nullable Integer integer(@Nullable Object[] arguments, int index) {
    Object value = argument(arguments, index);
    if (value == null) {
      return null;
    }
    if (value instanceof Number number && number.doubleValue() == Math.rint(number.doubleValue())) {
      return (int) Math.max(Integer.MIN_VALUE / 2, Math.min(number.longValue(), Integer.MAX_VALUE / 2));
    }
    throw new IllegalArgumentException("argument " + (index + 1) + " must be a whole number");
  }
}
