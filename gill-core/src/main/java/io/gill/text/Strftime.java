package io.gill.text;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;

/** Python's {@code strftime} in English, for today's date in chat templates. */
final class Strftime {
  private static final Map<Character, String> FIELDS = Map.ofEntries(
      Map.entry('a', "EEE"), Map.entry('A', "EEEE"), Map.entry('b', "MMM"), Map.entry('B', "MMMM"),
      Map.entry('d', "dd"), Map.entry('H', "HH"), Map.entry('I', "hh"), Map.entry('j', "DDD"), Map.entry('m', "MM"),
      Map.entry('M', "mm"), Map.entry('p', "a"), Map.entry('S', "ss"), Map.entry('y', "yy"), Map.entry('Y', "yyyy"),
      Map.entry('F', "yyyy-MM-dd"), Map.entry('T', "HH:mm:ss"), Map.entry('Z', "zzz"), Map.entry('z', "xx"));

  private Strftime() {}

  static String format(String format, ZonedDateTime time) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%' || i + 1 == format.length()) {
        out.append(c);
        continue;
      }
      char field = format.charAt(++i);
      boolean bare = field == '-' && i + 1 < format.length(); // without a leading zero
      if (bare) {
        field = format.charAt(++i);
      }
      if (field == '%') {
        out.append('%');
        continue;
      }
      String pattern = FIELDS.get(field);
      if (pattern == null) {
        throw new IllegalArgumentException("strftime_now has no %" + field);
      }
      String text = DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(time);
      out.append(bare && text.length() > 1 && text.startsWith("0") ? text.substring(1) : text);
    }
    return out.toString();
  }
}
