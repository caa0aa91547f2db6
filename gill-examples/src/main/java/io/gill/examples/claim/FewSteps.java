package io.gill.examples.claim;

import io.gill.DiffusionOptions;
import io.gill.DiffusionOptions.SchedulerType;
import io.gill.RespondOptions;
import io.gill.diffusion.StableDiffusion;
import io.gill.examples.FewStepGenerator;
import io.gill.examples.claim.MappedRequests.Request;
import io.gill.examples.world.Dialogues;
import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.SceneReader;
import io.gill.examples.world.SceneScore;
import io.gill.examples.world.WorldDialogue;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Measures pictures of the same requests of a model, generated in many and in few steps. */
final class FewSteps {
  /** Requests come from dialogues of 1 to 3 turns. */
  private static final int TURNS = 3;

  /** Number of steps that share deep features. */
  private static final int SHARING = 5;

  private FewSteps() {}

  /**
   * A way to generate pictures.
   *
   * @param name the scheduler's name
   * @param generator the generator
   * @param options scheduler, steps and guidance
   */
  record Setting(String name, StableDiffusion generator, DiffusionOptions options) {
    static Setting of(String name, StableDiffusion generator, SchedulerType scheduler, int steps, double guidance) {
      return new Setting(name, generator,
          DiffusionOptions.builder().scheduler(scheduler).steps(steps).guidanceScale(guidance).build());
    }
  }

  /**
   * Returns what is compared.
   *
   * @param generator the generator
   * @param distilled the generator with the adapters for few steps, or null
   * @param guidance a guidance scale besides that which the adapters learned
   */
  static List<Setting> settings(StableDiffusion generator, @Nullable StableDiffusion distilled, double guidance) {
    List<Setting> settings = new ArrayList<>();
    settings.add(Setting.of("DDIM", generator, SchedulerType.DDIM, 50, guidance));
    settings.add(Setting.of("DDIM", generator, SchedulerType.DDIM, 50, FewStepGenerator.GUIDANCE));
    settings.add(new Setting("DDIM, DeepCache " + SHARING, generator, DiffusionOptions.builder()
        .guidanceScale(FewStepGenerator.GUIDANCE).deepCache(SHARING).build()));
    settings.add(Setting.of("DDIM", generator, SchedulerType.DDIM, 20, FewStepGenerator.GUIDANCE));
    settings.add(Setting.of("DPM-Solver++", generator, SchedulerType.DPM_SOLVER, 20, FewStepGenerator.GUIDANCE));
    if (distilled != null) {
      for (int steps = 8; steps >= 1; steps /= 2) {
        settings.add(Setting.of("LCM", distilled, SchedulerType.LCM, steps, 1));
      }
    }
    return settings;
  }

  /**
   * A measured setting.
   *
   * @param setting how pictures were generated
   * @param score the attributes of their scenes
   * @param seconds median time of a picture
   */
  record Row(Setting setting, SceneScore score, double seconds) {}

  /** Samples held-out dialogues and returns the model's request in the last turn of each that ends in one. */
  static List<Request> requests(MappedRequests model, long seed, int count) {
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int last = i % TURNS;
      WorldDialogue dialogue = Dialogues.drawing(Split.HELD_OUT, Measurements.seed("steps", seed, i), last + 1);
      model.of(dialogue, seed).get(last).ifPresent(requests::add);
    }
    return requests;
  }

  /** Generates a picture of every request in every way, taking turns, so that other load affects all of them alike. */
  static List<Row> measure(List<Request> requests, List<Setting> settings) {
    SceneScore[] scores = new SceneScore[settings.size()];
    Arrays.fill(scores, SceneScore.empty());
    double[][] seconds = new double[settings.size()][requests.size()];
    for (int i = 0; i < requests.size(); i++) {
      for (int j = 0; j < scores.length; j++) {
        Setting setting = settings.get(j);
        long start = System.nanoTime();
        BufferedImage picture = setting.generator.generate(requests.get(i).conditioning(), 1, setting.options,
            setting.generator.noise(RespondOptions.defaults().seed() + i), (step, steps) -> true).get(0);
        seconds[j][i] = (System.nanoTime() - start) / 1e9;
        scores[j] = scores[j].plus(SceneScore.of(requests.get(i).scene(), SceneReader.read(picture)));
      }
    }
    List<Row> rows = new ArrayList<>();
    for (int j = 0; j < scores.length; j++) {
      Arrays.sort(seconds[j]);
      rows.add(new Row(settings.get(j), scores[j], seconds[j][seconds[j].length / 2]));
    }
    return rows;
  }
}
