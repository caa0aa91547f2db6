package io.gill.diffusion;

import io.gill.diffusion.network.LatentDecoder;
import io.gill.diffusion.network.LatentEncoder;

/**
 * Converts images to latents and latents to images.
 *
 * @param encoder from pixels to latents
 * @param decoder from latents to pixels
 */
record Autoencoder(LatentEncoder encoder, LatentDecoder decoder) {}
