/** A complete small model as a dependency: {@link io.gill.smallworld.SmallWorld#directory()}. */
@NullMarked
package io.gill.smallworld;

import org.jspecify.annotations.NullMarked;
