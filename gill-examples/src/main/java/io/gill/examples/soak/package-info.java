/** The soak: tries to break what the library promises, for as long as it is given, and counts. */
@NullMarked
package io.gill.examples.soak;

import org.jspecify.annotations.NullMarked;
