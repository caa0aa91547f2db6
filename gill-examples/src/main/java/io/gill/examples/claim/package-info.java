/** Compares the small world's model with a generator that reads only text. */
@NullMarked
package io.gill.examples.claim;

import org.jspecify.annotations.NullMarked;
