/**
 * Training of the parts between the frozen models, and of the decision model: {@link io.gill.training.GillTrainer} and
 * {@link io.gill.training.DecisionTrainer}.
 */
@NullMarked
package io.gill.training;

import org.jspecify.annotations.NullMarked;
