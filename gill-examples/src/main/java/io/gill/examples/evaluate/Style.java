package io.gill.examples.evaluate;

/** How a model is asked. */
enum Style {
  /** With the published prompts: one sequence of texts and pictures. */
  PUBLISHED,
  /** As the model's users talk to it: each text is a turn, in the model's own prompt format. */
  DIALOGUE
}
