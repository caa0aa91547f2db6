package io.gill.training;

/**
 * An example that could not be used.
 *
 * @param origin its source, such as {@code captions.tsv:12}
 * @param reason the problem, in one line
 */
public record SkippedExample(String origin, String reason) {}
