/** Compares this implementation with recorded results of the published ones, case by case. */
@NullMarked
package io.gill.examples.parity;

import org.jspecify.annotations.NullMarked;
