/** Trains the small world's model from scratch: language model, CLIP, autoencoder, UNet, then GILL's own parts. */
@NullMarked
package io.gill.examples.train;

import org.jspecify.annotations.NullMarked;
