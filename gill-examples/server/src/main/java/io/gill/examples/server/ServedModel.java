package io.gill.examples.server;

import io.gill.GillModel;
import io.gill.RespondOptions;
import java.time.Instant;

/**
 * A model that answers requests.
 *
 * @param id its name in requests
 * @param model the model, which stays open until the server is closed. Its {@link GillModel.Builder#limits} should be
 *     those of the server
 * @param defaults options of a reply where a request gives none
 * @param created when it was loaded
 */
public record ServedModel(String id, GillModel model, RespondOptions defaults, Instant created) {
  /**
   * Checks the name.
   *
   * @param id its name in requests
   * @param model the model
   * @param defaults options of a reply where a request gives none
   * @param created when it was loaded
   */
  public ServedModel {
    if (id.isBlank()) {
      throw new IllegalArgumentException("the model's name is blank");
    }
  }
}
