package io.gill.examples.server;

/** Answers the requests of one method and path. */
@FunctionalInterface
interface Endpoint {
  /**
   * Answers a request on the calling thread.
   *
   * @throws ApiException if the request cannot be answered; nothing of a response was sent
   */
  void serve(Call call);
}
