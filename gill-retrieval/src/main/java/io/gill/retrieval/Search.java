package io.gill.retrieval;

/**
 * State of a search that visits one segment after another. Not thread-safe.
 *
 * @param unit the query, a unit vector
 * @param best the best hits so far
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Search(float[] unit, Best best) {}
