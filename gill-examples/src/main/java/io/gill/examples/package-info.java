/** Command-line programs; {@link io.gill.examples.Main} lists them. */
@NullMarked
package io.gill.examples;

import org.jspecify.annotations.NullMarked;
