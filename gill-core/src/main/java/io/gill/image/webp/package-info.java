/**
 * A decoder of WebP: lossy (VP8, RFC 6386) and lossless (VP8L, RFC 9649), with alpha. Not exported.
 *
 * <p>It is ours because a model must see the pixels it was trained on. The ImageIO plug-in at hand, TwelveMonkeys, differs
 * from Pillow (libwebp) by 6 to 7 levels of 255 on average and by up to 75, since it predicts from loop-filtered
 * samples, and gets some valid lossless streams wrong. This decoder's pixels equal Pillow's.
 */
@NullMarked
package io.gill.image.webp;

import org.jspecify.annotations.NullMarked;
