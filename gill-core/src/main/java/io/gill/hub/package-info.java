/**
 * Fetches models: {@link io.gill.hub.ModelFetcher} plans what to fetch and fetches it. Apart from
 * {@code io.gill.retrieval.HttpImageSource}, it is the only part of gill that uses a network.
 */
@NullMarked
package io.gill.hub;

import org.jspecify.annotations.NullMarked;
