package io.gill.examples.soak;

import io.gill.DiffusionOptions;
import io.gill.GillModel;
import io.gill.RespondOptions;
import io.gill.Session;
import io.gill.smallworld.SmallWorld;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Repeated loading, answering and closing of a model takes no more memory, files and mappings than a few cycles. */
final class Cycles implements Promise {
  /** Cycles in which the allocator's pools, compiled code and class data still grow. */
  private static final int WARM_UP = 6;

  /** Fluctuation of the allocator's reserves; the weights of a model are 20 MB. */
  private static final long SLACK = 64L << 20;

  /** Less than a leak of one matrix per cycle. */
  private static final long PER_CYCLE = 256 << 10;

  private static final RespondOptions OPTIONS = RespondOptions.builder().maxTokens(16).maxImages(1)
      .imagePolicy(RespondOptions.ImagePolicy.BOTH).diffusion(DiffusionOptions.builder().steps(1).build()).build();

  private int cycles;
  private @Nullable Held warm;
  private long warmBytes;

  @Override
  public String name() {
    return "flat/model";
  }

  @Override
  public String text() {
    return "Repeated loading, answering and closing of a model takes no more memory, files and mappings";
  }

  @Override
  public boolean isolated() {
    return true;
  }

  @Override
  public String[] jvmOptions() {
    return new String[] {"-Xms200m", "-Xmx200m", "-XX:+AlwaysPreTouch"}; // a heap that cannot grow
  }

  @Override
  public Duration timeLimit() {
    return Duration.ofMinutes(1);
  }

  @Override
  public int weight() {
    return 6;
  }

  @Override
  public void attempt(Attempt attempt) throws Exception {
    try (GillModel model = GillModel.load(SmallWorld.directory()); Session session = model.session()) {
      session.respond("draw a large red circle", OPTIONS);
      session.respond("make it blue", OPTIONS);
    }
    cycles++;
    if (cycles == WARM_UP) {
      System.gc();
      warm = Held.now(SmallWorld.directory());
      warmBytes = Held.resident();
    } else if (cycles > WARM_UP && warm != null) {
      List<String> grown = warm.grown(0, SmallWorld.directory(), Held.PATIENCE);
      BrokenPromise.unless(grown.isEmpty(), "after " + cycles + " cycles: " + grown);
      long bound = warmBytes + SLACK + PER_CYCLE * (cycles - WARM_UP);
      long bytes = Held.resident();
      BrokenPromise.unless(bytes <= bound, "after " + cycles + " cycles " + (bytes >> 20) + " MB are resident; "
          + (warmBytes >> 20) + " MB were after " + WARM_UP + " cycles");
    }
  }
}
