package io.gill.examples.server;

import io.gill.torch.Tensor;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntSupplier;

/** Counts requests, tokens and pictures, and writes them in Prometheus' text format. Thread-safe. */
final class Metrics {
  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private static final double[] BOUNDS = {0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300};

  private final Map<String, LongAdder> requests = new ConcurrentSkipListMap<>();
  private final Map<String, Histogram> durations = new ConcurrentSkipListMap<>();

  /** Durations of requests that got a reply, by path: those of refused ones say nothing about how long one waits. */
  private final Map<String, Histogram> completed = new ConcurrentHashMap<>();

  private final Histogram firstToken = new Histogram();
  private final LongAdder promptTokens = new LongAdder();
  private final LongAdder replyTokens = new LongAdder();
  private final LongAdder retrieved = new LongAdder();
  private final LongAdder generated = new LongAdder();
  private final LongAdder disconnects = new LongAdder();

  void request(String route, int status, double seconds) {
    requests.computeIfAbsent("path=\"" + route + "\",code=\"" + status + "\"", key -> new LongAdder()).increment();
    durations.computeIfAbsent("path=\"" + route + "\"", key -> new Histogram()).add(seconds);
    if (status < 400) {
      completed.computeIfAbsent(route, key -> new Histogram()).add(seconds);
    }
  }

  void disconnect() {
    disconnects.increment();
  }

  void firstToken(double seconds) {
    firstToken.add(seconds);
  }

  void reply(int prompt, int tokens) {
    promptTokens.add(prompt);
    replyTokens.add(tokens);
  }

  void pictures(int found, int made) {
    retrieved.add(found);
    generated.add(made);
  }

  /** Returns the mean duration of a path's requests that got a reply, or 0. */
  double meanSeconds(String route) {
    Histogram duration = completed.get(route);
    return duration == null ? 0 : duration.mean();
  }

  /**
   * Writes all values.
   *
   * @param active number of requests that are being answered
   * @param ready whether a model is loaded
   */
  String text(IntSupplier active, boolean ready) {
    StringBuilder out = new StringBuilder();
    Map<String, Number> counts = new TreeMap<>();
    requests.forEach(counts::put);
    family(out, "gill_requests_total", "counter", "Requests answered, by path and status.", counts);
    family(out, "gill_disconnects_total", "counter", "Requests whose client closed the connection first.",
        Map.of("", disconnects));
    family(out, "gill_tokens_total", "counter", "Tokens of prompts read and of replies generated.",
        Map.of("kind=\"prompt\"", promptTokens, "kind=\"reply\"", replyTokens));
    family(out, "gill_pictures_total", "counter", "Pictures of replies, by origin.",
        Map.of("origin=\"generated\"", generated, "origin=\"retrieved\"", retrieved));
    family(out, "gill_requests_active", "gauge", "Requests that wait or run.",
        Map.of("", active.getAsInt()));
    family(out, "gill_tensors", "gauge", "Tensors in native memory: weights, kept prompts and running replies.",
        Map.of("", Tensor.live()));
    family(out, "gill_model_ready", "gauge", "1 once the model is loaded.", Map.of("", ready ? 1 : 0));
    head(out, "gill_request_seconds", "histogram", "Time from a request's header to the end of its response.");
    durations.forEach((labels, histogram) -> histogram.write(out, "gill_request_seconds", labels));
    head(out, "gill_first_token_seconds", "histogram", "Time from a request's header to the first piece of text.");
    firstToken.write(out, "gill_first_token_seconds", "");
    return out.toString();
  }

  private static void family(
      StringBuilder out, String name, String type, String help, Map<String, ? extends Number> values) {
    head(out, name, type, help);
    new TreeMap<>(values).forEach((labels, value) -> line(out, name, labels, value.longValue()));
  }

  private static void head(StringBuilder out, String name, String type, String help) {
    out.append("# HELP ").append(name).append(' ').append(help).append("\n# TYPE ").append(name).append(' ')
        .append(type).append('\n');
  }

  private static void line(StringBuilder out, String name, String labels, Object value) {
    out.append(name);
    if (!labels.isEmpty()) {
      out.append('{').append(labels).append('}');
    }
    out.append(' ').append(value).append('\n');
  }

  /** Cumulative counts of durations. */
  private static final class Histogram {
    private final LongAdder[] buckets = new LongAdder[BOUNDS.length];
    private final LongAdder count = new LongAdder();
    private final DoubleAdder sum = new DoubleAdder();

    Histogram() {
      for (int i = 0; i < buckets.length; i++) {
        buckets[i] = new LongAdder();
      }
    }

    void add(double seconds) {
      for (int i = 0; i < BOUNDS.length; i++) {
        if (seconds <= BOUNDS[i]) {
          buckets[i].increment();
        }
      }
      count.increment();
      sum.add(seconds);
    }

    double mean() {
      long n = count.sum();
      return n == 0 ? 0 : sum.sum() / n;
    }

    void write(StringBuilder out, String name, String labels) {
      String prefix = labels.isEmpty() ? "" : labels + ",";
      long all = count.sum();
      for (int i = 0; i < BOUNDS.length; i++) {
        line(out, name + "_bucket", prefix + "le=\"" + BOUNDS[i] + "\"", buckets[i].sum());
      }
      line(out, name + "_bucket", prefix + "le=\"+Inf\"", all);
      line(out, name + "_sum", labels, String.format(Locale.ROOT, "%.6f", sum.sum()));
      line(out, name + "_count", labels, all);
    }
  }
}
