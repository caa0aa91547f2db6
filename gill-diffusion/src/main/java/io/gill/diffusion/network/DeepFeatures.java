package io.gill.diffusion.network;

import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Deep features of a UNet in a run, reused between complete predictions: DeepCache (Ma et al. 2023, arXiv 2312.00858)
 * of the shallowest branch. They change little from one step to the next. For one thread.
 */
public final class DeepFeatures implements AutoCloseable {
  /** Features that are never reused. */
  static final DeepFeatures NONE = new DeepFeatures(1);

  private final int interval;
  private final Scope owner = Scope.owner();
  private @Nullable Tensor features; // (N, C, H, W)
  private int uses;

  /**
   * Starts a run.
   *
   * @param interval number of predictions that share features; 1 for none
   */
  public DeepFeatures(int interval) {
    this.interval = interval;
  }

  /** Returns the kept features, or computes new ones. */
  Tensor of(Supplier<Tensor> computation) {
    if (interval == 1) {
      return computation.get();
    }
    Tensor kept = features;
    if (kept == null || uses == interval) {
      if (kept != null) {
        kept.close();
      }
      kept = owner.keep(computation.get());
      features = kept;
      uses = 0;
    }
    uses++;
    return kept;
  }

  @Override
  public void close() {
    owner.close();
  }
}
