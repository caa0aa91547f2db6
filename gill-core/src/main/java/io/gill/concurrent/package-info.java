/** Shared helpers for exclusive use and for closing resources; not exported to applications. */
@NullMarked
package io.gill.concurrent;

import org.jspecify.annotations.NullMarked;
