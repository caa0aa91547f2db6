package io.gill.examples.parity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gill.DiffusionOptions.SchedulerType;
import io.gill.DiffusionOptions.StepSpacing;
import io.gill.diffusion.scheduler.NoiseSchedule;
import io.gill.diffusion.scheduler.Scheduler;
import io.gill.diffusion.scheduler.SchedulerConfig;
import io.gill.diffusion.scheduler.SchedulerInspection;
import io.gill.diffusion.scheduler.SchedulerRequest;
import io.gill.diffusion.scheduler.Schedulers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Schedulers, run on a model that is a formula, and their noise schedules. */
final class SchedulerCases {
  private static final String PART = "scheduler";

  /** The schedule of Stable Diffusion, which the recorded noised samples use. */
  private static final String SCALED_LINEAR = "scaled_linear";

  private final Golden golden;

  private SchedulerCases(Golden golden) {
    this.golden = golden;
  }

  static void run(Folder folder, Report report) throws IOException {
    Path file = folder.golden("schedulers", "schedulers.json");
    if (!Files.exists(file)) {
      return;
    }
    JsonNode json = Folder.json(file);
    try (Golden golden = Golden.open(folder.golden("schedulers", "schedulers.safetensors"))) {
      SchedulerCases cases = new SchedulerCases(golden);
      for (JsonNode one : Folder.required(json, "cases")) {
        report.run(PART, Folder.text(one, "name") + " " + Folder.text(one, "scheduler"),
            check -> cases.trajectory(check, one));
      }
      for (String name : golden.names()) {
        if (name.startsWith("alphas_cumprod.")) {
          report.run(PART, name, check -> cases.alphas(check, name));
        } else if (name.startsWith("add_noise.") && golden.shape(name).length > 1
            && !name.equals("add_noise.samples") && !name.equals("add_noise.noise")) {
          report.run(PART, name, check -> cases.noised(check, name));
        } else if (name.startsWith("get_velocity.")) {
          report.run(PART, name, check -> check.close(name, schedule().velocity(golden.floats("add_noise.samples"),
              golden.floats("add_noise.noise"), golden.ints("add_noise.timesteps")), golden.floats(name),
              Tolerance.SCHEDULER));
        }
      }
      golden.reportUnread(report, PART, "tensors");
    }
  }

  // ---- trajectories

  private void trajectory(Check check, JsonNode one) throws IOException {
    ObjectNode json = Folder.required(one, "config").deepCopy();
    JsonNode grid = one.path("set_timesteps").path("original_inference_steps");
    if (!grid.isMissingNode()) { // published: an argument of set_timesteps; here: a setting
      json.set("original_inference_steps", grid);
    }
    SchedulerConfig config = config(json, Folder.text(one, "scheduler"));
    int batch = golden.shape("initial_noise")[0];
    Scheduler scheduler = Schedulers.create(config, request(one, batch));
    double[] timesteps = Folder.doubles(Folder.required(one, "timesteps"));
    check.close("timesteps", scheduler.timesteps(), timesteps, Tolerance.SCHEDULER);
    double sigma = Folder.required(one, "init_noise_sigma").doubleValue();
    check.close("init_noise_sigma", new double[] {scheduler.initNoiseSigma()}, new double[] {sigma},
        Tolerance.SCHEDULER);
    if (scheduler.timesteps().length != timesteps.length) {
      return; // reported above
    }
    sigmas(check, one, scheduler, timesteps.length);
    steps(check, one, scheduler, timesteps);
  }

  private static SchedulerRequest request(JsonNode one, int batch) {
    JsonNode setting = one.path("set_timesteps");
    List<Integer> timesteps = Arrays.stream(Folder.ints(setting.path("timesteps"))).boxed().toList();
    return new SchedulerRequest(SchedulerType.MODEL, StepSpacing.MODEL, one.path("num_inference_steps").asInt(1),
        timesteps, setting.path("strength").asDouble(1), one.path("eta").asDouble(0),
        one.path("step_arguments").path("use_clipped_model_output").asBoolean(), batch);
  }

  private static SchedulerConfig config(ObjectNode json, String className) throws IOException {
    return Folder.read(json.put("_class_name", className), SchedulerConfig::read);
  }

  /** Compares σ of every step except the end, measured by adding noise to a zero image. */
  private static void sigmas(Check check, JsonNode one, Scheduler scheduler, int steps) {
    if (!one.has("sigmas")) {
      return;
    }
    double[] recorded = Arrays.copyOf(Folder.doubles(one.get("sigmas")), steps);
    double[] actual = new double[steps];
    for (int i = 0; i < steps; i++) {
      double noise = scheduler.addNoise(new float[] {0}, new float[] {1}, i)[0];
      double image = scheduler.addNoise(new float[] {1}, new float[] {0}, i)[0];
      actual[i] = noise / image;
    }
    check.close("sigmas", actual, recorded, Tolerance.SCHEDULER);
  }

  /**
   * A run of a scheduler on the fake model.
   *
   * @param samples what the kept steps returned
   * @param predicted what they predicted, if that was recorded
   * @param drawing the steps that drew noise
   */
  @SuppressWarnings("ArrayRecordComponent") // a carrier between two methods, never compared
  private record Trajectory(float[] samples, float[] predicted, List<Integer> drawing) {}

  private void steps(Check check, JsonNode one, Scheduler scheduler, double[] timesteps) throws IOException {
    String name = Folder.text(one, "name");
    String prediction = prediction(name);
    Trajectory actual = run(one, scheduler, timesteps);
    if (one.has("noise_used_at_steps")) {
      check.same("noise_used_at_steps", actual.drawing,
          Arrays.stream(Folder.ints(one.get("noise_used_at_steps"))).boxed().toList());
    }
    float[] recorded = golden.floats(name + ".prev_samples");
    float[] predicted = golden.has(prediction) ? golden.floats(prediction) : new float[0];
    if (one.path("non_finite").asBoolean()) { // the published code returns non-finite numbers there
      check.holds("finite", finite(actual.samples), "NaN or infinity");
      return;
    }
    double tolerance = tolerance(check, one, timesteps, actual, recorded);
    check.close("prev_samples", actual.samples, recorded, tolerance);
    check.close(prediction.substring(name.length() + 1), actual.predicted, predicted, tolerance);
  }

  private String prediction(String name) {
    return name + (golden.has(name + ".pred_noised") ? ".pred_noised" : ".pred_original");
  }

  private Trajectory run(JsonNode one, Scheduler scheduler, double[] timesteps) {
    List<Integer> kept = Arrays.stream(Folder.ints(Folder.required(one, "kept_steps"))).boxed().toList();
    boolean predicts = golden.has(prediction(Folder.text(one, "name")));
    float[] x = golden.floats("initial_noise");
    for (int i = 0; i < x.length; i++) {
      x[i] *= (float) scheduler.initNoiseSigma();
    }
    List<Integer> drawing = new ArrayList<>();
    List<float[]> samples = new ArrayList<>();
    List<float[]> predicted = new ArrayList<>();
    for (int i = 0; i < timesteps.length; i++) {
      float[] output = fakeModel(scheduler.scaleModelInput(x, i), timesteps[i]);
      if (scheduler.needsNoise(i)) {
        drawing.add(i);
      }
      x = scheduler.step(output, i, x, scheduler.needsNoise(i) ? varianceNoise(i, x.length) : null);
      if (kept.contains(i)) {
        samples.add(x.clone());
        if (predicts) {
          predicted.add(SchedulerInspection.predicted(scheduler)
              .orElseThrow(() -> new IllegalStateException("the scheduler reports no prediction")).clone());
        }
      }
    }
    return new Trajectory(Golden.flat(samples), Golden.flat(predicted), drawing);
  }

  /**
   * Ancestral sampling from σ = 4096 cancels nearly all digits of σ, whose last bits differ between computers. A run
   * that misses the usual tolerance is limited by the effect of the last bit of the schedule instead.
   */
  private double tolerance(Check check, JsonNode one, double[] timesteps, Trajectory actual, float[] recorded)
      throws IOException {
    double most = 0;
    if (Check.difference(actual.samples, recorded) > Tolerance.SCHEDULER) {
      check.illConditioned();
      for (String key : List.of("beta_start", "beta_end")) {
        for (double direction : new double[] {0, 1}) {
          ObjectNode json = Folder.required(one, "config").deepCopy();
          json.put(key, (double) Math.nextAfter((float) json.path(key).asDouble(), direction));
          Scheduler moved = Schedulers.create(config(json, Folder.text(one, "scheduler")), request(one, 1));
          most = Math.max(most, Check.difference(run(one, moved, timesteps).samples, actual.samples));
        }
      }
    }
    return Math.max(Tolerance.SCHEDULER, Tolerance.CONDITION * most);
  }

  private static boolean finite(float[] values) {
    boolean finite = true;
    for (float value : values) {
      finite &= Float.isFinite(value);
    }
    return finite;
  }

  /** The model that the file describes: alpha · input + beta · t / 1000. */
  private float[] fakeModel(float[] input, double timestep) {
    float[] alpha = golden.floats("fake_model.alpha");
    float[] beta = golden.floats("fake_model.beta");
    float[] output = new float[input.length];
    for (int i = 0; i < output.length; i++) {
      output[i] = alpha[i % alpha.length] * input[i] + beta[i % beta.length] * (float) (timestep / 1000);
    }
    return output;
  }

  private float[] varianceNoise(int step, int size) {
    return Arrays.copyOfRange(golden.floats("variance_noise"), step * size, (step + 1) * size);
  }

  // ---- schedules

  private static SchedulerConfig config(String betaSchedule, boolean zeroSnr, String className) throws IOException {
    return config(new ObjectMapper().createObjectNode()
        .put("num_train_timesteps", 1000)
        .put("beta_start", 0.00085)
        .put("beta_end", 0.012)
        .put("beta_schedule", betaSchedule)
        .put("rescale_betas_zero_snr", zeroSnr), className);
  }

  private static NoiseSchedule schedule() throws IOException {
    return NoiseSchedule.of(config(SCALED_LINEAR, false, "DDIMScheduler"));
  }

  private void alphas(Check check, String name) throws IOException {
    String beta = name.substring(name.indexOf('.') + 1);
    String suffix = "_zero_snr";
    boolean zero = beta.endsWith(suffix);
    String schedule = zero ? beta.substring(0, beta.length() - suffix.length()) : beta;
    check.close(name, NoiseSchedule.of(config(schedule, zero, "DDIMScheduler")).alphasCumprod(), golden.floats(name),
        Tolerance.SCHEDULER);
  }

  private void noised(Check check, String name) throws IOException {
    float[] samples = golden.floats("add_noise.samples");
    float[] noise = golden.floats("add_noise.noise");
    if (!golden.has(name + "_t")) {
      check.close(name, schedule().addNoise(samples, noise, golden.ints("add_noise.timesteps")), golden.floats(name),
          Tolerance.SCHEDULER);
      return;
    }
    if (!name.endsWith(".euler")) {
      check.fail(name, "an unknown scheduler");
      return;
    }
    float[] timesteps = golden.floats(name + "_t"); // for a scheduler in σ, which knows only its own
    Scheduler scheduler = withTimesteps(config(SCALED_LINEAR, false, "EulerDiscreteScheduler"), timesteps);
    int size = golden.floats(name).length / timesteps.length;
    List<float[]> noised = new ArrayList<>();
    for (int i = 0; i < timesteps.length; i++) {
      noised.add(scheduler.addNoise(Arrays.copyOfRange(samples, i * size, (i + 1) * size),
          Arrays.copyOfRange(noise, i * size, (i + 1) * size), index(scheduler, timesteps[i])));
    }
    check.close(name, Golden.flat(noised), golden.floats(name), Tolerance.SCHEDULER);
  }

  /** Returns the shortest run that visits all of these timesteps. */
  private static Scheduler withTimesteps(SchedulerConfig config, float[] timesteps) {
    for (int steps = 1; steps <= NoiseSchedule.of(config).size(); steps++) {
      Scheduler scheduler = Schedulers.create(config,
          new SchedulerRequest(SchedulerType.MODEL, StepSpacing.MODEL, steps, List.of(), 1, 0, false, 1));
      boolean all = true;
      for (float timestep : timesteps) {
        all &= index(scheduler, timestep) >= 0;
      }
      if (all) {
        return scheduler;
      }
    }
    throw new IllegalArgumentException("no run visits the timesteps " + Arrays.toString(timesteps));
  }

  private static int index(Scheduler scheduler, float timestep) {
    double[] all = scheduler.timesteps();
    for (int i = 0; i < all.length; i++) {
      if (Math.abs(all[i] - timestep) < 1e-3) {
        return i;
      }
    }
    return -1;
  }
}
