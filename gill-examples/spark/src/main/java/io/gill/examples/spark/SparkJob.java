package io.gill.examples.spark;

import com.google.common.base.Throwables;
import io.gill.GillException;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/** What the jobs have in common. */
final class SparkJob {
  private SparkJob() {}

  /**
   * Starts a session.
   *
   * @param conf settings, which take precedence
   * @param name name of the job
   * @return the session, to be closed by the caller
   */
  static SparkSession start(SparkConf conf, String name) {
    conf.setIfMissing("spark.app.name", name).setIfMissing("spark.log.level", "WARN");
    // Tasks already run in parallel.
    conf.setIfMissing("spark.executorEnv.OMP_NUM_THREADS", conf.get("spark.task.cpus", "1"));
    return SparkSession.builder().config(conf).getOrCreate();
  }

  /** Shortens a failure: Spark's message holds the whole trace of the failed task, its cause the error itself. */
  static RuntimeException inShort(Exception failure) {
    return Throwables.getCausalChain(failure).stream()
        .filter(cause -> cause instanceof GillException || cause instanceof IllegalArgumentException)
        .findFirst()
        .map(cause -> new GillException(String.valueOf(cause.getMessage()), failure))
        .orElseGet(() -> new GillException(
            "Spark failed: " + String.valueOf(failure.getMessage()).lines().findFirst().orElse(""), failure));
  }
}
