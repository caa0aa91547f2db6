package io.gill;

/**
 * The model answers as many calls as it may, and this one could not wait: the queue was full, or its time-out passed
 * before its turn came. Nothing was computed, and the call can be repeated. See {@link GillModel.Builder#limits}.
 */
public final class ModelBusyException extends GillException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates an exception.
   *
   * @param message one line: what, where, what to do
   */
  public ModelBusyException(String message) {
    super(message);
  }
}
