/** Image search by embedding. */
module io.gill.retrieval {
  requires transitive io.gill.core;
  requires static org.jspecify;
}
