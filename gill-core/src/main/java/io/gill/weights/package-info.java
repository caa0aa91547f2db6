/**
 * Reading weights without executing anything: safetensors, PyTorch checkpoints, Hugging Face folders, embedding files.
 *
 * <p>Start at {@link io.gill.weights.TensorFile} for one file and {@link io.gill.weights.Snapshot} for a folder. Files are
 * memory-mapped; every length, offset and name in them is taken for hostile until checked.
 */
@NullMarked
package io.gill.weights;

import org.jspecify.annotations.NullMarked;
