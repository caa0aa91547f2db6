/**
 * Pictures in and out: decoding, EXIF orientation, Pillow's resampling and CLIP's preprocessing; start at
 * {@link io.gill.image.Images} and {@link io.gill.image.ImageProcessor}.
 */
@NullMarked
package io.gill.image;

import org.jspecify.annotations.NullMarked;
