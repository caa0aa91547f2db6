/**
 * The trained parts of the model between the frozen ones: what an image is to the language model, what an [IMG] token
 * is to the image index and to the image generator, and which of the two to ask (paper, section 3).
 */
@NullMarked
package io.gill.projection;

import org.jspecify.annotations.NullMarked;
