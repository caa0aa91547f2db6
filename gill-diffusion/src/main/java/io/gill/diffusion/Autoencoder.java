package io.gill.diffusion;

import io.gill.diffusion.network.LatentDecoder;
import io.gill.diffusion.network.LatentEncoder;

/**
 * What turns images into latents and latents into images.
 *
 * @param encoder from pixels to latents
 * @param decoder from latents to pixels
 */
record Autoencoder(LatentEncoder encoder, LatentDecoder decoder) {}
