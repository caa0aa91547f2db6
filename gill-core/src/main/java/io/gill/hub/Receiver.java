package io.gill.hub;

import java.io.IOException;
import java.net.http.HttpHeaders;
import java.nio.ByteBuffer;

/** Receives the body of a successful response. Calls do not overlap. */
interface Receiver {
  /**
   * Accepts or rejects the response before its body.
   *
   * @param status 200 or 206
   * @param headers of the response
   * @throws IOException if the response is not what was requested
   */
  void begin(int status, HttpHeaders headers) throws IOException;

  /**
   * Receives the next bytes.
   *
   * @param bytes all of them are read
   * @return whether more bytes are wanted; the rest of the body is not read otherwise
   * @throws IOException if the body is too long
   */
  boolean accept(ByteBuffer bytes) throws IOException;
}
