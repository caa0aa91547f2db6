/** Runnable programs. */
module io.gill.examples {
  requires io.gill.core;
  requires io.gill.diffusion;
  requires io.gill.examples.server;
  requires io.gill.retrieval;
  requires io.gill.smallworld;
  requires com.fasterxml.jackson.databind;
  requires com.google.common;
  requires info.picocli;
  requires java.net.http; // asks a judge
  requires jdk.management; // memory allocated by a thread, processor time
  requires org.apache.lucene.core; // maps only files whose file system it can unwrap
  requires org.jline.reader;
  requires org.knowm.xchart;
  requires static org.jspecify;

  // picocli sets options by reflection
  opens io.gill.examples to info.picocli;
  opens io.gill.examples.claim to info.picocli;
  opens io.gill.examples.evaluate to info.picocli, com.fasterxml.jackson.databind;
  opens io.gill.examples.parity to info.picocli;
  opens io.gill.examples.soak to info.picocli;
  opens io.gill.examples.train to info.picocli;
}
