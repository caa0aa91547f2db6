/** Image search by embedding. */
module io.gill.retrieval {
  requires transitive io.gill.core;
  requires com.fasterxml.jackson.databind;
  requires com.google.common;
  requires java.sql; // DuckDB, if present, reads Parquet
  requires org.apache.lucene.core;
  requires static opensearch.java; // a module that uses OpenSearchIndex requires it itself
  requires static org.jspecify;

  exports io.gill.retrieval;

  provides io.gill.stage.ImageRetrieverProvider with io.gill.retrieval.ModelCollection;
}
