/** Image generation with Stable Diffusion. */
@SuppressWarnings("module") // a later module of a qualified export is compiled later
module io.gill.diffusion {
  requires transitive io.gill.core;
  requires static org.jspecify;
  requires com.fasterxml.jackson.databind;
  requires com.google.common;

  exports io.gill.diffusion;
  exports io.gill.diffusion.lora to io.gill.examples;
  exports io.gill.diffusion.network to io.gill.examples;
  exports io.gill.diffusion.scheduler;

  provides io.gill.stage.ImageGeneratorProvider with io.gill.diffusion.StableDiffusionProvider;
}
