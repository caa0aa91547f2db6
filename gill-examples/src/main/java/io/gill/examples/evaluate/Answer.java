package io.gill.examples.evaluate;

import java.awt.image.BufferedImage;
import org.jspecify.annotations.Nullable;

/**
 * An answer that is not stored yet.
 *
 * @param text the text, or the letter of the choice
 * @param picture the picture, or null if there is none
 */
record Answer(String text, @Nullable BufferedImage picture) {}
