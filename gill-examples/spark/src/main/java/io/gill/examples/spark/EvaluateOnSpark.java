package io.gill.examples.spark;

import io.gill.GillException;
import io.gill.examples.Main;
import io.gill.examples.evaluate.Answered;
import io.gill.examples.evaluate.Evaluate;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.LongAccumulator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Unmatched;
import scala.reflect.ClassTag;
import scala.runtime.AbstractFunction2;
import scala.runtime.BoxedUnit;

/** Evaluates a model on a published benchmark, whose items the executors of a Spark cluster answer. */
@Command(
    name = "evaluate-on-spark",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    sortOptions = false,
    customSynopsis = "evaluate-on-spark [--partitions=N] ARGUMENTS-OF-EVALUATE",
    description = "Runs 'evaluate' with the other arguments. Spark's executors answer the items; the driver writes the "
        + "journal, the pictures, the results and the scores, which equal those of 'evaluate'. Data and model must be "
        + "visible to every executor under the same paths, which is checked but for the pictures of the data.")
public final class EvaluateOnSpark implements Callable<Integer> {
  /** Items per partition: a failed task repeats one partition. */
  private static final int PARTITION = 20;

  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Option(names = "--partitions", paramLabel = "N",
      description = "Number of partitions; by default one for every " + PARTITION + " items.")
  private @Nullable Integer partitions;

  @Unmatched private List<String> arguments = new ArrayList<>();

  private EvaluateOnSpark() {}

  /**
   * Runs the program.
   *
   * @param args its arguments
   */
  public static void main(String[] args) {
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    System.exit(run(out, err, args));
  }

  static int run(PrintWriter out, PrintWriter err, String... args) {
    return Main.run(new EvaluateOnSpark(), out, err, args);
  }

  @Override
  public Integer call() {
    CommandLine line = Objects.requireNonNull(spec).commandLine();
    if (partitions != null && partitions < 1) {
      throw new CommandLine.ParameterException(line, "--partitions must be at least 1");
    }
    return Main.run(new Evaluate().answeredBy(
        (inputs, ids, receiver) -> answer(inputs, ids, receiver, line.getOut())), line.getOut(), line.getErr(),
        arguments.toArray(String[]::new));
  }

  private void answer(
      Map<String, String> inputs, List<String> ids, Consumer<Answered> receiver, PrintWriter out) {
    SparkConf conf = new SparkConf()
        .setIfMissing("spark.driver.maxResultSize", "0"); // the driver keeps one partition's answers at a time
    try (SparkSession spark = SparkJob.start(conf, "evaluate")) {
      JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
      LongAccumulator loads = spark.sparkContext().longAccumulator("model loads");
      int parts = partitions == null ? (ids.size() + PARTITION - 1) / PARTITION : partitions;
      JavaRDD<String> distributed = context.parallelize(ids, parts);
      // Spark hands over the result of each partition once, however often a task ran.
      spark.sparkContext().runJob(
          distributed.rdd(), new AnswerItems(arguments, Path.of("").toAbsolutePath(), inputs, loads),
          new AbstractFunction2<Object, Answered[], BoxedUnit>() {
            @Override
            public BoxedUnit apply(Object partition, Answered[] answers) {
              try {
                for (Answered one : answers) {
                  receiver.accept(one);
                }
              } catch (IllegalStateException e) { // a full disk, which Spark's own message does not name
                throw new GillException(String.valueOf(e.getMessage()), e);
              }
              return BoxedUnit.UNIT;
            }
          }, ClassTag.apply(Answered[].class));
      out.println(ids.size() + " items in " + parts + " partitions; model loads: " + loads.value());
    } catch (Exception e) {
      throw SparkJob.inShort(e);
    }
  }
}
