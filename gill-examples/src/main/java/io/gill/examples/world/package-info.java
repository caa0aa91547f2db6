/**
 * A small world to train a small model on: pictures of one or two coloured shapes, and talk about them.
 * {@link io.gill.examples.world.Dialogues} draws the talk, {@link io.gill.examples.world.SceneRenderer} the pictures.
 */
@NullMarked
package io.gill.examples.world;

import org.jspecify.annotations.NullMarked;
