/**
 * Image input and output: decoding, EXIF orientation, Pillow's resampling, and the preprocessing of CLIP and SigLIP.
 * Start with {@link io.gill.image.Images} and {@link io.gill.image.ImageProcessor}.
 */
@NullMarked
package io.gill.image;

import org.jspecify.annotations.NullMarked;
