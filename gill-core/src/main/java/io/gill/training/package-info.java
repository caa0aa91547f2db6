/**
 * Trains the parts between the frozen models with {@link io.gill.training.GillTrainer}, and the decision model with
 * {@link io.gill.training.DecisionTrainer}.
 */
@NullMarked
package io.gill.training;

import org.jspecify.annotations.NullMarked;
