package io.gill.examples.spark;

import java.io.Serializable;

/**
 * A picture that could not be read.
 *
 * @param file its path, as the executors have it
 * @param reason what is wrong with it
 */
record Skipped(String file, String reason) implements Serializable {}
