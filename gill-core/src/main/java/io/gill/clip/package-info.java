/** CLIP: the transformer that both towers share, and the vision tower, GILL's published vision encoder. */
@NullMarked
package io.gill.clip;

import org.jspecify.annotations.NullMarked;
