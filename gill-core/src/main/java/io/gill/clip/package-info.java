/**
 * CLIP: the transformer that both towers share, the vision tower, GILL's published vision encoder, and the text tower,
 * which conditions Stable Diffusion.
 */
@NullMarked
package io.gill.clip;

import org.jspecify.annotations.NullMarked;
