/** A complete small model as a dependency. */
module io.gill.smallworld {
  requires io.gill.core;
  requires com.google.common;
  requires static org.jspecify;

  exports io.gill.smallworld;
}
