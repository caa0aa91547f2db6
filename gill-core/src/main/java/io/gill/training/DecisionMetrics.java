package io.gill.training;

/**
 * Results of evaluating a decision model.
 *
 * @param step number of completed steps
 * @param loss cross entropy on the training prompts, with dropout
 * @param trainingF1 macro F1 on the training prompts, from 0 to 1
 * @param validationF1 macro F1 on the validation prompts; NaN if there are none
 */
public record DecisionMetrics(long step, double loss, double trainingF1, double validationF1) {}
