package io.gill.stage;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * Loads one model family as a stage. {@code GillModel.load} finds providers with {@link java.util.ServiceLoader}: an
 * application adds a family by putting its jar on the class path or module path. A provider has a public no-argument
 * constructor and is thread-safe.
 *
 * @param <P> the type of this stage's plans
 */
public interface StageProvider<P extends AutoCloseable> {
  /**
   * Returns a short name of the family, for messages. A snapshot that does not declare its type belongs to the family
   * its folder is named after.
   *
   * @return a name such as {@code "opt"} or {@code "clip"}
   */
  String family();

  /**
   * Returns the types of snapshots that this family loads. If several providers load a type, the first is used.
   *
   * @return values of {@code model_type} or {@code _class_name}
   * @see io.gill.weights.Snapshot#declaredType
   */
  Set<String> types();

  /**
   * Opens and validates all files of a snapshot without loading weights.
   *
   * @param snapshot the snapshot folder
   * @param problems receives all problems of the files
   * @return the plan, to be closed by the caller; empty if problems were reported
   */
  Optional<P> plan(Path snapshot, Problems problems);
}
