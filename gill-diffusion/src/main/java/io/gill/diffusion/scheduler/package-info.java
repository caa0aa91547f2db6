/**
 * Schedulers of latent diffusion: {@link io.gill.diffusion.scheduler.Schedulers} creates one from a published
 * {@code scheduler_config.json}. {@link io.gill.diffusion.scheduler.NoiseSchedule} is the forward process.
 *
 * <p>Everything here is plain Java on {@code float} arrays. Latents are small, and the arithmetic follows the published
 * implementation operation by operation in single precision, tables included, since 1 − ᾱ_0 is about 1e-3 and a
 * rounding error of ᾱ_0 is a thousand times larger there.
 */
@NullMarked
package io.gill.diffusion.scheduler;

import org.jspecify.annotations.NullMarked;
