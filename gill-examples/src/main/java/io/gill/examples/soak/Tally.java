package io.gill.examples.soak;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What became of a promise. */
final class Tally {
  /** More are counted, but not described. */
  private static final int DESCRIBED = 5;

  private final Promise promise;
  private final List<Failure> failures = new ArrayList<>();
  private long cases;
  private long failed;
  private long nanos;
  private long most;

  Tally(Promise promise) {
    this.promise = promise;
  }

  /**
   * A case that failed.
   *
   * @param what happened
   * @param reproduce what to type to see it again
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

  /** The bytes a case has allocated. */
  void allocated(long bytes) {
    most = Math.max(most, bytes);
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

  /** The most bytes that one case allocated; 0 if none was measured. */
  long mostAllocated() {
    return most;
  }

  List<Failure> described() {
    return Collections.unmodifiableList(failures);
  }
}
