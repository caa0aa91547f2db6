/** Measures what the small world's model can do, beside a generator that reads text alone. */
@NullMarked
package io.gill.examples.claim;

import org.jspecify.annotations.NullMarked;
