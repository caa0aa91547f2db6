/**
 * Image search by embedding. {@link io.gill.retrieval.ImageLibrary} indexes a folder of pictures and
 * {@link io.gill.retrieval.ImageSearch} searches the index by text or by image. {@link io.gill.retrieval.ImageIndex} is
 * the interface of all indexes.
 */
@NullMarked
package io.gill.retrieval;

import org.jspecify.annotations.NullMarked;
