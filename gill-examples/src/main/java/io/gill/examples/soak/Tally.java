package io.gill.examples.soak;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The results of a promise. */
final class Tally {
  /** Maximum number of described failures; later ones are only counted. */
  private static final int DESCRIBED = 5;

  private final Promise promise;
  private final List<Failure> failures = new ArrayList<>();
  private long cases;
  private long failed;
  private long nanos;

  Tally(Promise promise) {
    this.promise = promise;
  }

  /**
   * A case that failed.
   *
   * @param what what happened
   * @param reproduce the command that tries the case again
   */
  record Failure(String what, String reproduce) {}

  Promise promise() {
    return promise;
  }

  void passed() {
    cases++;
  }

  void failed(Failure failure) {
    cases++;
    failed++;
    if (failures.size() < DESCRIBED) {
      failures.add(failure);
    }
  }

  void spent(long moreNanos) {
    nanos += moreNanos;
  }

  long cases() {
    return cases;
  }

  long failures() {
    return failed;
  }

  double seconds() {
    return nanos / 1e9;
  }

  List<Failure> described() {
    return Collections.unmodifiableList(failures);
  }
}
