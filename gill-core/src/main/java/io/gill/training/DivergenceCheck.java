package io.gill.training;

import io.gill.GillException;
import io.gill.Precision;
import io.gill.torch.Parameters;
import io.gill.torch.Scope;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Ends a training whose numbers are no longer finite. Checks come before a saved file is replaced, so that earlier
 * checkpoints stay unchanged.
 *
 * @param last folder of the last checkpoint, for advice
 * @param precision precision of the frozen models
 */
record DivergenceCheck(Path last, Precision precision) {
  void requireFinite(long step, String what, double value) {
    if (!Double.isFinite(value)) {
      throw diverged(step, "the " + what + " is " + value);
    }
  }

  void requireFinite(long step, Parameters parameters) {
    for (String name : parameters.names()) {
      if (!Scope.compute("checking " + name, parameters.get(name)::isFinite)) {
        throw diverged(step, name + " holds NaN or infinity");
      }
    }
  }

  private GillException diverged(long step, String problem) {
    return new GillException("training diverged in step " + step + ": " + problem
        + "; start again in another output folder with a smaller learning rate"
        + (Files.exists(last) ? ", or with startFrom(" + last + ")" : "")
        + (precision == Precision.FLOAT16
            ? ", or with Precision.BFLOAT16 or FLOAT32, in which the frozen models do not overflow" : ""));
  }
}
