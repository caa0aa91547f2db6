package io.gill.examples.soak;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All promises of the soak. */
final class Promises {
  private Promises() {}

  static List<Promise> all(@Nullable Path corpus) {
    List<Promise> all = new ArrayList<>(Readers.all(new Corpus(corpus)));
    all.addAll(Disks.all());
    all.addAll(Kills.all());
    all.addAll(Threads.all());
    all.addAll(List.of(
        new IndexThreads(false), new IndexThreads(true), new NonFinite(), new Cycles(), new LongInputs()));
    return all;
  }
}
