/**
 * The runtime of decoder-only language models of all families: contexts with a key/value cache, the embedding table
 * with [IMG] rows, scoring. A family implements {@link io.gill.lm.DecoderFamily}.
 */
@NullMarked
package io.gill.lm;

import org.jspecify.annotations.NullMarked;
