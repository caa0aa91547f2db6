/**
 * A WebP decoder: lossy (VP8, RFC 6386) and lossless (VP8L, RFC 9649), with alpha. Not exported.
 *
 * <p>We have our own decoder because a model must see the pixels it was trained on. TwelveMonkeys' ImageIO plug-in
 * differs from Pillow (libwebp) by 6 to 7 levels of 255 on average and by up to 75, since it predicts from
 * loop-filtered samples, and it decodes some valid lossless streams incorrectly. The pixels of this decoder equal
 * Pillow's.
 */
@NullMarked
package io.gill.image.webp;

import org.jspecify.annotations.NullMarked;
