/** Image generation with Stable Diffusion. */
module io.gill.diffusion {
  requires transitive io.gill.core;
  requires static org.jspecify;
}
