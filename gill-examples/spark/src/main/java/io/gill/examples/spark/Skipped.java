package io.gill.examples.spark;

import java.io.Serializable;

/**
 * An image that could not be read.
 *
 * @param file its path on the executors
 * @param reason the error
 */
record Skipped(String file, String reason) implements Serializable {}
