package io.gill.stage;

/**
 * A language model's output for newly read positions.
 *
 * @param hidden (T, D): last hidden state of each new position, after the final norm and projection
 * @param logits (vocabulary): unnormalised log-probabilities of the token after the last position
 */
@SuppressWarnings("ArrayRecordComponent") // made anew for every call, and never compared
public record LanguageOutput(float[][] hidden, float[] logits) {}
