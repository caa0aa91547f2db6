package io.gill.examples.spark;

import java.io.Serializable;

/**
 * The space of embeddings: only embeddings of the same space are comparable.
 *
 * @param dimension the embeddings' width
 * @param logitScale the model's {@code logit_scale}
 */
record Space(int dimension, float logitScale) implements Serializable {}
