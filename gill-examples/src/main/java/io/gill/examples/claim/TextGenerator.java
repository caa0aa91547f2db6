package io.gill.examples.claim;

import io.gill.DiffusionOptions;
import io.gill.diffusion.StableDiffusion;
import java.awt.image.BufferedImage;

/**
 * The image generator alone, which reads only text.
 *
 * @param generator the generator
 * @param options how pictures are generated
 * @param seed seed of each picture's noise
 */
record TextGenerator(StableDiffusion generator, DiffusionOptions options, long seed) {
  BufferedImage paint(String prompt) {
    return generator.generate(prompt, 1, options, generator.noise(seed), (step, steps) -> true).get(0);
  }
}
