/** Image generation with Stable Diffusion. */
@NullMarked
package io.gill.diffusion;

import org.jspecify.annotations.NullMarked;
