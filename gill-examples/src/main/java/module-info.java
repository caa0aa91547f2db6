/** Runnable programs. */
module io.gill.examples {
  requires io.gill.core;
  requires io.gill.diffusion;
  requires io.gill.retrieval;
  requires com.fasterxml.jackson.databind;
  requires info.picocli;
  requires static org.jspecify;

  opens io.gill.examples.parity to info.picocli;
}
