/** Image search by embedding. */
@NullMarked
package io.gill.retrieval;

import org.jspecify.annotations.NullMarked;
