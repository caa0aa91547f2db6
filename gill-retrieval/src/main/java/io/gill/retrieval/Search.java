package io.gill.retrieval;

/**
 * A search that goes from segment to segment. Of one thread.
 *
 * @param unit what is looked for, of length 1
 * @param codes the same in 8 bits a number
 * @param best what was found so far
 */
@SuppressWarnings("ArrayRecordComponent") // a plain carrier, never compared
record Search(float[] unit, Codes codes, Best best) {}
