package io.gill.stage;

import java.nio.file.Path;
import java.util.Optional;

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
   * Returns whether this family can load a snapshot. If several providers can, the first is used.
   *
   * @param snapshot a folder as written by Hugging Face transformers or diffusers
   * @return whether the snapshot's {@code model_type} or {@code _class_name} belongs to this family; false if it
   *     declares none
   * @see io.gill.weights.Snapshot#declaredType
   */
  boolean reads(Path snapshot);

  /**
   * Opens and validates all files of a snapshot without loading weights.
   *
   * @param snapshot the snapshot folder
   * @param problems receives all problems of the files
   * @return the plan, to be closed by the caller; empty if problems were reported
   */
  Optional<P> plan(Path snapshot, Problems problems);
}
