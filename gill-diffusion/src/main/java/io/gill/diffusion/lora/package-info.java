/**
 * Low-rank adapters (LoRA, Hu et al. 2021, arXiv 2106.09685): finds the layers that a published file names, and merges
 * the adapters into their weights. Not part of the API: applications name files in
 * {@link io.gill.diffusion.StableDiffusionOptions#loras}.
 */
@org.jspecify.annotations.NullMarked
package io.gill.diffusion.lora;
