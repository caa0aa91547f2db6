/** CLIP: the transformer both of its towers are made of, and the vision tower that GILL looks through. */
@NullMarked
package io.gill.clip;

import org.jspecify.annotations.NullMarked;
