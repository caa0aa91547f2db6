/**
 * Reads weights without executing anything: safetensors, PyTorch checkpoints, frozen TensorFlow graphs, Hugging Face
 * folders, embedding files.
 *
 * <p>Start with {@link io.gill.weights.TensorFile} for a file and {@link io.gill.weights.Snapshot} for a folder. Files
 * are memory-mapped. Every length, offset and name in them is considered hostile until validated.
 */
@NullMarked
package io.gill.weights;

import org.jspecify.annotations.NullMarked;
