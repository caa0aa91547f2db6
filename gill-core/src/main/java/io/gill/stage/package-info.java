/**
 * One interface per stage of the model, with plain Java values in and out: text, token ids, images, {@code float}
 * matrices. An application replaces a stage by passing its own to {@code GillModel.builder()}. A test double needs no
 * native library.
 *
 * <p>Unless an interface says otherwise, a stage is immutable after construction and thread-safe. A model closes the
 * stages it was built from, which frees their native memory.
 *
 * <p>Letters in shapes: T positions, D the language model's embedding width (OPT's {@code word_embed_proj_dim}), P the
 * vision encoder's width, E the retrieval embedding's width ({@code ret_emb_dim}), C the conditioning's width.
 */
@NullMarked
package io.gill.stage;

import org.jspecify.annotations.NullMarked;
