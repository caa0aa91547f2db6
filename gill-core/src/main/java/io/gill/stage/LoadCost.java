package io.gill.stage;

/**
 * What loading a stage takes.
 *
 * @param fileBytes size of the weights in their files
 * @param memory size of the copies of weights in the memory of the process, in bytes: weights that are converted,
 *     quantised, merged or not mapped
 * @param mapped size of the weights that stay memory-mapped, in bytes: where they do not fit into memory beside the
 *     copies, each use reads them from disk
 */
public record LoadCost(long fileBytes, long memory, long mapped) {
  /** Cost of a stage that has no weights or does not know. */
  public static final LoadCost NONE = new LoadCost(0, 0, 0);

  /**
   * Adds the cost of another stage or file.
   *
   * @param other the other cost
   * @return the sum
   */
  public LoadCost plus(LoadCost other) {
    return new LoadCost(fileBytes + other.fileBytes, memory + other.memory, mapped + other.mapped);
  }
}
