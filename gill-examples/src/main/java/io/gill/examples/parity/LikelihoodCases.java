package io.gill.examples.parity;

import com.fasterxml.jackson.databind.JsonNode;
import io.gill.Conversation;
import java.io.IOException;
import java.util.Locale;

/** The mean log-likelihood of sequences of text and images. */
final class LikelihoodCases {
  private static final String PART = "likelihood";

  private LikelihoodCases() {}

  static void run(Folder folder, Models models, String model, Report report) throws IOException {
    int index = 0;
    for (JsonNode one : Folder.json(folder.golden(model, "gill.json")).path("log_likelihood")) {
      String name = String.format(Locale.ROOT, "%s/%03d", model, index++);
      report.run(PART, name, check -> compare(check, folder, models, model, one));
    }
  }

  private static void compare(Check check, Folder folder, Models models, String model, JsonNode one) {
    Conversation sequence = GillCases.conversation(folder.root().resolve(model), Folder.required(one, "prompts"));
    JsonNode score = Folder.required(one, "score");
    if (score.isNumber()) {
      double actual = models.get(model, true, true).logLikelihood(sequence, true);
      check.close("score", new double[] {actual}, new double[] {score.doubleValue()}, Tolerance.PIPELINE);
      return;
    }
    // The published code divides by zero tokens; here there is nothing to score.
    check.same("recorded score", score.asText(), "NaN");
    try {
      double actual = models.get(model, true, true).logLikelihood(sequence, true);
      check.fail("score", actual + " for a sequence without text");
    } catch (IllegalArgumentException e) {
      check.holds("refused", true, "");
    }
  }
}
