package io.gill.stage;

/**
 * What a language model makes of the positions it has just read.
 *
 * @param hidden (T, D): the last hidden state of each new position, after the final norm and projection
 * @param logits (vocabulary): unnormalised log-probabilities of the token that follows the last position
 */
@SuppressWarnings("ArrayRecordComponent") // made anew for every call, and never compared
public record LanguageOutput(float[][] hidden, float[] logits) {}
