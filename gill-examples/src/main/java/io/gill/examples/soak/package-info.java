/** The soak: tries to break the library's promises for a given time and counts the failures. */
@NullMarked
package io.gill.examples.soak;

import org.jspecify.annotations.NullMarked;
