package io.gill.training;

/**
 * How good a decision model is.
 *
 * @param step after how many steps
 * @param loss cross entropy of the training prompts, with dropout
 * @param trainingF1 macro F1 on the training prompts, from 0 to 1
 * @param validationF1 macro F1 on the others; NaN if there are none
 */
public record DecisionMetrics(long step, double loss, double trainingF1, double validationF1) {}
