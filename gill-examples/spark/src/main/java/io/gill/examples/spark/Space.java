package io.gill.examples.spark;

import java.io.Serializable;

/**
 * What embeddings can be compared in.
 *
 * @param dimension the embeddings' width
 * @param logitScale the model's {@code logit_scale}
 */
record Space(int dimension, float logitScale) implements Serializable {}
