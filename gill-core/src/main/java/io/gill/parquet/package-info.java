/** Parquet files, read by DuckDB; not exported to applications. */
@NullMarked
package io.gill.parquet;

import org.jspecify.annotations.NullMarked;
