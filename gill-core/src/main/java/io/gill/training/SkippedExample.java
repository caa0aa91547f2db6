package io.gill.training;

/**
 * An example that could not be used.
 *
 * @param origin where it comes from: {@code captions.tsv:12}
 * @param reason what is wrong with it, one line
 */
public record SkippedExample(String origin, String reason) {}
