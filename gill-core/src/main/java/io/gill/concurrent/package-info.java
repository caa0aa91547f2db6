/** Rules about threads that several packages share; not exported. */
@NullMarked
package io.gill.concurrent;

import org.jspecify.annotations.NullMarked;
