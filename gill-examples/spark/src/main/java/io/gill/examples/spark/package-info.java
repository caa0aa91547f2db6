/** Embeds a corpus on Spark; {@link io.gill.examples.spark.EmbedCorpus} is the program. */
@NullMarked
package io.gill.examples.spark;

import org.jspecify.annotations.NullMarked;
