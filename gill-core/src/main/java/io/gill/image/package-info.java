/**
 * Image input and output: decoding, EXIF orientation, Pillow's resampling and CLIP's preprocessing. Start with
 * {@link io.gill.image.Images} and {@link io.gill.image.ImageProcessor}.
 */
@NullMarked
package io.gill.image;

import org.jspecify.annotations.NullMarked;
