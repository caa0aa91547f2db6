/**
 * The networks of Stable Diffusion, from tensors to tensors, for the pipeline, training and comparison with other
 * implementations. Not part of the API.
 */
@NullMarked
package io.gill.diffusion.network;

import org.jspecify.annotations.NullMarked;
