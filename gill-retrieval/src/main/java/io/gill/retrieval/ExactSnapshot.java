package io.gill.retrieval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Immutable snapshot of an exact index, used by searches. The tail's array may hold more images than {@code count},
 * which belong to later snapshots.
 *
 * @param segments the older images
 * @param tail the newer images, with unit vectors
 * @param count number of images in the tail
 * @param deleted rows of the tail
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record ExactSnapshot(List<LiveSegment> segments, IndexedImage[] tail, int count, BitSet deleted) {
  /** A snapshot with an empty tail. */
  static ExactSnapshot of(List<LiveSegment> segments) {
    return new ExactSnapshot(List.copyOf(segments), new IndexedImage[0], 0, new BitSet());
  }

  /** Calls {@link Segment#requireWhole}: once per operation, before reading the files. */
  ExactSnapshot whole() {
    segments.forEach(one -> one.segment().requireWhole());
    return this;
  }

  long size() {
    return segments.stream().mapToLong(LiveSegment::size).sum() + count - deleted.cardinality();
  }

  Stream<IndexedImage> images() {
    // Concatenating first keeps this lazy: a concatenated flatMap builds all images of a segment at once.
    return Stream.concat(segments.stream().map(LiveSegment::images), Stream.of(tailImages()))
        .flatMap(images -> images);
  }

  Stream<IndexedImage> tailImages() {
    return IntStream.range(0, count).filter(row -> !deleted.get(row)).mapToObj(row -> tail[row]);
  }

  /** Offers every search the images that may be among its best. */
  void search(List<Search> searches) {
    segments.forEach(one -> one.segment().search(searches, one.deleted()));
    tailImages().forEach(image -> searches.forEach(search -> offer(image, search)));
  }

  private static void offer(IndexedImage image, Search search) {
    float score = Vectors.product(image.embedding(), search.unit());
    if (score >= search.best().threshold()) {
      search.best().offer(image.id(), image.uri(), image.attributes(), score);
    }
  }

  /** Appends images to the tail. Snapshots share its array, so that only the newest one may be extended. */
  ExactSnapshot with(List<IndexedImage> images) {
    IndexedImage[] extended = tail;
    if (count + images.size() > tail.length) {
      extended = Arrays.copyOf(tail, Math.max(count + images.size(), 2 * tail.length));
    }
    int end = count;
    for (IndexedImage image : images) {
      extended[end++] = image;
    }
    return new ExactSnapshot(segments, extended, end, deleted);
  }

  /** Marks the images with the given ids, all of which the snapshot contains, as deleted. */
  ExactSnapshot without(Collection<String> ids, Map<String, Integer> tailRows) {
    BitSet tailDeleted = (BitSet) deleted.clone();
    List<LiveSegment> changed = new ArrayList<>(segments);
    Map<Integer, BitSet> copies = new HashMap<>(); // searches read the current ones
    for (String id : ids) {
      Integer tailRow = tailRows.get(id);
      if (tailRow != null) {
        tailDeleted.set(tailRow);
        continue;
      }
      for (int i = 0; i < changed.size(); i++) {
        LiveSegment one = changed.get(i);
        int row = one.find(id);
        if (row >= 0) {
          BitSet rows = copies.computeIfAbsent(i, number -> (BitSet) one.deleted().clone());
          rows.set(row);
          changed.set(i, new LiveSegment(one.segment(), one.file(), rows));
        }
      }
    }
    return new ExactSnapshot(List.copyOf(changed), tail, count, tailDeleted);
  }
}
