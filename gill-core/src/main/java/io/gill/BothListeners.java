package io.gill;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.function.Supplier;

/** Passes each event to two listeners, one after the other. */
record BothListeners(GillListener first, GillListener second) implements GillListener {
  @Override
  public void onRequest(Conversation conversation, RespondOptions options) {
    try {
      first.onRequest(conversation, options);
    } finally {
      second.onRequest(conversation, options); // which onFailure follows
    }
  }

  @Override
  public void onPrompt(int positions, int reused) {
    first.onPrompt(positions, reused);
    second.onPrompt(positions, reused);
  }

  @Override
  public void onText(String piece) {
    first.onText(piece);
    second.onText(piece);
  }

  @Override
  public void onImageWanted(Reply.Decision decision) {
    first.onImageWanted(decision);
    second.onImageWanted(decision);
  }

  @Override
  public void onDiffusionStep(int step, int steps) {
    first.onDiffusionStep(step, steps);
    second.onDiffusionStep(step, steps);
  }

  @Override
  public void onDiffusionStep(int step, int steps, Supplier<List<BufferedImage>> preview) {
    first.onDiffusionStep(step, steps, preview);
    second.onDiffusionStep(step, steps, preview);
  }

  @Override
  public void onImage(Reply.ImagePart image) {
    first.onImage(image);
    second.onImage(image);
  }

  @Override
  public void onReply(Reply reply) {
    first.onReply(reply);
    second.onReply(reply);
  }

  @Override
  public void onFailure(Throwable failure) {
    try {
      first.onFailure(failure);
    } finally {
      second.onFailure(failure); // which may measure calls, whatever the other does
    }
  }
}
