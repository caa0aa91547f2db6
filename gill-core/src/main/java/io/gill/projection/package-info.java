/**
 * The trained layers between the frozen models. They map images to visual tokens, map [IMG] tokens to retrieval
 * embeddings and to the image generator's conditioning, and decide between retrieval and generation (paper, section 3).
 */
@NullMarked
package io.gill.projection;

import org.jspecify.annotations.NullMarked;
