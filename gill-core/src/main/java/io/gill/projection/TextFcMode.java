package io.gill.projection;

/** Published architectures of the mapping from [IMG] tokens to the image generator's conditioning. */
public enum TextFcMode {
  /** {@code gill_mapper}: GILLMapper, a transformer with one learned query per conditioning token (section 3.2). */
  GILL_MAPPER("gill_mapper"),

  /** {@code linear}: one linear layer on the hidden states of the [IMG] tokens. */
  LINEAR("linear");

  private final String key;

  TextFcMode(String key) {
    this.key = key;
  }

  /**
   * Returns the name in {@code model_args.json}.
   *
   * @return the value of {@code text_fc_mode}
   */
  public String key() {
    return key;
  }
}
