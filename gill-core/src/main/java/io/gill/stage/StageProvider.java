package io.gill.stage;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Loads one family of models as a stage. {@code GillModel.load} finds providers with {@link java.util.ServiceLoader}, so
 * an application adds a family by having its jar on the class path or module path. A provider has a public constructor
 * without parameters and is thread-safe.
 *
 * @param <P> what this kind of stage is planned as
 */
public interface StageProvider<P extends AutoCloseable> {
  /**
   * A short name of the family, for messages. A snapshot that does not say what it is belongs to the family that its
   * folder is named after.
   *
   * @return as {@code "opt"} or {@code "clip"}
   */
  String family();

  /**
   * Whether this family can load a snapshot. Of several providers that can, the first is used.
   *
   * @param snapshot a folder as Hugging Face transformers or diffusers writes it
   * @return whether the snapshot's own {@code model_type} or {@code _class_name} is one of this family; false if it names
   *     none
   * @see io.gill.weights.Snapshot#declaredType
   */
  boolean reads(Path snapshot);

  /**
   * Opens and checks all files of a snapshot, and loads nothing.
   *
   * @param snapshot the folder
   * @param problems receives everything that is wrong with the files
   * @return the plan, which the caller closes; empty if problems were reported
   */
  Optional<P> plan(Path snapshot, Problems problems);
}
