package io.gill.diffusion.scheduler;

import java.util.Arrays;

/** Distribution of timesteps over the training schedule (Lin et al. 2024, table 2, arXiv 2305.08891). */
final class Spacing {
  private Spacing() {}

  /** Returns {@code count} values from {@code start} to {@code stop}, both included. */
  static double[] linspace(double start, double stop, int count) {
    double[] values = new double[count];
    double step = count > 1 ? (stop - start) / (count - 1) : 0;
    for (int i = 0; i < count; i++) {
      values[i] = i * step + start;
    }
    if (count > 1) {
      values[count - 1] = stop;
    }
    return values;
  }

  /** Returns multiples of {@code ratio} from {@code first}, shifted by {@code offset}; descending. */
  static double[] leading(int count, int first, int ratio, int offset) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = (double) (first + count - 1 - i) * ratio + offset;
    }
    return values;
  }

  /**
   * Returns values from {@code end} down in steps of {@code ratio}, rounded, less one. If ratio is rounded down, the
   * reference takes one more step, to timestep −1, which is omitted here.
   */
  static double[] trailing(int end, double ratio) {
    double step = (end - ratio) - end;
    int count = (int) Math.ceil(end / ratio);
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = Math.rint(end + i * step) - 1;
    }
    return values[count - 1] < 0 ? Arrays.copyOf(values, count - 1) : values;
  }

  static double[] reversed(double[] values) {
    double[] reversed = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      reversed[i] = values[values.length - 1 - i];
    }
    return reversed;
  }

  static double[] rounded(double[] values) {
    double[] rounded = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      rounded[i] = Math.rint(values[i]);
    }
    return rounded;
  }

  /** Returns the timesteps of DDIM and, before repetition, PNDM: descending integers. */
  static int[] discrete(SchedulerConfig config, SchedulerConfig.TimestepSpacing spacing, int steps) {
    int train = config.numTrainTimesteps;
    return whole(config, steps, switch (spacing) {
      case LINSPACE -> reversed(rounded(linspace(0, train - 1, steps)));
      case LEADING -> leading(steps, 0, train / steps, config.stepsOffset);
      case TRAILING -> trailing(train, train / (double) steps);
    });
  }

  /** Converts to integers, which must be timesteps of the schedule. */
  static int[] whole(SchedulerConfig config, int steps, double[] timesteps) {
    int[] whole = new int[timesteps.length];
    for (int i = 0; i < whole.length; i++) {
      whole[i] = (int) timesteps[i];
      if (whole[i] < 0 || whole[i] >= config.numTrainTimesteps) {
        throw new IllegalArgumentException(
            steps + " steps with steps_offset " + config.stepsOffset + " reach timestep " + whole[i]
                + ", outside the model's " + config.numTrainTimesteps + ": use fewer steps");
      }
    }
    return whole;
  }

  /** Returns the timesteps of Euler's methods, which may have a fraction. */
  static double[] fractional(SchedulerConfig config, SchedulerConfig.TimestepSpacing spacing, int steps) {
    int train = config.numTrainTimesteps;
    double[] times = switch (spacing) {
      case LINSPACE -> reversed(linspace(0, train - 1, steps));
      case LEADING -> leading(steps, 0, train / steps, config.stepsOffset);
      case TRAILING -> trailing(train, train / (double) steps);
    };
    whole(config, steps, times);
    return times;
  }

  /** Rounds to single precision. */
  static double[] single(double[] values) {
    double[] single = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      single[i] = (float) values[i];
    }
    return single;
  }

  static double[] widened(int[] timesteps) {
    double[] widened = new double[timesteps.length];
    for (int i = 0; i < timesteps.length; i++) {
      widened[i] = timesteps[i];
    }
    return widened;
  }
}
