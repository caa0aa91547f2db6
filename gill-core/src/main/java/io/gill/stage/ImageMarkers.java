package io.gill.stage;

import com.google.common.primitives.ImmutableIntArray;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Splits a text at the markers {@code [IMG0]}, {@code [IMG1]}… that a tokenizer has. */
final class ImageMarkers {
  private static final Pattern MARKER = Pattern.compile("\\[IMG(0|[1-9]\\d{0,5})]");

  private ImageMarkers() {}

  static int[] encode(Tokenizer tokenizer, String text, boolean addBos) {
    int[] images = tokenizer.imageTokenIds();
    ImmutableIntArray.Builder ids = ImmutableIntArray.builder();
    if (addBos) {
      ids.add(tokenizer.bosId());
    }
    Matcher marker = MARKER.matcher(text);
    int from = 0;
    while (marker.find()) {
      int index = Integer.parseInt(marker.group(1));
      if (index < images.length) {
        ids.addAll(ImmutableIntArray.copyOf(tokenizer.encode(text.substring(from, marker.start()), false)));
        ids.add(images[index]);
        from = marker.end();
      }
    }
    return ids.addAll(ImmutableIntArray.copyOf(tokenizer.encode(text.substring(from), false))).build().toArray();
  }
}
