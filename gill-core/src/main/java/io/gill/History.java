package io.gill;

/**
 * Which turns of a conversation the model reads. Whatever is left out are the oldest turns: the rest begins with a
 * user's turn. System turns and the last turn always stay. A session forgets the turns it leaves out.
 */
public sealed interface History {
  /** All turns. A conversation that does not fit into the model's positions is refused. */
  record All() implements History {}

  /**
   * The last turns, or as many of them as fit into the model's positions together with the reply.
   *
   * @param most maximum number of turns of the user and the model, including the one to answer; from 1
   */
  record LastTurns(int most) implements History {
    /**
     * Checks the number.
     *
     * @param most maximum number of turns, from 1
     * @throws IllegalArgumentException if it is less than 1
     */
    public LastTurns {
      Arguments.within(1, Integer.MAX_VALUE, most, "most");
    }
  }

  /**
   * All turns if they fit. If not, as many of the last turns as fit into three quarters, so that a session does not
   * have to read them anew in each turn that follows.
   *
   * @param most maximum number of positions of the prompt, as {@link GillModel#countTokens} counts them; from 1.
   *     {@link RespondOptions#maxTokens()} and {@link RespondOptions#maxImages()} are left free in any case, up to half
   *     of the model's positions
   */
  record Tokens(int most) implements History {
    /**
     * Checks the number.
     *
     * @param most maximum number of positions, from 1
     * @throws IllegalArgumentException if it is less than 1
     */
    public Tokens {
      Arguments.within(1, Integer.MAX_VALUE, most, "most");
    }
  }

  /**
   * Reads all turns, the default. A conversation that does not fit into the model's positions is refused.
   *
   * @return the policy
   */
  static History all() {
    return new All();
  }

  /**
   * Reads the last turns, or as many of them as fit into the model's positions together with the reply.
   *
   * @param most maximum number of turns of the user and the model, including the one to answer; from 1
   * @return the policy
   */
  static History lastTurns(int most) {
    return new LastTurns(most);
  }

  /**
   * Reads all turns while they take at most a number of positions, text and images alike. When they take more, the
   * oldest are left out until the rest takes at most three quarters of that number.
   *
   * @param most maximum number of positions of the prompt, from 1
   * @return the policy
   */
  static History tokens(int most) {
    return new Tokens(most);
  }

  /**
   * Reads all turns while they fit into the model's positions together with the reply, and as many of the last ones as
   * {@link #tokens} would keep when they do not.
   *
   * @return the policy
   */
  static History fitting() {
    return new Tokens(Integer.MAX_VALUE);
  }
}
