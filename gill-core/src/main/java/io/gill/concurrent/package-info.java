/** Rules of use and of closing that several packages share; not exported to applications. */
@NullMarked
package io.gill.concurrent;

import org.jspecify.annotations.NullMarked;
