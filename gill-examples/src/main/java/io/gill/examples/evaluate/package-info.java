/** Evaluates a model on published benchmarks: asks it, scores its answers, reports and compares. */
@NullMarked
package io.gill.examples.evaluate;

import org.jspecify.annotations.NullMarked;
