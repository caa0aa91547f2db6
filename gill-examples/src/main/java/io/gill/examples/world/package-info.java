/**
 * A small world to train a small model on: pictures of one or two coloured shapes, and dialogues about them.
 * {@link io.gill.examples.world.Dialogues} samples the dialogues, {@link io.gill.examples.world.SceneRenderer} paints
 * the pictures.
 */
@NullMarked
package io.gill.examples.world;

import org.jspecify.annotations.NullMarked;
