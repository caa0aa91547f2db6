/**
 * The networks of Stable Diffusion as tensors in and tensors out, for the pipeline, for training and for comparison with
 * other implementations; not part of what an application uses.
 */
@NullMarked
package io.gill.diffusion.network;

import org.jspecify.annotations.NullMarked;
